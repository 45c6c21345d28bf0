"""Refunds: what was taken goes back once, and nothing is sent that was paid back."""

from __future__ import annotations

import asyncio

import pytest

from mock_platform.domain.errors import (
    IllegalTransition,
    UnknownOrder,
)
from mock_platform.domain.events import RefundRequested
from mock_platform.domain.order import OrderState
from mock_platform.domain.reservation import WEB
from tests.mock_platform.core_world import World
from tests.mock_platform.interruptions import Suspending


async def test_a_paid_order_is_refunded_once() -> None:
    world = World()
    order = await world.paid(S2=5)
    refunded, replayed = await world.charging.refund("C1", "r1", order.order)
    again, replayed_again = await world.charging.refund("C1", "r1", order.order)
    assert (refunded.state, replayed, replayed_again) == (OrderState.REFUNDED, False, True)
    assert again.order == order.order
    with pytest.raises(IllegalTransition):
        await world.charging.refund("C1", "r2", order.order)
    await world.settled_books()
    assert await world.stock.free("S2", WEB) == 5
    (line,) = await world.bank.statement()
    assert line.refunded_fen == order.payable_fen


@pytest.mark.parametrize("state", ["placed", "pending", "shipped", "delivered", "cancelled"])
async def test_only_what_is_paid_and_not_yet_shipped_is_refunded(state: str) -> None:
    world = World()
    order = await (world.placed() if state in ("placed", "pending", "cancelled") else world.paid())
    if state == "pending":
        await world.asked(order)
    if state == "cancelled":
        await world.checkout.cancel("C1", order.order)
    if state in ("shipped", "delivered"):
        await world.outbox.step()
        while (await world.orders.order(order.order)).state != state:
            await world.turn(0.2)
    for _ in range(2):
        with pytest.raises(IllegalTransition):
            await world.charging.refund("C1", "r1", order.order)
    with pytest.raises(UnknownOrder):
        await world.charging.refund("C2", "r2", order.order)
    await world.settled_books()


async def test_a_refund_recalls_parcels_that_wait_for_the_carrier() -> None:
    world = World()
    order = await world.paid(S1=1, S2=1)
    await world.outbox.step()
    assert len(await world.orders.parcels_of(order.order)) == 2
    await world.charging.refund("C1", "r1", order.order)
    await world.settled_books()
    assert {parcel.state.value for parcel in await world.orders.parcels_of(order.order)} == {"recalled"}


async def test_a_doubled_refund_event_pays_back_once() -> None:
    world = World(wrap=Suspending)
    order = await world.paid()
    await world.charging.refund("C1", "r1", order.order)
    event = RefundRequested(order.order, world.clock())
    await asyncio.gather(*(world.charging.repay(event) for _ in range(4)))
    assert world.tally.counts["payment", "refunded"] == 1
    await world.settled_books()


async def test_an_event_nobody_should_have_sent_pays_nothing_back() -> None:
    world = World()
    order = await world.paid()
    await world.charging.repay(RefundRequested(order.order, world.clock()))
    assert [line.refunded_fen for line in await world.bank.statement()] == [0]
    await world.settled_books()
