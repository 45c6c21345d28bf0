"""Faults planted in the books of outlets: each is found, by the rule meant for it, and named."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from typing import Any

import pytest

from mock_platform.audit import audit
from mock_platform.audit.exported_books import AuditError, Books
from mock_platform.audit.outlet_rules import RULES as SHELF_RULES
from mock_platform.audit.pickup_rules import RULES as PICKUP_RULES
from mock_platform.domain.outlet import Tender
from tests.mock_platform.audit.planting import within
from tests.mock_platform.outlet_world import WINDOW_S, OutletWorld

Row = dict[str, Any]
Plant = Callable[[Row], str]


@pytest.fixture(scope="module")
def honest() -> Row:
    """Collected by C1 in D1, expired of C2 in D2, withdrawn by C3, sold at D1's till; waiting for C1, placed by C2."""

    async def lived() -> Row:
        world = OutletWorld()
        await world.collected("C1", "a", S1=2)
        await world.ready("C2", "b", outlet="D2", S2=1)
        withdrawn = await world.ready("C3", "c", S1=1)
        await world.charging.refund("C3", "r", withdrawn.order)
        await world.turn(WINDOW_S)
        await world.turn()
        await world.sold(key="t", S3=1)
        await world.sold(key="u", tender=Tender.CARD, S2=1)
        await world.ready("C1", "d", S2=1)
        await world.reserved("C2", "e", S1=1)
        return await world.snapshot()

    return asyncio.run(lived())


@pytest.fixture
def books(honest: Row) -> Row:
    return copy.deepcopy(honest)


def order(books: Row, key: str) -> Row:
    return next(row for row in books["orders"] if row["key"] == key)  # type: ignore[no-any-return]


def of(books: Row, table: str, key: str) -> Row:
    name = order(books, key)["order"]
    return next(row for row in books[table] if row["order"] == name)  # type: ignore[no-any-return]


# -- tills and shelves ------------------------------------------------------------------------------------------------


def money_in_another_till(books: Row) -> str:
    leg = next(leg for leg in of(books, "ledger", "t")["legs"] if leg["account"] == "till/D1")
    leg["account"] = "till/D2"
    return "means 99900 fen in till/D1, the ledger says 0 fen"


def paid_at_the_till_and_by_bank(books: Row) -> str:
    books["payments"].append({**of(books, "payments", "a"), "payment": "P9", "order": order(books, "t")["order"]})
    return "was paid at the till, and by P9 as well"


def no_such_tender(books: Row) -> str:
    order(books, "t")["tender"] = "shells"
    return "was paid in shells at outlet D1"


def somebody_at_the_till(books: Row) -> str:
    order(books, "t")["buyer"] = "C1"
    return "of C1 was paid in cash at outlet D1"


def not_at_once(books: Row) -> str:
    order(books, "t")["history"][2][1] += 1.0
    return "yet not all at once"


def from_another_shelf(books: Row) -> str:
    order(books, "d")["lines"][0]["place"] = "outlet:D2"
    return "is outlet D1's, but takes SKU S2 from outlet:D2"


def sent_from_a_shelf(books: Row) -> str:
    order(books, "e")["outlet"] = None
    return "is sent, but takes SKU S1 from outlet:D1"


def fetched_from_a_presale(books: Row) -> str:
    order(books, "d")["presale"] = "B1"
    return "of outlet D1 is of presale B1 as well"


def with_a_coupon(books: Row) -> str:
    order(books, "d")["coupons"] = ["U1"]
    return "of outlet D1 took coupons U1"


def from_abroad(books: Row) -> str:
    order(books, "t")["declared"] = True
    return "of outlet D1 is from abroad"


def at_another_price(books: Row) -> str:
    order(books, "t")["lines"][0]["discount_fen"] = 1
    return "of outlet D1 was given 1 fen off"


def sold_at_the_till_and_handed_over(books: Row) -> str:
    """The one S3 of D1 was sold at its till; now C1's pick-up has it too."""
    order(books, "a")["lines"][0]["sku"] = "S3"
    return "SKU S3 at outlet:D1 can have lost 1 units, but they are: 1 sold at the till, 2 handed over"


# -- pick-ups ---------------------------------------------------------------------------------------------------------


def fetched_and_expired(books: Row) -> str:
    pickup = of(books, "pickups", "a")
    pickup["history"].append(["expired", pickup["history"][-1][1]])
    return "after waiting, collected, expired"


def collected_but_paid_only(books: Row) -> str:
    row = order(books, "a")
    row["state"] = "paid"
    row["history"] = row["history"][:2]
    return "are collected, the order is paid"


def nothing_laid_out(books: Row) -> str:
    books["pickups"].remove(of(books, "pickups", "d"))
    return "nothing was laid out for it in D1"


def laid_out_twice(books: Row) -> str:
    books["pickups"].append(copy.deepcopy(of(books, "pickups", "a")))
    return "were laid out 2 times"


def nobody_handed_it_over(books: Row) -> str:
    books["pickups"].remove(of(books, "pickups", "a"))
    return "is collected, but nobody handed it over"


def before_it_was_paid(books: Row) -> str:
    pickup = of(books, "pickups", "a")
    for step in pickup["history"]:
        step[1] -= 50.0
    return "before it was paid"


def after_its_time(books: Row) -> str:
    pickup = of(books, "pickups", "a")
    pickup["collect_before"] = pickup["history"][-1][1] - 2.5
    return "2.5 s after its time was over"


def in_the_instant_it_was_over(books: Row) -> str:
    pickup = of(books, "pickups", "a")
    pickup["collect_before"] = pickup["history"][-1][1]
    return "0.0 s after its time was over"


def in_another_outlet(books: Row) -> str:
    of(books, "pickups", "a")["handed_over_in"] = "D2"
    return "was handed over in D2, but waited in D1"


def laid_out_elsewhere(books: Row) -> str:
    of(books, "pickups", "d")["outlet"] = "D2"
    return "is for outlet D1, its goods are laid out in D2"


def for_another_code(books: Row) -> str:
    of(books, "pickups", "a")["shown"] = of(books, "pickups", "b")["digest"]
    return "was handed over for another code than its own"


def one_code_for_two(books: Row) -> str:
    of(books, "pickups", "d")["digest"] = of(books, "pickups", "b")["digest"]
    return "shares its pick-up code with another"


def handed_over_though_expired(books: Row) -> str:
    of(books, "pickups", "b")["handed_over_in"] = "D2"
    return "is expired, yet its goods were handed over"


def nobody_comes_and_nobody_minds(books: Row) -> str:
    of(books, "pickups", "d")["collect_before"] = books["taken_at"] - 60.0
    return "was to be fetched 60.0 s ago and still waits"


def expired_too_soon(books: Row) -> str:
    of(books, "pickups", "b")["collect_before"] += 60.0
    return "expired before its time was over"


def expired_and_not_paid_back(books: Row) -> str:
    of(books, "payments", "b")["state"] = "posted"
    return "expired, but its money does not go back"


def expired_and_not_on_the_shelf(books: Row) -> str:
    row = order(books, "b")
    line = row["lines"][0]
    books["allocations"].append(
        {key: line[key] for key in ("sku", "place", "quantity")}
        | {"order": row["order"], "buyer": "C2", "state": "sold", "expires_at": 0.0}
    )
    return "expired, but 1 units of it are not back on the shelf"


PLANTED: list[tuple[str, Plant]] = [
    ("till_sales_are_till_money", money_in_another_till),
    ("till_sales_are_till_money", paid_at_the_till_and_by_bank),
    ("till_sales_are_done_at_once", no_such_tender),
    ("till_sales_are_done_at_once", somebody_at_the_till),
    ("till_sales_are_done_at_once", not_at_once),
    ("outlet_orders_take_from_their_shelf", from_another_shelf),
    ("outlet_orders_take_from_their_shelf", sent_from_a_shelf),
    ("outlet_orders_are_of_no_other_kind", fetched_from_a_presale),
    ("outlet_orders_are_of_no_other_kind", with_a_coupon),
    ("outlet_orders_are_of_no_other_kind", from_abroad),
    ("outlet_orders_are_of_no_other_kind", at_another_price),
    ("no_unit_leaves_a_shelf_twice", sold_at_the_till_and_handed_over),
    ("pickups_go_their_way", fetched_and_expired),
    ("pickups_go_their_way", collected_but_paid_only),
    ("paid_pickups_are_laid_out", nothing_laid_out),
    ("collected_once_after_paid", laid_out_twice),
    ("collected_once_after_paid", nobody_handed_it_over),
    ("collected_once_after_paid", before_it_was_paid),
    ("collected_once_after_paid", after_its_time),
    ("collected_once_after_paid", in_the_instant_it_was_over),
    ("collected_in_its_outlet_with_its_code", in_another_outlet),
    ("collected_in_its_outlet_with_its_code", laid_out_elsewhere),
    ("collected_in_its_outlet_with_its_code", for_another_code),
    ("collected_in_its_outlet_with_its_code", one_code_for_two),
    ("collected_in_its_outlet_with_its_code", handed_over_though_expired),
    ("expired_pickups_are_refunded", nobody_comes_and_nobody_minds),
    ("expired_pickups_are_refunded", expired_too_soon),
    ("expired_pickups_are_refunded", expired_and_not_paid_back),
    ("expired_pickups_are_refunded", expired_and_not_on_the_shelf),
]


def test_honest_books_are_clean(honest: Row) -> None:
    assert audit(honest).violations == ()


@pytest.mark.parametrize(("invariant", "plant"), PLANTED, ids=lambda value: getattr(value, "__name__", value))
def test_a_planted_fault_is_found_and_named(books: Row, invariant: str, plant: Plant) -> None:
    says = plant(books)
    found = [violation.message for violation in audit(books).violations if violation.invariant == invariant]
    assert any(says in message for message in found), audit(books).violations


def test_every_rule_has_its_fault() -> None:
    assert {rule.__name__ for rule in (*SHELF_RULES, *PICKUP_RULES)} == {invariant for invariant, _ in PLANTED}


def test_what_is_still_under_way_is_excused(books: Row) -> None:
    waiting = order(books, "d")
    books["pickups"].remove(of(books, "pickups", "d"))
    books["pending"]["events"].append({"event": "e", "kind": "order_paid", "order": waiting["order"]})
    assert audit(books).violations == ()


def test_a_refund_that_is_still_an_event_excuses_goods_that_wait(books: Row) -> None:
    pickup = of(books, "pickups", "c")
    pickup["state"], pickup["history"] = "waiting", pickup["history"][:1]
    pickup["collect_before"] = books["taken_at"]
    assert [found.invariant for found in within(audit(books).violations)] == ["pickups_go_their_way"]
    books["pending"]["events"].append({"event": "e", "kind": "refund_requested", "order": pickup["order"]})
    assert within(audit(books).violations) == ()


def test_the_figures_say_what_outlets_did(honest: Row) -> None:
    figures = next(report.figures for report in audit(honest).systems if report.system == "outlets")
    assert (figures["outlets"], figures["till_sales"], figures["till_sales_yuan"]) == (2, 2, 1_001.5)
    assert figures["pickup_orders"] == 5 and figures["outlet_shelves_sold_out"] == 1
    kinds = ("waiting", "collected", "expired", "withdrawn")
    assert [figures[f"{kind}_pickups"] for kind in kinds] == [1, 1, 1, 1]


def test_unreadable_rows_are_no_finding_but_an_error(books: Row) -> None:
    books["pickups"][0]["history"] = "gone"
    with pytest.raises(AuditError, match="pickups"):
        for rule in PICKUP_RULES:
            list(rule(Books(books)))
