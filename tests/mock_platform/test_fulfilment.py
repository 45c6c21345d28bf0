"""Fulfilment: who paid gets every line in exactly one parcel, whatever comes twice, late or never."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest
from msgspec.structs import replace

from mock_platform.domain.changes import Changes
from mock_platform.domain.errors import NotFound, UnknownOrder
from mock_platform.domain.events import OrderPaid
from mock_platform.domain.line_haul import UNKNOWN_KM
from mock_platform.domain.order import Order, OrderState
from mock_platform.domain.sealing import ErasedCustomer
from mock_platform.domain.shipment import ParcelState
from tests.mock_platform.core_world import CHASE_AFTER_S, World
from tests.mock_platform.interruptions import Faults, LineDropped, Suspending, cut_off

FAR_S = 15.0
"""Longer than any line-haul takes at least."""


async def boxed(world: World) -> Order:
    """A paid order of two merchants, split in two parcels."""
    order = await world.paid(S1=2, S2=1, S3=1)
    await world.fulfilment.pack(OrderPaid(order.order, world.clock()))
    return await world.orders.order(order.order)


async def ready(world: World) -> Order:
    """Its parcels sorted, and the carrier booked."""
    order = await boxed(world)
    for _ in range(3):
        world.clock.advance(0.5)
        await world.sorting.step()
    assert {parcel.state for parcel in await world.orders.parcels_of(order.order)} == {ParcelState.SORTED}
    return await world.orders.order(order.order)


async def test_a_paid_order_is_one_parcel_per_merchant_under_a_masked_waybill() -> None:
    world = World()
    order = await boxed(world)
    parcels = await world.fulfilment.shipments("C1", order.order)
    assert [(parcel.merchant, [(line.sku, line.quantity) for line in parcel.lines]) for parcel in parcels] == [
        ("M1", [("S1", 2), ("S3", 1)]),
        ("M2", [("S2", 1)]),
    ]
    waybill = parcels[0].waybill
    assert (waybill.name, waybill.phone, waybill.address) == ("王**", "138****1234", "浙江省杭州市****")
    with pytest.raises(UnknownOrder):
        await world.fulfilment.shipments("C2", order.order)


async def test_the_first_parcel_ships_the_order_and_the_last_delivers_it() -> None:
    world = World()
    order = await ready(world)
    first, second = (parcel.parcel for parcel in await world.orders.parcels_of(order.order))
    states = []
    for step, parcel in (
        (world.fulfilment.on_collected, second),
        (world.fulfilment.on_collected, first),
        (world.fulfilment.on_arrived, second),
        (world.fulfilment.on_arrived, first),
        (world.fulfilment.on_delivered, first),
        (world.fulfilment.on_delivered, second),
    ):
        world.clock.advance(FAR_S)
        await step(parcel)
        states.append((await world.orders.order(order.order)).state.value)
    assert states == ["shipped"] * 5 + ["delivered"]
    assert world.tally.counts["order", "shipped"] == world.tally.counts["order", "delivered"] == 1
    await world.settled_books()


async def test_whatever_comes_twice_counts_once() -> None:
    world = World(wrap=Suspending)
    order = await world.paid(S1=1, S2=1)
    event = OrderPaid(order.order, world.clock())
    await asyncio.gather(*(world.fulfilment.pack(event) for _ in range(4)))
    parcels = [parcel.parcel for parcel in await world.orders.parcels_of(order.order)]
    assert len(parcels) == world.tally.counts["parcel", "created"] == 2
    for _ in range(3):
        world.clock.advance(0.5)
        await asyncio.gather(*(world.sorting.step() for _ in range(3)))
    assert all(world.tally.counts["parcel", state] == 2 for state in ("picked", "packed", "sorted"))
    await asyncio.gather(*(world.fulfilment.on_collected(parcel) for parcel in parcels * 2))
    world.clock.advance(FAR_S)
    for step in (world.fulfilment.on_arrived, world.fulfilment.on_delivered):
        await asyncio.gather(*(step(parcel) for parcel in parcels * 2))
    assert [world.tally.counts["parcel", state] for state in ("in_transit", "arrived", "delivered")] == [2, 2, 2]
    snapshot = await world.settled_books()
    assert [parcel["state"] for parcel in snapshot["parcels"]] == ["delivered", "delivered"]


async def test_a_parcel_goes_to_its_buyers_city_and_nowhere_known_once_that_was_erased() -> None:
    world = World()
    order = await boxed(world)
    assert {parcel.city for parcel in await world.orders.parcels_of(order.order)} == {"杭州市"}
    await world.customers.erase(ErasedCustomer("C2", "E1", "k", 1.0))
    later = await world.paid("C2", "k2", S1=1)
    await world.fulfilment.pack(OrderPaid(later.order, world.clock()))
    (parcel,) = await world.orders.parcels_of(later.order)
    assert (parcel.city, parcel.road_km) == ("", UNKNOWN_KM)
    await world.settled_books()


async def test_the_carrier_gets_nothing_that_is_not_sorted_yet() -> None:
    world = World()
    order = await boxed(world)
    for parcel in await world.orders.parcels_of(order.order):
        assert await world.fulfilment.on_collected(parcel.parcel) is False
    assert (await world.orders.order(order.order)).state is OrderState.PAID
    snapshot = await world.settled_books()
    assert snapshot["orders"][0]["state"] == "delivered"


async def test_an_order_picked_up_in_an_outlet_is_not_sent() -> None:
    world = World()
    order = await world.paid()
    await world.orders.commit(Changes(order=replace(order, outlet="L1")))
    await world.fulfilment.pack(OrderPaid(order.order, world.clock()))
    assert await world.orders.parcels_of(order.order) == ()


async def test_only_its_buyer_may_track_a_parcel() -> None:
    world = World()
    order = await boxed(world)
    (first, _) = await world.orders.parcels_of(order.order)
    assert await world.fulfilment.tracked("C1", first.parcel) == first
    for buyer, parcel in (("C2", first.parcel), ("C1", "O99-1")):
        with pytest.raises(NotFound, match=f"no parcel {parcel}"):
            await world.fulfilment.tracked(buyer, parcel)


async def test_a_recalled_parcel_is_not_handed_over() -> None:
    world = World()
    order = await ready(world)
    await world.charging.refund("C1", "r1", order.order)
    for parcel in await world.orders.parcels_of(order.order):
        assert await world.fulfilment.on_collected(parcel.parcel) is False
    assert (await world.orders.order(order.order)).state is OrderState.REFUNDED
    await world.settled_books()


async def test_an_order_refunded_before_it_was_packed_is_never_packed() -> None:
    world = World()
    order = await world.paid()
    await world.charging.refund("C1", "r1", order.order)
    await world.fulfilment.pack(OrderPaid(order.order, world.clock()))
    assert await world.orders.parcels_of(order.order) == ()
    await world.settled_books()


async def test_a_refund_and_the_carrier_at_the_same_moment_end_one_way_or_the_other() -> None:
    ends = set()
    for moment in count(1):
        world = World(wrap=Suspending)
        order = await ready(world)
        refund = world.charging.refund("C1", "r1", order.order)
        try:
            for _ in range(moment):
                refund.send(None)
        except StopIteration:
            break
        for parcel in await world.orders.parcels_of(order.order):
            await world.fulfilment.on_collected(parcel.parcel)
        try:
            await asyncio.ensure_future(_finish(refund))
        except Exception as error:
            ends.add(type(error).__name__)
        snapshot = await world.settled_books()
        ends.add(snapshot["orders"][0]["state"])
    assert ends == {"refunded", "delivered", "IllegalTransition"}


async def _finish(work: object) -> None:
    try:
        while True:
            work.send(None)  # type: ignore[attr-defined]
    except StopIteration:
        return


async def test_lost_news_from_the_carrier_are_asked_for() -> None:
    world = World()
    order = await ready(world)
    world.carrier.on_collected = _nobody_listens
    world.clock.advance(CHASE_AFTER_S)
    await world.carrier.diary.step()
    assert (await world.orders.order(order.order)).state is OrderState.PAID
    world.carrier.on_collected = world.fulfilment.on_collected
    assert await world.fulfilment.sweep() == 2
    snapshot = await world.settled_books()
    assert snapshot["orders"][0]["state"] == "delivered"


async def _nobody_listens(parcel: str) -> bool:
    raise LineDropped(parcel)


STEPS = ["pack", "collect", "arrive", "deliver"]


async def before(world: World, step: str) -> object:
    """The world before the step, and the step itself, not begun."""
    if step == "pack":
        order = await world.paid(S1=1, S2=1)
        return world.fulfilment.pack(OrderPaid(order.order, world.clock()))
    order = await ready(world)
    (parcel, *_) = await world.orders.parcels_of(order.order)
    if step == "collect":
        return world.fulfilment.on_collected(parcel.parcel)
    await world.fulfilment.on_collected(parcel.parcel)
    world.clock.advance(FAR_S)
    if step == "arrive":
        return world.fulfilment.on_arrived(parcel.parcel)
    await world.fulfilment.on_arrived(parcel.parcel)
    return world.fulfilment.on_delivered(parcel.parcel)


@pytest.mark.parametrize("step", STEPS)
async def test_hung_up_on_at_any_moment_everything_arrives_once(step: str) -> None:
    for moment in count(1):
        world = World(wrap=Suspending)
        if not cut_off(await before(world, step), moment):  # type: ignore[arg-type]
            break
        snapshot = await world.settled_books()
        assert [order["state"] for order in snapshot["orders"]] == ["delivered"]
    assert moment > 6


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_whichever_call_is_lost_everything_arrives_once(step: str, after: bool) -> None:
    for call in count(1):
        faults = Faults(10**9, after=after)
        world = World(wrap=faults.wrap)
        work = await before(world, step)
        faults.calls, faults.at = 0, call
        try:
            await work  # type: ignore[misc]
        except LineDropped:
            pass
        if faults.struck is None:
            break
        snapshot = await world.settled_books()
        assert [order["state"] for order in snapshot["orders"]] == ["delivered"]
    assert call > 3
