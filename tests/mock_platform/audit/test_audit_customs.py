"""Faults planted in the books of customs: each is found, by the rule meant for it, and named."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest

from mock_platform.audit import audit
from mock_platform.audit.customs_rules import RULES, figures
from mock_platform.audit.exported_books import Books
from tests.mock_platform.audit.imported_books import Row, honest_books, of


@pytest.fixture(scope="module")
def honest() -> Row:
    return honest_books()


@pytest.fixture
def books(honest: Row) -> Row:
    return copy.deepcopy(honest)


def still_at_customs(books: Row, buyer: str) -> None:
    """The buyer's delivered order, as it was before customs decided."""
    order = of(books, "orders", buyer)
    order["state"], order["history"] = "paid", order["history"][:2]
    books["parcels"] = [row for row in books["parcels"] if row["order"] != order["order"]]
    declaration = of(books, "declarations", buyer)
    declaration["state"], declaration["history"] = "declared", declaration["history"][:2]


def withdrawn(books: Row, buyer: str) -> None:
    """The buyer's refunded order, as if the buyer had taken it back while customs were thinking."""
    of(books, "customs_broker", buyer).update(verdict=None, heard_by=None)
    declaration = of(books, "declarations", buyer)
    declaration["state"], declaration["reason"] = "withdrawn", None
    declaration["history"][-1][0] = "withdrawn"


def undeclared(books: Row) -> str:
    books["declarations"].remove(of(books, "declarations", "C1"))
    return "is delivered and has 0 declarations"


def declared_twice(books: Row) -> str:
    books["declarations"].append({**of(books, "declarations", "C1"), "declaration": "again"})
    return "has 2 declarations"


def declared_for_less(books: Row) -> str:
    of(books, "declarations", "C1")["value_fen"] = 1
    return "says 1 fen and 5363 fen of duty"


def declared_at_home(books: Row) -> str:
    at_home = next(row for row in books["orders"] if not row["declared"])
    books["declarations"].append({**of(books, "declarations", "C1"), "order": at_home["order"]})
    return "is not from abroad, yet it has declaration"


def declared_for_nobody(books: Row) -> str:
    books["declarations"].append({**of(books, "declarations", "C1"), "order": "O-none"})
    return "Order O-none does not exist"


def cleared_without_being_declared(books: Row) -> str:
    declaration = of(books, "declarations", "C1")
    declaration["history"] = [step for step in declaration["history"] if step[0] != "declared"]
    return "is cleared by way of drafted, cleared"


def cleared_back_in_time(books: Row) -> str:
    of(books, "declarations", "C1")["history"][-1][1] -= 1_000
    return "is cleared by way of drafted, declared, cleared"


def left_before_clearance(books: Row) -> str:
    of(books, "parcels", "C1")["history"][0][1] -= 1_000
    return "was made before customs cleared it"


def left_without_clearance(books: Row) -> str:
    parcel = copy.deepcopy(of(books, "parcels", "C1"))
    books["parcels"].append({**parcel, "parcel": "stray", "order": of(books, "orders", "C3")["order"]})
    return "though customs cleared nothing"


def duty_kept_of_a_rejected_order(books: Row) -> str:
    of(books, "bank", "C3")["refunded_fen"] -= 5_363
    return "28622 fen were due back, 23259 came"


def rejected_and_still_sold(books: Row) -> str:
    of(books, "orders", "C3")["state"] = "paid"
    return "yet it is paid"


def forgotten_at_customs(books: Row) -> str:
    declaration = of(books, "declarations", "C3")
    declaration["state"], declaration["history"] = "declared", declaration["history"][:2]
    return "is refunded, yet its declaration is still at customs"


def cleared_by_nobody(books: Row) -> str:
    books["customs_broker"].remove(of(books, "customs_broker", "C1"))
    return "is cleared, customs never heard of it"


def cleared_while_customs_think(books: Row) -> str:
    of(books, "customs_broker", "C1")["verdict"] = None
    return "is cleared, customs have not decided"


def cleared_against_customs(books: Row) -> str:
    of(books, "customs_broker", "C1")["verdict"] = "rejected"
    return "is cleared, customs rejected it"


def refunded_against_customs(books: Row) -> str:
    of(books, "customs_broker", "C3")["verdict"] = "cleared"
    return "is rejected, customs cleared it"


def still_thought_about(books: Row) -> str:
    withdrawn(books, "C3")
    return "is withdrawn, customs still think about it"


def withdrawn_behind_our_backs(books: Row) -> str:
    still_at_customs(books, "C1")
    of(books, "customs_broker", "C1").update(verdict=None, heard_by=None, withdrawn=True)
    return "is declared, customs were told that it is withdrawn"


def customs_were_told_another_duty(books: Row) -> str:
    of(books, "customs_broker", "C1")["duty_fen"] -= 1
    return "is over 23259 fen and 5363 fen of duty, customs were told 23259 and 5362"


def declared_behind_our_backs(books: Row) -> str:
    of(books, "customs_broker", "C1")["declaration"] = "D-none"
    return "Customs have declaration D-none of order"


def their_word_is_never_heard(books: Row) -> str:
    still_at_customs(books, "C1")
    books["taken_at"] = of(books, "customs_broker", "C1")["heard_by"] + books["settings"]["grace_s"] + 1.5
    return "Customs decided on declaration O1-customs, and nobody heard of it for 6.5 s longer than it may take"


def never_handed_in(books: Row) -> str:
    still_at_customs(books, "C1")
    declaration = of(books, "declarations", "C1")
    declaration["state"], declaration["history"] = "drafted", declaration["history"][:1]
    books["customs_broker"].remove(of(books, "customs_broker", "C1"))
    books["taken_at"] = declaration["chased_at"] + books["settings"]["grace_s"] + 0.5
    return "Declaration O1-customs was not handed in for 5.5 s longer than it may take"


FAULTS: dict[str, tuple[Callable[[Row], str], ...]] = {
    "one_declaration_for_each_import": (
        undeclared,
        declared_twice,
        declared_for_less,
        declared_at_home,
        declared_for_nobody,
    ),
    "declarations_move_legally": (cleared_without_being_declared, cleared_back_in_time),
    "nothing_leaves_before_clearance": (left_before_clearance, left_without_clearance),
    "rejected_is_refunded_in_full": (duty_kept_of_a_rejected_order, rejected_and_still_sold),
    "ended_orders_leave_customs": (forgotten_at_customs,),
    "nothing_is_forgotten_at_customs": (their_word_is_never_heard, never_handed_in),
    "declarations_say_what_customs_said": (
        cleared_by_nobody,
        cleared_while_customs_think,
        cleared_against_customs,
        refunded_against_customs,
        still_thought_about,
        withdrawn_behind_our_backs,
        customs_were_told_another_duty,
        declared_behind_our_backs,
    ),
}
PLANTED = [(invariant, plant) for invariant, plants in FAULTS.items() for plant in plants]


def test_every_rule_has_its_fault() -> None:
    assert set(FAULTS) == {rule.__name__ for rule in RULES}


def test_honest_books_are_clean(books: Row) -> None:
    assert [found.message for found in audit(books).violations] == []


@pytest.mark.parametrize(("invariant", "plant"), PLANTED, ids=[plant.__name__ for _, plant in PLANTED])
def test_a_planted_fault_is_found_and_named(books: Row, invariant: str, plant: Callable[[Row], str]) -> None:
    says = plant(books)
    found = [violation.message for violation in audit(books).violations if violation.invariant == invariant]
    assert any(says in message for message in found), found


def test_an_order_at_customs_is_excused_its_parcels(books: Row) -> None:
    cleared = copy.deepcopy(of(books, "declarations", "C1"))
    still_at_customs(books, "C1")
    entry = of(books, "customs_broker", "C1")
    entry["verdict"], entry["heard_by"] = None, None
    without_parcels = "paid_lines_are_in_one_parcel"
    assert without_parcels not in {found.invariant for found in audit(books).violations}
    of(books, "declarations", "C1").update(cleared)
    assert without_parcels in {found.invariant for found in audit(books).violations}


def test_a_word_on_its_way_and_a_draft_in_the_making_are_excused(books: Row) -> None:
    still_at_customs(books, "C1")
    books["taken_at"] = of(books, "customs_broker", "C1")["heard_by"] + books["settings"]["grace_s"]
    assert forgotten(books) == []
    declaration = of(books, "declarations", "C1")
    declaration["state"], declaration["history"] = "drafted", declaration["history"][:1]
    books["taken_at"] = declaration["chased_at"] + books["settings"]["grace_s"]
    assert forgotten(books) == []


def test_who_is_told_this_moment_that_it_is_withdrawn_is_excused(books: Row) -> None:
    withdrawn(books, "C3")
    name = of(books, "declarations", "C3")["order"]
    books["pending"]["events"].append({"event": "e", "kind": "refund_requested", "order": name})
    assert audit(books).violations == ()


def test_customs_may_think_as_long_as_they_like(books: Row) -> None:
    still_at_customs(books, "C1")
    entry = of(books, "customs_broker", "C1")
    entry["verdict"], entry["heard_by"] = None, None
    books["taken_at"] += 86_400.0
    assert forgotten(books) == []


def forgotten(books: Row) -> list[str]:
    return [found.message for found in audit(books).violations if found.invariant == "nothing_is_forgotten_at_customs"]


def test_the_figures_tell_the_story(books: Row) -> None:
    told = figures(Books(books))
    assert told == {
        "orders": 3,
        "duty_yuan": (5_363 + 157_950) / 100,
        "cleared_declarations": 2,
        "rejected_and_refunded_declarations": 1,
        "withdrawn_declarations": 0,
        "refused_by_limit_orders": 2,
        "median_clearance_s": told["median_clearance_s"],
    }
    assert 0 < float(told["median_clearance_s"]) < 10
