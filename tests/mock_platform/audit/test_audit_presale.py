"""Every fault of a presale, planted alone in the books of an honest one, is named, and no other rule fires."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from typing import Any

import pytest

from mock_platform.audit import audit
from mock_platform.audit.exported_books import Books
from mock_platform.audit.presale_rules import RULES, figures
from tests.mock_platform.audit.planting import within
from tests.mock_platform.core_world import OPENING
from tests.mock_platform.presale_world import BALANCE_OPENS_S, DEPOSIT_FEN, PresaleWorld

Snapshot = dict[str, Any]

FORFEITS = "forfeits_are_deposits_given_up_too_late"
RECEIVABLE = "receivable_is_what_is_owed"
CAPTURES, PAYABLE, POSTED = "at_most_one_capture", "captured_is_payable", "paid_orders_have_a_posted_payment"


async def _honest() -> Snapshot:
    """Of C1 deposited, C2 paid, C3 forfeited, C4 given back: one unit each, by payments of their own numbers."""
    world = PresaleWorld()
    orders = {buyer: await world.deposited(buyer, buyer) for buyer in ("C4", "C1", "C2", "C3")}
    await world.checkout.cancel("C4", orders["C4"].order)
    world.at(BALANCE_OPENS_S)
    await world.due(orders["C2"], "balance")
    await world.checkout.cancel("C3", orders["C3"].order)
    for _ in range(4):
        await world.turn()
    return await world.bookkeeping.snapshot()


@pytest.fixture(scope="module")
def honest() -> Snapshot:
    return asyncio.run(_honest())


@pytest.fixture
def books(honest: Snapshot) -> Snapshot:
    return copy.deepcopy(honest)


class Editor:
    """Finds a buyer's rows."""

    def __init__(self, books: Snapshot) -> None:
        self.books = books

    def order(self, buyer: str) -> Any:
        return next(row for row in self.books["orders"] if row["buyer"] == buyer)

    def payment(self, buyer: str, instalment: str = "deposit") -> Any:
        rows = self.books["payments"]
        return next(row for row in rows if row["buyer"] == buyer and row["instalment"] == instalment)

    def bank(self, buyer: str, instalment: str = "deposit") -> Any:
        payment = self.payment(buyer, instalment)["payment"]
        return next(row for row in self.books["bank"] if row["payment"] == payment)

    def entry(self, buyer: str, what: str) -> Any:
        name = f"{self.order(buyer)['order']}:{what}"
        return next(row for row in self.books["ledger"] if row["entry"] == name)

    def leg(self, buyer: str, what: str, account: str) -> Any:
        return next(leg for leg in self.entry(buyer, what)["legs"] if leg["account"].startswith(account))

    @property
    def presale(self) -> Any:
        return self.books["presales"][0]


def another_deposit_than_the_presales(edit: Editor) -> None:
    edit.presale["deposit_fen"] += 1


def another_price_than_the_presales(edit: Editor) -> None:
    edit.presale["price_fen"] += 1


def a_presale_that_does_not_exist(edit: Editor) -> None:
    """Its units are sold from the place of the real one, so only the order's own word is wrong."""
    edit.order("C1")["presale"] = "A9"


def other_instants_than_the_presales(edit: Editor) -> None:
    edit.order("C1")["balance_closes_at"] += 1


def balance_off_by_a_fen(edit: Editor) -> None:
    """Asked, taken and booked a fen short, so that deposit and balance are no longer the price."""
    edit.payment("C2", "balance")["amount_fen"] -= 1
    edit.bank("C2", "balance")["captured_fen"] -= 1
    for account in ("bank", "receivable"):
        leg = edit.leg("C2", "paid", account)
        leg["amount_fen"] -= 1 if leg["amount_fen"] > 0 else -1


def deposited_without_a_deposit(edit: Editor) -> None:
    row = edit.payment("C1")
    row["state"] = "refunded"
    row["history"] += [["refunding", row["history"][-1][1]], ["refunded", row["history"][-1][1]]]
    edit.bank("C1")["refunded_fen"] = DEPOSIT_FEN
    edit.books["ledger"].remove(edit.entry("C1", "deposited"))


def paid_with_the_deposit_alone(edit: Editor) -> None:
    order = edit.order("C2")["order"]
    edit.books["payments"].remove(edit.payment("C2", "balance"))
    edit.books["bank"] = [row for row in edit.books["bank"] if row["order"] != order or row["captured_fen"] < 200]
    edit.books["ledger"].remove(edit.entry("C2", "paid"))


def deposit_taken_twice(edit: Editor) -> None:
    row = edit.bank("C1")
    row["captures"], row["captured_fen"] = 2, 2 * DEPOSIT_FEN
    for leg in edit.entry("C1", "deposited")["legs"]:
        leg["amount_fen"] *= 2


def balance_paid_twice(edit: Editor) -> None:
    edit.books["payments"].append(edit.payment("C2", "balance") | {"payment": "P99", "key": "again"})
    edit.books["bank"].append(edit.bank("C2", "balance") | {"payment": "P99"})
    edit.books["ledger"].append(edit.entry("C2", "paid") | {"entry": "again"})


def a_whole_payment_of_a_presale(edit: Editor) -> None:
    edit.payment("C1")["instalment"] = "whole"


def forfeited_yet_given_back(edit: Editor) -> None:
    """By the bank and in the books: all agree, but it should not have been."""
    row = edit.payment("C3")
    row["state"] = "refunded"
    row["history"] += [["refunding", row["history"][-1][1]], ["refunded", row["history"][-1][1]]]
    edit.bank("C3")["refunded_fen"] = DEPOSIT_FEN
    edit.leg("C3", "forfeited", "forfeits/")["account"] = "bank"


def refundable_yet_kept(edit: Editor) -> None:
    row = edit.payment("C4")
    row["state"] = "posted"
    row["history"] = row["history"][:2]
    edit.bank("C4")["refunded_fen"] = 0
    edit.leg("C4", "deposit_returned", "bank")["account"] = "forfeits/M1"


def kept_by_nobody(edit: Editor) -> None:
    edit.leg("C3", "forfeited", "forfeits/")["account"] = "nobody"


def more_depositors_than_units(edit: Editor) -> None:
    edit.presale["allotment"] = 1


def more_than_the_limit(edit: Editor) -> None:
    edit.presale["limit_per_buyer"] = 0


def deposited_for_ever(edit: Editor) -> None:
    edit.books["taken_at"] = edit.presale["balance_closes_at"] + 5.1


def ended_though_the_balance_was_under_way(edit: Editor) -> None:
    """C3 asked for the balance in time; the bank posted it when the order had ended with the window."""
    row = edit.payment("C2", "balance")
    at = edit.presale["balance_closes_at"]
    order = edit.order("C3")
    order["history"][-1][1] = at
    history = [["pending", at - 1], ["posted", at + 1], ["refunding", at + 1], ["refunded", at + 2]]
    back = {"order": order["order"], "buyer": "C3", "payment": "P99", "state": "refunded", "history": history}
    edit.books["payments"].append(row | back)
    took = edit.bank("C2", "balance")
    edit.books["bank"].append(took | {"order": order["order"], "payment": "P99", "refunded_fen": took["captured_fen"]})


def balance_before_its_window(edit: Editor) -> None:
    edit.payment("C2", "balance")["history"][0][1] = OPENING + BALANCE_OPENS_S - 0.1


def placed_after_deposits_closed(edit: Editor) -> None:
    edit.presale["deposit_closes_at"] = OPENING + 1


def unknown_instants(edit: Editor) -> None:
    edit.order("C4")["refundable_until"] -= 1


FAULTS: list[tuple[Callable[[Editor], None], set[str]]] = [
    (another_deposit_than_the_presales, {"deposit_and_balance_are_the_price"}),
    (another_price_than_the_presales, {"deposit_and_balance_are_the_price"}),
    (a_presale_that_does_not_exist, {"deposit_and_balance_are_the_price"}),
    (other_instants_than_the_presales, {"deposit_and_balance_are_the_price"}),
    (unknown_instants, {"deposit_and_balance_are_the_price"}),
    (balance_off_by_a_fen, {"instalments_follow_the_state", PAYABLE, RECEIVABLE}),
    (deposited_without_a_deposit, {"instalments_follow_the_state", RECEIVABLE}),
    (paid_with_the_deposit_alone, {"instalments_follow_the_state", POSTED, RECEIVABLE}),
    (deposit_taken_twice, {CAPTURES, RECEIVABLE}),
    (balance_paid_twice, {CAPTURES, RECEIVABLE}),
    (a_whole_payment_of_a_presale, {"instalments_follow_the_state", PAYABLE, POSTED}),
    (forfeited_yet_given_back, {"forfeited_deposits_stay", FORFEITS}),
    (refundable_yet_kept, {"refundable_deposits_go_back", FORFEITS}),
    (kept_by_nobody, {FORFEITS}),
    (more_depositors_than_units, {"presale_keeps_its_allotment"}),
    (more_than_the_limit, {"presale_keeps_its_limit"}),
    (deposited_for_ever, {"no_deposit_outlives_its_balance"}),
    (ended_though_the_balance_was_under_way, {"balances_asked_for_in_time_count"}),
    (balance_before_its_window, {"instalments_keep_their_windows"}),
    (placed_after_deposits_closed, {"instalments_keep_their_windows"}),
]


@pytest.mark.parametrize(("fault", "named"), FAULTS, ids=[fault.__name__ for fault, _ in FAULTS])
def test_a_planted_fault_is_named_and_no_other_rule_fires(
    books: Snapshot, fault: Callable[[Editor], None], named: set[str]
) -> None:
    assert {found.invariant for found in audit(books).violations} == set()
    fault(Editor(books))
    assert {found.invariant for found in within(audit(books).violations)} - {"history_runs_forward"} == named


def test_every_rule_has_a_fault() -> None:
    assert {rule.__name__ for rule in RULES} <= set().union(*(named for _, named in FAULTS))


def test_what_became_of_depositors_is_told_in_figures(books: Snapshot) -> None:
    assert figures(Books(books)) == {
        "presales": 1,
        "deposits_paid_orders": 4,
        "balances_paid_orders": 1,
        "deposits_refunded_orders": 1,
        "deposits_forfeited_orders": 1,
        "deposits_forfeited_fen": DEPOSIT_FEN,
    }
