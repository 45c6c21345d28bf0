"""News from the carrier: out of order, doubled, minutes late, of parcels that never were; the truth comes true once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_platform.domain.errors import NotFound
from mock_platform.domain.events import OrderPaid
from mock_platform.domain.shipment import ParcelState
from mock_platform.partners.carrier import CarrierBehaviour
from tests.mock_platform.core_world import World
from tests.mock_platform.test_fulfilment import ready


async def test_news_that_run_ahead_of_the_parcel_are_not_believed() -> None:
    world = World()
    order = await ready(world)
    (parcel, _) = await world.orders.parcels_of(order.order)
    await world.fulfilment.on_delivered(parcel.parcel)
    await world.fulfilment.on_arrived(parcel.parcel)
    assert (await world.orders.parcel(parcel.parcel)).state is ParcelState.SORTED
    await world.fulfilment.on_collected(parcel.parcel)
    await world.fulfilment.on_delivered(parcel.parcel)
    assert (await world.orders.parcel(parcel.parcel)).state is ParcelState.IN_TRANSIT
    await world.settled_books()


@pytest.mark.parametrize("name", ["", "O1", "O1-0", "O1-99999999999999999999", "-1", "\x00", "O1-1; drop table"])
async def test_news_of_a_parcel_that_never_was_is_an_error_of_the_carriers_and_changes_nothing(name: str) -> None:
    world = World()
    await ready(world)
    before = await world.bookkeeping.snapshot()
    for tell in (world.fulfilment.on_collected, world.fulfilment.on_arrived, world.fulfilment.on_delivered):
        with pytest.raises(NotFound):
            await tell(name)
    assert await world.bookkeeping.snapshot() == before


NEWS = st.tuples(st.integers(0, 2), st.sampled_from(["collected", "arrived", "delivered"]), st.floats(0.0, 600.0))


@given(st.lists(NEWS, max_size=30))
def test_news_in_any_order_as_often_and_as_late_as_may_be_take_no_parcel_a_step_back_or_over_one(news: Any) -> None:
    """The state machine as a model: each parcel goes on by one step exactly when the news are the next ones."""

    async def told() -> None:
        world = World()
        order = await world.paid(S1=1, S2=1, S3=1)
        await world.fulfilment.pack(OrderPaid(order.order, world.clock()))
        for _ in range(3):
            world.clock.advance(0.5)
            await world.sorting.step()
        names = [parcel.parcel for parcel in await world.orders.parcels_of(order.order)]
        steps = ["sorted", "in_transit", "arrived", "delivered"]
        model = dict.fromkeys(names, 0)
        next_of = {"collected": 1, "arrived": 2, "delivered": 3}
        for number, what, later_s in news:
            world.clock.advance(later_s)
            name = names[number % len(names)]
            await getattr(world.fulfilment, f"on_{what}")(name)
            model[name] += next_of[what] == model[name] + 1
            states = {parcel.parcel: parcel.state.value for parcel in await world.orders.parcels_of(order.order)}
            assert states == {name: steps[at] for name, at in model.items()}
        expected = "delivered" if set(model.values()) == {3} else "shipped" if any(model.values()) else "paid"
        assert (await world.orders.order(order.order)).state.value == expected
        for name in names:
            history = (await world.orders.parcel(name)).history
            assert [at for _, at in history] == sorted(at for _, at in history)

    asyncio.run(told())


@pytest.mark.parametrize(
    "ways",
    [
        CarrierBehaviour(late=1.0, late_s=600.0),
        CarrierBehaviour(late=0.5, late_s=600.0, doubled=1.0),
        CarrierBehaviour(late=0.3, late_s=30.0, doubled=0.3, lost=0.3),
    ],
    ids=["all minutes late", "doubled, one of them late", "rough"],
)
async def test_however_the_carrier_calls_everything_arrives_once_and_the_books_are_clean(
    ways: CarrierBehaviour,
) -> None:
    world = World()
    world.carrier.behaviour = ways
    orders = [await world.paid(buyer, f"k{number}", S1=1, S2=1) for number, buyer in enumerate(("C1", "C2", "C3"))]
    for _ in range(400):
        await world.turn(5.0)
    snapshot = await world.settled_books()
    assert [order["state"] for order in snapshot["orders"]] == ["delivered"] * len(orders)
    assert [parcel["state"] for parcel in snapshot["parcels"]] == ["delivered"] * 2 * len(orders)
    for state in ("in_transit", "arrived", "delivered"):
        assert world.tally.counts["parcel", state] == 2 * len(orders)
