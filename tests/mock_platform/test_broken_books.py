"""Each way to break the books, before the real stores and bank: the shop sells on, and the audit names the fault."""

from __future__ import annotations

from typing import Any

import pytest

from mock_platform.audit import AuditReport, audit
from mock_platform.domain import changes
from mock_platform.domain.coupon import Coupon, CouponCampaign
from mock_platform.domain.errors import UnknownOrder
from mock_platform.domain.idempotency import CLAIMING, Claim, fingerprint
from mock_platform.domain.order import Order
from mock_platform.faults.broken_books import break_books
from mock_platform.partners.bank import BankBehaviour, SimulatedBank
from mock_platform.services.bookkeeping import Bookkeeping
from mock_platform.settings import BROKEN_BOOKS
from mock_platform.stores.orders_memory import MemoryOrders
from mock_platform.stores.stock_memory import MemoryStock
from tests.mock_platform.core_world import GRACE_S, HOLD_S, PAYMENT_WINDOW_S, lines
from tests.mock_platform.interruptions import run
from tests.mock_platform.presale_world import DEPOSIT_FEN, PresaleWorld

ENGINES: tuple[type, ...] = (MemoryStock, MemoryOrders, SimulatedBank)


CAMPAIGN = CouponCampaign("G1", "10 fen off 20", None, (), 10, 20, 99, 99, 990, 0.0, 0.0, 1e12)


class BrokenShop:
    """The whole core with one store or partner behind a liar, which wrongs the second of what passes it."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.engines: dict[type, Any] = {}
        self.world = PresaleWorld(
            wrap=self._wrap, behaviour=BankBehaviour(latency_s=0.0), allotment=20, limit_per_buyer=20
        )
        run(self.world.coupons.put_campaign(CAMPAIGN))
        self.books = Bookkeeping(
            stock=self.engines[MemoryStock],
            orders=self.engines[MemoryOrders],
            bank=self.engines[SimulatedBank],
            catalogue=self.world.catalogue,
            clock=self.world.clock,
            boot="b00t",
            hold_s=HOLD_S,
            payment_window_s=PAYMENT_WINDOW_S,
            grace_s=GRACE_S,
            tables=[self.world.promotion_rows, self.world.logistics_rows, self.world._rows],
        )
        self.sold = 0

    def _wrap(self, inner: Any) -> Any:
        for place, engine in enumerate(ENGINES):
            if engine in self.engines and isinstance(inner, engine):
                return self.engines[engine]
            if isinstance(inner, engine):
                three = [inner if place == other else None for other in range(3)]
                self.engines[engine] = break_books(self.kind, *three, after=2)[place]
                return self.engines[engine]
        return inner

    async def sell(self, orders: int) -> list[Order]:
        """So many orders of one S2 each, placed, and paid if the shop still knows them by then.

        With a coupon if that is what is broken; and if it is deposits, given up once they are paid.
        """
        made = []
        for _ in range(orders):
            self.sold += 1
            buyer, key = f"C{1 + self.sold % 3}", f"k{self.sold}"
            if self.kind == "keep_deposit":
                order = await self.world.deposited(buyer, key)
                made.append(await self.world.checkout.cancel(buyer, order.order))
                continue
            coupons = [await self._claimed(buyer)] if self.kind == "reuse_coupon" else []
            made.append((await self.world.place(buyer, key, lines(S2=1), coupons=tuple(coupons)))[0])
            try:
                await self.world.asked(made[-1], f"p{self.sold}")
            except UnknownOrder:
                assert self.kind == "drop_order"
        await self.world.turn(0.1)
        return made

    async def _claimed(self, buyer: str) -> str:
        now, name = self.world.clock(), f"K{self.sold}"
        claim = await self.world.orders.claim(buyer, name, fingerprint(CLAIMING, name), name, now, 1.0)
        assert isinstance(claim, Claim)
        await self.world.orders.commit(changes.coupon_claimed(Coupon(name, CAMPAIGN.campaign, buyer, now), claim))
        return name

    async def audited(self) -> AuditReport:
        return audit(await self.books.snapshot())


def invariants(report: AuditReport) -> set[str]:
    return {violation.invariant for violation in report.violations}


def messages(report: AuditReport, invariant: str) -> list[str]:
    return [violation.message for violation in report.violations if violation.invariant == invariant]


@pytest.mark.parametrize("kind", BROKEN_BOOKS)
async def test_every_kind_in_the_settings_sells_cleanly_until_its_turn_comes(kind: str) -> None:
    shop = BrokenShop(kind)
    await shop.sell(1)
    assert (await shop.audited()).violations == ()
    await shop.sell(2)
    assert bool((await shop.audited()).violations) == bool(kind)


def test_a_kind_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="'ovresell' is no way to break the books"):
        break_books("ovresell", None, None, None)


@pytest.mark.parametrize("kind", BROKEN_BOOKS)
async def test_all_that_is_not_lied_about_passes_in_both_directions(kind: str) -> None:
    class Part:
        marks = 0

        async def touch(self) -> str:
            return "touched"

    inner = Part()
    for part in break_books(kind, inner, inner, inner):
        part.marks = 7
        assert inner.marks == part.marks == 7
        assert await part.touch() == "touched"
        inner.marks = 0


async def test_a_dropped_decrement_is_seen_at_once_and_oversells_in_the_end() -> None:
    shop = BrokenShop("oversell")
    await shop.sell(2)
    assert invariants(await shop.audited()) == {"stock_adds_up"}
    last = (await shop.sell(4))[-1]
    report = await shop.audited()
    assert invariants(report) == {"stock_adds_up", "no_oversell"}
    assert {violation.subject for violation in report.violations} == {"S2 at web"}
    assert messages(report, "no_oversell") == [
        f"SKU S2 at web is oversold by 1: 5 units, 6 promised; the last to order {last.order} of buyer {last.buyer}."
    ]


async def test_money_taken_twice_is_named_with_its_order() -> None:
    shop = BrokenShop("double_charge")
    _, wronged, _ = await shop.sell(3)
    report = await shop.audited()
    assert invariants(report) == {"at_most_one_capture", "bank_account_is_captured_less_refunded"}
    assert {violation.subject for violation in report.violations} == {wronged.order}
    (message,) = messages(report, "at_most_one_capture")
    assert f"charged order {wronged.order} 2 times, 500 fen in all" in message


async def test_money_taken_twice_stays_the_same_orders_money() -> None:
    shop = BrokenShop("double_charge")
    await shop.sell(3)
    first = await shop.audited()
    await shop.sell(2)
    assert (await shop.audited()).violations == first.violations != ()


async def test_a_forgotten_order_is_missed_by_its_key_its_stock_and_its_ledger() -> None:
    shop = BrokenShop("drop_order")
    _, lost, _ = await shop.sell(3)
    report = await shop.audited()
    assert invariants(report) == {
        "finished_keys_have_an_answer",
        "sales_match_orders",
        "receivable_is_what_is_owed",
        "merchant_account_is_live_sales",
    }
    assert all(lost.order in violation.message for violation in report.violations)
    assert messages(report, "finished_keys_have_an_answer") == [
        f"Key {lost.key} of buyer {lost.buyer} made order {lost.order}, which does not exist."
    ]


async def test_a_forgotten_order_is_gone_for_its_buyer_and_for_expiry() -> None:
    shop = BrokenShop("drop_order")
    _, lost, _ = await shop.sell(3)
    checkout = shop.world.checkout
    with pytest.raises(UnknownOrder):
        await checkout.order(lost.buyer, lost.order)
    assert lost.order not in [order.order for order in (await checkout.orders_of(lost.buyer)).items]
    before = await shop.audited()
    await shop.world.settle()
    assert invariants(await shop.audited()) == invariants(before)


LEAKED = {"no_leaked_hold", "under_way_is_counted"}
"""Nobody gives it back, for nobody knows of it."""


async def test_a_leaked_hold_is_overdue_whenever_somebody_looks() -> None:
    shop = BrokenShop("leak_hold")
    _, wronged, _ = await shop.sell(3)
    report = await shop.audited()
    assert invariants(report) == LEAKED
    (message,) = messages(report, "no_leaked_hold")
    assert message.startswith(f"A hold of 1 of SKU S2 at web for order {wronged.order}-leaked of buyer {wronged.buyer}")
    await shop.world.settle()
    assert invariants(await shop.audited()) == LEAKED


async def test_a_leaked_hold_keeps_nobody_waiting_for_the_shop_to_come_to_rest() -> None:
    shop = BrokenShop("leak_hold")
    await shop.sell(3)
    await shop.world.settle()
    assert await shop.books.pending() == {"events": 0, "payments": 0, "holds": 0}


async def test_a_leak_waits_for_a_hold_that_leaves_a_unit_to_leak() -> None:
    shop = BrokenShop("leak_hold")
    await shop.world.placed("C1", "a", S3=1)
    await shop.world.placed("C1", "b", S3=1)
    assert (await shop.audited()).violations == ()
    await shop.world.placed("C1", "c", S1=1)
    assert invariants(await shop.audited()) == LEAKED


async def test_a_coupon_that_stays_unused_is_named_with_the_order_it_made_cheaper() -> None:
    shop = BrokenShop("reuse_coupon")
    _, wronged, _ = await shop.sell(3)
    report = await shop.audited()
    assert invariants(report) == {"coupon_is_used_once_by_its_owner", "campaign_keeps_its_budget"}
    assert messages(report, "coupon_is_used_once_by_its_owner") == [
        f"Order {wronged.order} has 10 fen off by coupon K2, which it did not use."
    ]
    again, _ = await shop.world.place(wronged.buyer, "again", lines(S2=1), coupons=("K2",))
    assert again.payable_fen == wronged.payable_fen == 240


async def test_a_deposit_that_is_kept_is_named_with_the_order_that_was_given_up_in_time() -> None:
    shop = BrokenShop("keep_deposit")
    first, wronged, _ = await shop.sell(3)
    report = await shop.audited()
    assert invariants(report) == {"refundable_deposits_go_back", "receivable_is_what_is_owed"}
    (message,) = messages(report, "refundable_deposits_go_back")
    assert message.startswith(f"Order {wronged.order} was given up in time, yet its deposit {wronged.deposited_by}")
    await shop.world.settle()
    back_fen = {line.order: line.refunded_fen for line in await shop.world.bank.statement()}
    assert (back_fen[first.order], back_fen[wronged.order]) == (DEPOSIT_FEN, 0)
