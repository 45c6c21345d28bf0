"""Settlement: each delivered order once, whatever is cut off, and never one that was refunded."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from mock_platform.audit import audit
from mock_platform.domain import changes
from mock_platform.domain.order import Order, OrderState
from mock_platform.domain.payout import fee_fen_of
from mock_platform.services import settlement
from tests.mock_platform.core_world import assert_clean
from tests.mock_platform.interruptions import Faults, LineDropped, Suspending, cut_off, run
from tests.mock_platform.market_world import FEE_BASIS_POINTS, Market

LATE = {"delivered_orders_are_settled_in_time"}
"""Two minutes went by while nobody settled: the audit is right about that much."""


async def three_delivered(**wrapped: Any) -> Market:
    market = Market(**wrapped)
    for number, buyer in enumerate(("C1", "C2", "C3")):
        await market.paid(buyer, f"k{number}", S1=1, S2=1)
    await market.settle()
    return market


def paid_out_fen(market: Market) -> dict[str, int]:
    sums: dict[str, int] = {}
    for entry in run(market.orders.books()).entries:
        for leg in entry.legs:
            if leg.account.startswith("payout/") or leg.account == "fees":
                sums[leg.account] = sums.get(leg.account, 0) - leg.amount_fen
    return sums


def assert_settled_once(market: Market) -> None:
    run(market.settlement.step())
    run(market.settlement.step())
    fees = [fee_fen_of(worth_fen, FEE_BASIS_POINTS) for worth_fen in (1_000, 250)]
    assert paid_out_fen(market) == {
        "payout/M1": 3 * (1_000 - fees[0]),
        "payout/M2": 3 * (250 - fees[1]),
        "fees": 3 * sum(fees),
    }
    settled = [name for batch in run(market.settlements.batches()) for name in batch.orders]
    assert len(settled) == len(set(settled)) == 3
    stated = [each for name in ("M1", "M2") for each in run(market.settlement.statements(name, 1, 20)).items]
    assert sum(each.net_fen for each in stated) == 3 * (1_250 - sum(fees))
    assert_clean(run(market.snapshot()))
    assert not run(market.settlements.is_open())


async def test_delivered_orders_are_settled_in_one_batch_with_a_statement_for_each_merchant() -> None:
    market = await three_delivered()
    assert run(market.settlement.step()) == 3
    assert run(market.settlement.step()) == 0
    assert len(run(market.settlements.batches())) == 1
    assert_settled_once(market)


async def test_wherever_a_batch_is_cut_off_the_next_step_finishes_it() -> None:
    for at in range(1, 99):
        market = await three_delivered(wrap=Suspending)
        interrupted = cut_off(market.settlement.step(), at)
        assert {found.invariant for found in audit(run(market.snapshot())).violations} <= LATE
        assert_settled_once(market)
        assert len(run(market.settlements.batches())) == 1
        if not interrupted:
            assert at > 8
            return


@pytest.mark.parametrize("after", [False, True])
async def test_whatever_answer_is_lost_every_order_is_settled_once(after: bool) -> None:
    for at in range(1, 99):
        market = await three_delivered()
        faults = Faults(at, after=after)
        market.settlement._orders = faults.wrap(market.orders)
        market.settlement._settlements = faults.wrap(market.settlements)
        with suppress(LineDropped):
            run(market.settlement.step())
        faults.at = 0
        assert_settled_once(market)
        if faults.struck is None:
            assert at > 4
            return


async def test_more_orders_than_a_batch_holds_are_left_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settlement, "SETTLED_IN_A_ROW", 1)
    monkeypatch.setattr(settlement, "BATCH_MAX", 2)
    market = await three_delivered()
    assert [run(market.settlement.step()) for _ in range(3)] == [2, 1, 0]
    assert_settled_once(market)


async def test_what_is_not_delivered_or_was_refunded_is_not_settled() -> None:
    market = Market()
    refunded = await market.paid("C1", "k1", S1=1)
    await market.charging.refund("C1", "r1", refunded.order)
    run(market.placed("C2", "k2", S2=1))
    assert run(market.settlement.step()) == 0
    await market.settle()
    assert run(market.settlement.step()) == 0
    assert run(market.orders.order(refunded.order)).state is OrderState.REFUNDED
    assert run(market.settlements.batches()) == []
    assert_clean(run(market.snapshot()))


async def test_a_merchant_sees_own_lines_of_paid_orders_and_no_buyer() -> None:
    market = await three_delivered()
    run(market.placed("C1", "unpaid", S1=1))
    own = run(market.settlement.sales("M2", 1, 2))
    assert (own.total, own.pages, len(own.items)) == (3, 2, 2)
    assert [line.sku for sale in own.items for line in sale.lines] == ["S2", "S2"]
    assert {sale.buyer for sale in own.items} == {"**"}
    assert own.items[0].order > own.items[1].order
    assert [sale.due_fen for sale in own.items] == [250, 250]
    assert run(market.settlement.sales("M9", 1, 20)).items == ()
    assert len(market.settlement.views()) == 2
    assert {found.invariant for found in audit(run(market.snapshot())).violations} == LATE


async def test_of_views_the_latest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settlement, "VIEWS_KEPT", 2)
    market = await three_delivered()
    for name in ("M1", "M2", "M1"):
        run(market.settlement.sales(name, 1, 20))
    assert len(market.settlement.views()) == 2


@pytest.mark.parametrize("state", OrderState)
def test_an_order_is_marked_once_and_only_when_its_buyer_has_the_goods(state: OrderState) -> None:
    order = Order("O1", "C1", "k", (), 0, None, 0.0, 60.0, state, ((state.value, 1.0),))
    marked = changes.settled(order, "B1", (), 2.0)
    assert (marked is not None) == (state in (OrderState.DELIVERED, OrderState.COLLECTED))
    if marked is not None and marked.order is not None:
        assert marked.order.settlement == "B1"
        assert changes.settled(marked.order, "B2", (), 3.0) is None
