"""Faults planted in prices, duties and limits of goods from abroad: each is found by the rule meant for it."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest

from mock_platform.audit import audit
from mock_platform.audit.duty_rules import RULES
from tests.mock_platform.audit.imported_books import Row, honest_books, of


@pytest.fixture(scope="module")
def honest() -> Row:
    return honest_books()


@pytest.fixture
def books(honest: Row) -> Row:
    return copy.deepcopy(honest)


def line(books: Row, buyer: str) -> Row:
    return of(books, "orders", buyer)["lines"][0]  # type: ignore[no-any-return]


def wrong_price(books: Row) -> str:
    line(books, "C1")["unit_price_fen"] += 1
    return "is 23259 fen, the line says 23260 fen"


def no_source(books: Row) -> str:
    books["imported_lines"].remove(of(books, "imported_lines", "C1"))
    return "does not say where the price of SKU I1 came from"


def source_of_nothing(books: Row) -> str:
    books["imported_lines"].append({**of(books, "imported_lines", "C1"), "sku": "I9"})
    return "SKU I9 has a price from abroad"


def rate_never_given(books: Row) -> str:
    of(books, "imported_lines", "C1")["rated_at"] += 1
    return "which was never given"


def a_rate(dated_at: float, given_at: float) -> Row:
    return {"currency": "JPY", "micro_yuan": 1, "dated_at": dated_at, "given_at": given_at}


def rate_out_of_date(books: Row) -> str:
    placed_at = of(books, "orders", "C1")["placed_at"]
    books["exchange_rates"].append(a_rate(placed_at - 10, placed_at - 10))
    return "not the rate in force"


def rate_out_of_date_for_a_moment(books: Row) -> str:
    """Announced an hour ahead: nobody can say that they had not heard of it yet."""
    placed_at = of(books, "orders", "C1")["placed_at"]
    books["exchange_rates"].append(a_rate(placed_at - 0.001, placed_at - 3_600))
    return "not the rate in force"


def rate_of_the_future(books: Row) -> str:
    source = of(books, "imported_lines", "C1")
    source["rated_at"] = of(books, "orders", "C1")["placed_at"] + 10
    books["exchange_rates"].append({**a_rate(source["rated_at"], 0.0), "micro_yuan": 58_440})
    return "not the rate in force"


def duty_off_by_a_fen(books: Row) -> str:
    line(books, "C1")["duty_fen"] += 1
    return "takes 5364 fen of duty on 1 of SKU I1 at 23259 fen, the tariff says 5363 fen"


def full_duty_dropped(books: Row) -> str:
    line(books, "C2")["duty_fen"] = 59_150  # at the reduced rate, though one unit is beyond the limit
    return "the tariff says 157950 fen"


def duty_at_home(books: Row) -> str:
    at_home = next(row for row in books["orders"] if not row["declared"])
    at_home["lines"][0]["duty_fen"] = 7
    return "takes 7 fen of duty"


def order_beyond_its_limit(books: Row) -> str:
    line(books, "C2")["quantity"] = 2
    return "has 2 units for 1300000 fen from abroad"


def year_overdrawn(books: Row) -> str:
    order = of(books, "orders", "C2")
    books["orders"] += [{**order, "order": f"{order['order']}-{number}"} for number in range(4)]
    return "Buyer C2 has 3250000 fen from abroad in 2017"


def years_told_apart_by_another_clock(books: Row) -> str:
    """Half an hour after midnight in China it is still last year in Greenwich."""
    order, new_year = of(books, "orders", "C2"), 1_514_736_000.0
    instants = [new_year, new_year + 1_800, new_year + 86_400 * 364, new_year + 86_400 * 365 - 1]
    books["orders"] += [{**order, "order": f"{order['order']}-{at}", "placed_at": at} for at in instants]
    books["orders"].append({**order, "order": f"{order['order']}-over", "placed_at": new_year + 9})
    return "Buyer C2 has 3250000 fen from abroad in 2018"


def duty_not_booked(books: Row) -> str:
    entry = of(books, "ledger", "C1")
    entry["legs"] = [leg for leg in entry["legs"] if leg["account"] != "duty"]
    return "means -5363 fen on duty, the ledger says 0 fen"


FAULTS: dict[str, tuple[Callable[[Row], str], ...]] = {
    "imported_price_follows_its_rate": (wrong_price, no_source, source_of_nothing),
    "imported_price_is_at_a_given_rate": (
        rate_never_given,
        rate_out_of_date,
        rate_out_of_date_for_a_moment,
        rate_of_the_future,
    ),
    "duty_is_exact": (duty_off_by_a_fen, full_duty_dropped, duty_at_home),
    "order_from_abroad_keeps_its_limit": (order_beyond_its_limit,),
    "buyer_keeps_the_yearly_limit": (year_overdrawn, years_told_apart_by_another_clock),
    "duty_account_is_duty_of_live_orders": (duty_not_booked,),
}
PLANTED = [(invariant, plant) for invariant, plants in FAULTS.items() for plant in plants]


def test_every_rule_has_its_fault() -> None:
    assert set(FAULTS) == {rule.__name__ for rule in RULES}


@pytest.mark.parametrize(("invariant", "plant"), PLANTED, ids=[plant.__name__ for _, plant in PLANTED])
def test_a_planted_fault_is_found_and_named(books: Row, invariant: str, plant: Callable[[Row], str]) -> None:
    says = plant(books)
    found = [violation.message for violation in audit(books).violations if violation.invariant == invariant]
    assert any(says in message for message in found), found


def test_a_rate_given_this_moment_and_one_of_the_same_instant_are_excused(books: Row) -> None:
    placed_at = of(books, "orders", "C3")["placed_at"]  # the last one
    books["exchange_rates"] += [a_rate(placed_at, 0.0), a_rate(placed_at - 1, placed_at - 1)]
    assert audit(books).violations == ()


def test_a_full_year_on_either_side_of_midnight_is_no_finding(books: Row) -> None:
    order, new_year = of(books, "orders", "C2"), 1_514_736_000.0
    order["placed_at"] = new_year - 0.001
    for number in range(3):  # with C2's own four of 6,500 yuan in 2017, and as many in 2018
        for at in (new_year - 1, new_year):
            books["orders"].append({**order, "order": f"{order['order']}-{number}-{at}", "placed_at": at})
    books["orders"].append({**order, "order": "the fourth", "placed_at": new_year + 1})
    found = [
        violation for violation in audit(books).violations if violation.invariant == "buyer_keeps_the_yearly_limit"
    ]
    assert found == []
