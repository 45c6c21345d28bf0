"""The outbox: at least once, in spite of handlers that fail, hang or are cut off."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest

from mock_platform.domain.events import Event, OrderPlaced
from mock_platform.services.outbox import BATCH, LANES, Outbox
from tests.mock_platform.core_world import LEASE_S, World
from tests.mock_platform.interruptions import Faults, LineDropped, Suspending


class Listener:
    """A handler that remembers whom it was called for, and fails for some."""

    def __init__(self, fails_for: frozenset[str] = frozenset()) -> None:
        self.heard: list[str] = []
        self.fails_for = fails_for

    async def __call__(self, event: Event) -> None:
        self.heard.append(event.order)
        if event.order in self.fails_for:
            raise LineDropped(event.order)


def outbox(world: World, *listeners: Listener) -> Outbox:
    handlers = {OrderPlaced: list(listeners)}
    return Outbox(orders=world.orders, handlers=handlers, clock=world.clock, lease_s=LEASE_S, poll_s=0.001)


async def some_orders(world: World, many: int) -> list[str]:
    await world.stock.restock("S1", "web", many)
    return [(await world.placed(f"C{number}", f"k{number}")).order for number in range(many)]


async def test_every_event_is_handled_by_every_handler_and_then_forgotten() -> None:
    world, first, second = World(), Listener(), Listener()
    placed = await some_orders(world, 3)
    box = outbox(world, first, second)
    assert await box.step() == 3
    assert sorted(first.heard) == sorted(second.heard) == sorted(placed)
    world.clock.advance(LEASE_S * 10)
    assert await box.step() == 0
    assert (await world.orders.under_way()).events == 0


async def test_an_event_nobody_waits_for_is_forgotten() -> None:
    world = World()
    await some_orders(world, 1)
    await outbox(world).step()
    assert (await world.orders.under_way()).events == 0


async def test_one_events_trouble_is_not_anothers() -> None:
    world = World()
    placed = await some_orders(world, 5)
    listener = Listener(fails_for=frozenset(placed[:1]))
    box = outbox(world, listener)
    for _ in range(3):
        await box.step()
        world.clock.advance(1.0)
    assert set(listener.heard) == set(placed)
    assert (await world.orders.under_way()).events == 1


async def test_a_failing_event_is_tried_ever_more_seldom_and_never_dropped() -> None:
    world = World()
    (order,) = await some_orders(world, 1)
    listener = Listener(fails_for=frozenset({order}))
    box = outbox(world, listener)
    for _ in range(600):
        await box.step()
        world.clock.advance(0.1)
    assert 5 < len(listener.heard) < 15
    listener.fails_for = frozenset()
    for _ in range(4):
        world.clock.advance(10.0)
        await box.step()
    assert (await world.orders.under_way()).events == 0


async def test_after_a_failure_all_handlers_are_called_again() -> None:
    world = World()
    (order,) = await some_orders(world, 1)
    first, second = Listener(), Listener(fails_for=frozenset({order}))
    box = outbox(world, first, second)
    await box.step()
    second.fails_for = frozenset()
    world.clock.advance(1.0)
    await box.step()
    assert first.heard == second.heard == [order, order]


async def test_a_slow_handler_holds_up_one_lane_only() -> None:
    world = World()
    placed = await some_orders(world, LANES * 2)
    heard, gate = [], asyncio.Event()

    async def handle(event: Event) -> None:
        if event.order == placed[0]:
            await gate.wait()
        heard.append(event.order)

    box = Outbox(orders=world.orders, handlers={OrderPlaced: [handle]}, clock=world.clock)
    step = asyncio.create_task(box.step())
    for _ in range(50):
        await asyncio.sleep(0)
    assert set(heard) == set(placed[1:])
    gate.set()
    await step


async def test_it_drains_all_that_is_due_and_says_when_it_could_not() -> None:
    world, listener = World(), Listener()
    await some_orders(world, BATCH + 3)
    box = outbox(world, listener)
    assert await box.drain(within_s=5.0) is True
    assert len(listener.heard) == BATCH + 3

    async def hang(event: Event) -> None:
        await asyncio.sleep(60.0)

    await world.placed("C1", "one more")
    stuck = Outbox(orders=world.orders, handlers={OrderPlaced: [hang]}, clock=world.clock)
    assert await stuck.drain(within_s=0.01) is False
    assert (await world.orders.under_way()).events == 1, "what was not handled is kept"


async def test_it_runs_until_cancelled_and_survives_a_store_that_fails() -> None:
    faults = Faults(1, after=False, only="take_events")
    world, listener = World(), Listener()
    (order,) = await some_orders(world, 1)
    box = Outbox(orders=faults.wrap(world.orders), handlers={OrderPlaced: [listener]}, clock=world.clock, poll_s=0.001)
    running = asyncio.create_task(box.run())
    for _ in range(200):
        await asyncio.sleep(0.001)
        if listener.heard:
            break
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (faults.struck, listener.heard) == ("take_events", [order])


async def test_cut_off_at_any_moment_nothing_is_left_undone() -> None:
    """The real handlers, with an order to pack, one to release and one to repay."""
    moment = 0
    for moment in count(1):
        world = World(wrap=Suspending)
        await world.paid("C1", "k1", S1=1, S2=1)
        await world.checkout.cancel("C2", (await world.placed("C2", "k2", S2=1)).order)
        refunded = await world.paid("C3", "k3", S3=1)
        await world.charging.refund("C3", "r3", refunded.order)
        step = asyncio.create_task(world.outbox.step())
        for _ in range(moment):
            await asyncio.sleep(0)
        if step.done():
            break
        step.cancel()
        await asyncio.gather(step, return_exceptions=True)
        snapshot = await world.settled_books()
        states = [order["state"] for order in snapshot["orders"]]
        assert states == ["delivered", "cancelled", "refunded"]
    assert moment > 15


async def test_an_event_that_failed_and_could_not_be_put_off_comes_again_after_its_lease() -> None:
    faults = Faults(1, after=False, only="postpone")
    world = World()
    placed = await some_orders(world, 3)
    listener = Listener(fails_for=frozenset(placed[:1]))
    box = Outbox(
        orders=faults.wrap(world.orders), handlers={OrderPlaced: [listener]}, clock=world.clock, lease_s=LEASE_S
    )
    await box.step()
    assert (faults.struck, (await world.orders.under_way()).events) == ("postpone", 1)
    listener.fails_for = frozenset()
    world.clock.advance(LEASE_S)
    await box.step()
    assert (await world.orders.under_way()).events == 0
