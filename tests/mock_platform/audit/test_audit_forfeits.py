"""Lost deposits on their way to their merchants: settled once and whole, and each deliberate fault is named."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from typing import Any

import pytest

from mock_platform.audit import audit
from mock_platform.domain.merchant import MerchantAccount, MerchantState
from mock_platform.services.settlement import Settlement
from mock_platform.stores.merchants_memory import MemoryMerchants
from mock_platform.stores.settlements_memory import MemorySettlements
from mock_platform.systems.marketplace import marketplace_rows
from tests.mock_platform.core_world import OPENING
from tests.mock_platform.interruptions import Suspending, cut_off
from tests.mock_platform.presale_world import BALANCE_OPENS_S, DEPOSIT_FEN, PresaleWorld

Snapshot = dict[str, Any]
TERMS = {"fee_basis_points": 200, "settle_every_s": 2.0, "priced_within_s": 5.0}


class Desk:
    """A presale in which C3 gave up too late and C4 in time, and the settlement of it."""

    def __init__(self) -> None:
        self.world = PresaleWorld()
        self.settlements = MemorySettlements()
        self.settlement = self.settling()

    def settling(self, wrap: Callable[[Any], Any] = lambda inner: inner) -> Settlement:
        numbers = iter(range(1, 100))
        return Settlement(
            orders=wrap(self.world.orders),
            settlements=wrap(self.settlements),
            clock=self.world.clock,
            new_id=lambda prefix: f"{prefix}{next(numbers)}",
            fee_basis_points=200,
        )

    async def given_up(self) -> None:
        world = self.world
        orders = {buyer: await world.deposited(buyer, buyer) for buyer in ("C4", "C3")}
        await world.checkout.cancel("C4", orders["C4"].order)
        world.at(BALANCE_OPENS_S)
        await world.checkout.cancel("C3", orders["C3"].order)
        for _ in range(4):
            await world.turn(0.5)

    async def snapshot(self) -> Snapshot:
        merchants = MemoryMerchants([MerchantAccount("M1", "a", "b", MerchantState.APPROVED, (("approved", OPENING),))])
        catalogue = type(self.world.catalogue)()
        rows = await marketplace_rows(TERMS, catalogue, merchants, self.settlements, self.settlement)
        return {**await self.world.bookkeeping.snapshot(), **rows}


@pytest.fixture(scope="module")
def settled() -> Snapshot:
    async def honest() -> Snapshot:
        desk = Desk()
        await desk.given_up()
        assert await desk.settlement.step() == 1
        return await desk.snapshot()

    return asyncio.run(honest())


def _of(books: Snapshot, buyer: str) -> Any:
    return next(row for row in books["orders"] if row["buyer"] == buyer)


def _entry(books: Snapshot) -> Any:
    return next(row for row in books["ledger"] if row["entry"].endswith(":settled"))


def a_fee_on_a_deposit(books: Snapshot) -> None:
    _entry(books)["legs"][1]["amount_fen"] += 2
    _entry(books)["legs"].append({"account": "fees", "amount_fen": -2})


def stated_less(books: Snapshot) -> None:
    books["settlements"][0]["statements"][0]["gross_fen"] -= 1


def never_settled(books: Snapshot) -> None:
    books["taken_at"] += 60.0
    books["ledger"].remove(_entry(books))
    books["settlements"].clear()
    _of(books, "C3")["settlement"] = None


def settled_though_it_went_back(books: Snapshot) -> None:
    _of(books, "C4")["settlement"] = "B1"


def marked_and_not_booked(books: Snapshot) -> None:
    books["ledger"].remove(_entry(books))


FAULTS: list[tuple[Callable[[Snapshot], None], str, str]] = [
    (a_fee_on_a_deposit, "settled_is_sales_less_fees", "C3"),
    (stated_less, "payables_are_sales_less_refunds_and_fees", "M1"),
    (never_settled, "delivered_orders_are_settled_in_time", "C3"),
    (settled_though_it_went_back, "settled_once_and_when_delivered", "C4"),
    (marked_and_not_booked, "forfeits_are_deposits_given_up_too_late", "C3"),
]


def test_a_lost_deposit_is_its_merchants_and_the_books_are_clean(settled: Snapshot) -> None:
    assert audit(settled).violations == ()
    (batch,) = settled["settlements"]
    assert batch["orders"] == (_of(settled, "C3")["order"],)
    (statement,) = batch["statements"]
    assert (statement["merchant"], statement["net_fen"], statement["fee_fen"]) == ("M1", DEPOSIT_FEN, 0)


@pytest.mark.parametrize(("fault", "invariant", "subject"), FAULTS, ids=[row[0].__name__ for row in FAULTS])
def test_a_fault_is_named(settled: Snapshot, fault: Callable[[Snapshot], None], invariant: str, subject: str) -> None:
    books = copy.deepcopy(settled)
    fault(books)
    named = _of(books, subject)["order"] if subject.startswith("C") else subject
    assert (invariant, named) in {(found.invariant, found.subject) for found in audit(books).violations}


async def test_wherever_it_is_cut_off_the_deposit_is_settled_once() -> None:
    for moment in range(1, 99):
        desk = Desk()
        await desk.given_up()
        interrupted = cut_off(desk.settling(Suspending).step(), moment)
        for _ in range(2):
            await desk.settlement.step()
        snapshot = await desk.snapshot()
        assert audit(snapshot).violations == ()
        assert sum(row["net_fen"] for batch in snapshot["settlements"] for row in batch["statements"]) == DEPOSIT_FEN
        if not interrupted:
            assert moment > 8
            return
