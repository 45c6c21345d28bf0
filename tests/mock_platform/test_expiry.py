"""Expiry: the only place that gives stock back; it settles every hold one way or the other, and nobody's twice."""

from __future__ import annotations

from itertools import count

import pytest

from mock_platform.domain.events import OrderCancelled
from mock_platform.domain.order import OrderState
from mock_platform.domain.reservation import WEB, Units
from tests.mock_platform.core_world import HOLD_S, PAYMENT_WINDOW_S, World, lines
from tests.mock_platform.interruptions import Faults, LineDropped, Suspending, cut_off, run


async def orphan_hold(world: World, order: str = "O-lost") -> None:
    """What a checkout leaves that was cut off after its hold."""
    await world.stock.hold(order, "C1", [Units("S2", WEB, 2)], world.clock() + HOLD_S)


async def unsold_hold() -> tuple[World, str]:
    """What a checkout leaves that was cut off after its commit: an order, and units still held."""
    world = World(wrap=Faults(1, after=False, only="sell").wrap)
    with pytest.raises(LineDropped):
        await world.placed(S2=2)
    (hold,) = (await world.stock.books()).holds
    return world, hold.order


async def test_a_hold_without_an_order_is_released_when_its_time_is_over_and_not_before() -> None:
    world = World()
    await orphan_hold(world)
    world.clock.advance(HOLD_S - 0.1)
    assert await world.expiry.sweep() == 0
    assert await world.stock.free("S2", WEB) == 3
    world.clock.advance(0.1)
    assert await world.expiry.sweep() == 1
    assert await world.stock.free("S2", WEB) == 5


async def test_a_hold_whose_order_exists_becomes_a_sale() -> None:
    world, _ = await unsold_hold()
    assert await world.stock.held_orders() == 1
    world.clock.advance(HOLD_S)
    await world.expiry.sweep()
    assert await world.stock.held_orders() == 0
    assert await world.stock.free("S2", WEB) == 3
    await world.settled_books()


async def test_a_hold_whose_order_was_cancelled_is_released() -> None:
    world, order = await unsold_hold()
    await world.checkout.cancel("C1", order)
    world.clock.advance(HOLD_S)
    await world.expiry.sweep()
    assert await world.stock.free("S2", WEB) == 5
    await world.settled_books()


async def test_an_order_nobody_paid_for_is_cancelled_when_its_window_closes() -> None:
    world = World()
    order = await world.placed(S2=5)
    world.clock.advance(PAYMENT_WINDOW_S - 0.1)
    await world.expiry.sweep()
    assert (await world.orders.order(order.order)).state is OrderState.PLACED
    world.clock.advance(0.1)
    await world.expiry.sweep()
    assert (await world.orders.order(order.order)).state is OrderState.CANCELLED
    assert world.tally.counts["order", "expired"] == 1
    await world.outbox.step()
    assert await world.stock.free("S2", WEB) == 5
    await world.settled_books()


async def test_a_paid_order_is_left_alone() -> None:
    world = World()
    order = await world.paid()
    world.clock.advance(PAYMENT_WINDOW_S * 10)
    assert await world.expiry.sweep() == 0
    assert (await world.orders.order(order.order)).state is OrderState.PAID
    await world.settled_books()


async def test_a_doubled_event_gives_back_once() -> None:
    world = World()
    order = await world.placed(S2=5)
    await world.checkout.cancel("C1", order.order)
    for _ in range(3):
        await world.expiry.give_back(OrderCancelled(order.order, world.clock()))
    assert await world.stock.free("S2", WEB) == 5
    await world.settled_books()


@pytest.mark.parametrize("what", ["orphan hold", "unsold hold", "unpaid order"])
async def test_a_sweep_cut_off_at_any_moment_is_finished_by_the_next(what: str) -> None:
    for moment in count(1):
        world = World(wrap=Suspending)
        if what == "orphan hold":
            await orphan_hold(world)
        elif what == "unsold hold":
            place = world.place("C1", "k1", lines(S2=2))
            while not (await world.orders.books()).orders:
                place.send(None)
            place.close()
        else:
            run(world.placed(S2=2))
        world.clock.advance(PAYMENT_WINDOW_S if what == "unpaid order" else HOLD_S)
        if not cut_off(world.expiry.sweep(), moment):
            break
        await world.settled_books()
        assert await world.stock.free("S2", WEB) == 5
    assert moment > 6


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_one_hold_that_cannot_be_settled_keeps_no_other_waiting(after: bool) -> None:
    faults = Faults(1, after=after, only="give_back")
    world = World(wrap=faults.wrap)
    for number in range(3):
        await world.stock.hold(f"O-lost{number}", "C1", [Units("S2", WEB, 1)], world.clock() + HOLD_S)
    world.clock.advance(HOLD_S)
    assert await world.expiry.sweep() == 2
    assert faults.struck == "give_back"
    await world.expiry.sweep()
    assert await world.stock.free("S2", WEB) == 5
