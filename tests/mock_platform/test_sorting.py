"""Sorting: everything gets through in its turn, none faster than the sorter, whatever breaks off or is lost."""

from __future__ import annotations

from itertools import count, pairwise
from typing import Any

import pytest

from mock_platform.domain.errors import VersionConflict
from mock_platform.domain.events import OrderPaid
from mock_platform.domain.order import Order, OrderState
from mock_platform.domain.shipment import Parcel, ParcelState
from mock_platform.domain.warehouse import stocked_in
from mock_platform.partners.carrier import SimulatedCarrier
from tests.mock_platform.core_world import CHASE_AFTER_S, PACKED_AFTER_S, PICKED_AFTER_S, SORTED_PER_S, World
from tests.mock_platform.interruptions import Faults, LineDropped, Suspending, cut_off

HERE = stocked_in("M1", "S1")


async def waiting(world: World, count: int = 1) -> list[Order]:
    """Paid orders of one parcel each, all for one warehouse, made at one instant."""
    world.tally.counts.clear()
    orders = [await world.paid(key=f"k{number}", S1=1) for number in range(count)]
    for order in orders:
        await world.fulfilment.pack(OrderPaid(order.order, world.clock()))
    return orders


async def parcel_of(world: World, order: Order) -> Parcel:
    (parcel,) = await world.orders.parcels_of(order.order)
    return parcel


async def go_on(world: World, seconds: float, step_s: float = 0.1) -> None:
    for _ in range(round(seconds / step_s)):
        world.clock.advance(step_s)
        await world.sorting.step()


async def test_a_parcel_is_picked_packed_and_sorted_each_when_it_is_due() -> None:
    world = World()
    (order,) = await waiting(world)
    made_at = world.clock()
    await go_on(world, 1.0)
    parcel = await parcel_of(world, order)
    assert [state for state, _ in parcel.history] == ["created", "picked", "packed", "sorted"]
    packed_at = made_at + PICKED_AFTER_S + PACKED_AFTER_S
    due_at = [made_at, made_at + PICKED_AFTER_S, packed_at, packed_at + 1 / SORTED_PER_S]
    assert [at for _, at in parcel.history] == pytest.approx(due_at)
    assert (await world.orders.order(order.order)).state is OrderState.PAID
    assert [world.tally.counts["parcel", state] for state in ("picked", "packed", "sorted")] == [1, 1, 1]


@pytest.mark.parametrize("step_s", [0.05, 0.1, 0.8])
async def test_a_backlog_grows_and_drains_at_the_sorters_pace_however_seldom_we_look(step_s: float) -> None:
    world = World()
    orders = await waiting(world, 15)
    await go_on(world, 0.8, step_s)
    assert 10 <= world.sorting.latest_backlogs[HERE] <= 15
    await go_on(world, 4.0, step_s)
    assert set(world.sorting.latest_backlogs.values()) == {0}
    sorted_at = [(await parcel_of(world, order)).since for order in orders]
    assert sorted_at == sorted(sorted_at), "first come, first served"
    for sooner, later in pairwise(sorted_at):
        assert later - sooner == pytest.approx(1 / SORTED_PER_S)


async def test_an_idle_sorter_saves_up_no_capacity() -> None:
    world = World()
    await go_on(world, 20.0, 1.0)
    orders = await waiting(world, 10)
    await go_on(world, 1.0)
    states = [(await parcel_of(world, order)).state for order in orders]
    assert 3 <= states.count(ParcelState.SORTED) <= 5


async def test_a_refund_takes_a_parcel_out_of_the_queue() -> None:
    world = World()
    orders = await waiting(world, 10)
    await go_on(world, 0.6)
    last = orders[-1]
    assert (await parcel_of(world, last)).state is ParcelState.PACKED
    before = (await world.orders.backlogs())[HERE]
    await world.charging.refund("C1", "r1", last.order)
    assert (await parcel_of(world, last)).state is ParcelState.RECALLED
    assert (await world.orders.backlogs())[HERE] == before - 1
    snapshot = await world.settled_books()
    states = [row["state"] for row in snapshot["parcels"]]
    assert sorted(states) == ["delivered"] * 9 + ["recalled"]


async def test_a_refund_at_any_moment_of_a_step_ends_one_way_or_the_other() -> None:
    ends = set()
    for moment in count(1):
        world = World(wrap=Suspending)
        (order,) = await waiting(world)
        world.clock.advance(PICKED_AFTER_S + PACKED_AFTER_S + 0.2)
        step: Any = world.sorting.step()
        try:
            for _ in range(moment):
                step.send(None)
        except StopIteration:
            break
        await world.charging.refund("C1", "r1", order.order)
        with pytest.raises(StopIteration):
            while True:
                step.send(None)
        parcel = await parcel_of(world, order)
        assert parcel.state is ParcelState.RECALLED
        ends.add(parcel.history[-2][0])
        await world.settled_books()
    assert ends == {"created", "picked", "packed", "sorted"}


async def test_an_order_that_changed_meanwhile_is_looked_at_again() -> None:
    class Conflicting(Suspending):
        async def commit_each(self, changes: Any) -> list[bool]:
            return [False] * len(changes) if world.clock() < quiet_from else await self._inner.commit_each(changes)

    quiet_from = float("inf")
    world = World(wrap=Conflicting)
    (order,) = await waiting(world)
    await go_on(world, 3.0)
    assert (await parcel_of(world, order)).state is ParcelState.CREATED
    assert ("parcel", "picked") not in world.tally.counts
    quiet_from = 0.0
    await go_on(world, 0.3)
    assert (await parcel_of(world, order)).state is ParcelState.SORTED
    await world.settled_books()


async def test_one_warehouses_trouble_is_not_anothers() -> None:
    class Locked(Suspending):
        async def parcels_waiting(self, warehouse: str, *how: Any) -> Any:
            if warehouse == HERE:
                raise VersionConflict(warehouse)
            return await self._inner.parcels_waiting(warehouse, *how)

    world = World(wrap=Locked)
    order = await world.paid(S1=1, S2=1)
    await world.fulfilment.pack(OrderPaid(order.order, world.clock()))
    await go_on(world, 2.0)
    states = {parcel.warehouse: parcel.state for parcel in await world.orders.parcels_of(order.order)}
    assert states == {HERE: ParcelState.CREATED, stocked_in("M2", "S2"): ParcelState.SORTED}


async def test_cut_off_at_any_moment_everything_is_sorted_once() -> None:
    for moment in count(1):
        world = World(wrap=Suspending)
        await waiting(world, 3)
        world.clock.advance(PICKED_AFTER_S + PACKED_AFTER_S + 0.5)
        if not cut_off(world.sorting.step(), moment):
            break
        snapshot = await world.settled_books()
        assert [row["state"] for row in snapshot["parcels"]] == ["delivered"] * 3
    assert moment > 10


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_whichever_call_is_lost_everything_is_sorted_once(after: bool) -> None:
    for call in count(1):
        faults = Faults(10**9, after=after)
        world = World(wrap=faults.wrap)
        await waiting(world, 3)
        world.clock.advance(PICKED_AFTER_S + PACKED_AFTER_S + 0.5)
        faults.calls, faults.at = 0, call
        try:
            await world.sorting.step()
        except LineDropped:
            pass  # the last look at the backlogs: whoever runs the steps tries again
        if faults.struck is None:
            break
        snapshot = await world.settled_books()
        assert [row["state"] for row in snapshot["parcels"]] == ["delivered"] * 3
    assert call > 8


async def test_what_is_sorted_is_booked_at_once() -> None:
    world = World()
    (order,) = await waiting(world)
    await go_on(world, 1.0)
    world.clock.advance(3.0)
    await world.carrier.diary.step()
    assert (await parcel_of(world, order)).state is ParcelState.IN_TRANSIT


async def test_a_carrier_that_cannot_be_reached_is_asked_again_for_each_parcel() -> None:
    class OutOfReach(Suspending):
        async def book(self, parcel: str, road_km: int) -> None:
            asked.append(parcel)
            if world.clock() < reached_from:
                raise LineDropped(parcel)
            await self._inner.book(parcel, road_km)

    asked: list[str] = []
    reached_from = float("inf")
    world = World(wrap=lambda inner: OutOfReach(inner) if isinstance(inner, SimulatedCarrier) else inner)
    orders = await waiting(world, 3)
    await go_on(world, 1.5)
    assert len(asked) == 3
    assert {(await parcel_of(world, order)).state for order in orders} == {ParcelState.SORTED}
    reached_from = 0.0
    world.clock.advance(CHASE_AFTER_S)
    assert await world.fulfilment.sweep() == 3
    await world.settled_books()
