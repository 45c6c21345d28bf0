"""Sorting as a property: whenever parcels come, refunds strike and steps are taken or cut off, no sorter is outrun."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import suppress
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mock_platform.audit import audit
from mock_platform.domain.events import OrderPaid
from mock_platform.domain.order import OrderState
from mock_platform.domain.shipment import Parcel, ParcelState
from tests.mock_platform.core_world import PACKED_AFTER_S, PICKED_AFTER_S, SORTED_PER_S, World
from tests.mock_platform.interruptions import Suspending, cut_off

ORDERS = 12
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("pack"), st.integers(1, ORDERS)),
        st.tuples(st.just("wait"), st.sampled_from([0.01, 0.1, 0.5, 3.0])),
        st.tuples(st.just("step"), st.just(0)),
        st.tuples(st.just("cut off"), st.integers(1, 40)),
        st.tuples(st.just("overtake"), st.integers(1, 60)),
        st.tuples(st.just("refund"), st.integers(0, ORDERS - 1)),
    ),
    max_size=25,
)


async def _acted(acts: list[tuple[str, float]]) -> World:
    world = World(wrap=Suspending)
    orders = [await world.paid(key=f"k{number}", S1=1) for number in range(ORDERS)]
    unpacked = list(orders)
    for number, (act, value) in enumerate(acts):
        if act == "pack":
            for order in unpacked[: int(value)]:
                await world.fulfilment.pack(OrderPaid(order.order, world.clock()))
            del unpacked[: int(value)]
        elif act == "wait":
            world.clock.advance(value)
        elif act == "step":
            await world.sorting.step()
        elif act == "overtake":
            await _overtaken(world, int(value))
        elif act == "cut off":
            cut_off(world.sorting.step(), int(value))
        else:
            order = await world.orders.order(orders[int(value)].order)
            if order.state is OrderState.PAID:
                await world.charging.refund("C1", f"r{number}", order.order)
    return world


async def _overtaken(world: World, at: int) -> bool:
    """A step that pauses at its `at`-th suspension until another one is through; whether it had ended before."""
    slow: Any = world.sorting.step()
    try:
        for _ in range(at):
            slow.send(None)
    except StopIteration:
        return True
    await world.sorting.step()
    with suppress(StopIteration):
        while True:
            slow.send(None)
    return False


def _sorted_at(parcels: list[Parcel]) -> dict[str, list[float]]:
    instants = defaultdict(list)
    for parcel in parcels:
        instants[parcel.warehouse] += [at for state, at in parcel.history if state == ParcelState.SORTED]
    return {warehouse: sorted(listed) for warehouse, listed in instants.items()}


@given(ACTS)
def test_over_any_stretch_of_time_no_more_is_sorted_than_the_sorter_can_and_in_the_end_everything(
    acts: list[tuple[str, float]],
) -> None:
    async def whole() -> None:
        world = await _acted(acts)
        for _ in range(40):
            world.clock.advance(0.25)
            await world.sorting.step()
        parcels = (await world.orders.books()).parcels
        for instants in _sorted_at(parcels).values():
            for start in range(len(instants)):
                for end in range(start + 1, len(instants)):
                    took_s = instants[end] - instants[start]
                    assert end - start <= took_s * SORTED_PER_S + 1e-3, "from any instant to any other"
        assert {parcel.state for parcel in parcels} <= {ParcelState.SORTED, ParcelState.RECALLED}
        assert set(world.sorting.latest_backlogs.values()) == {0}
        assert [
            found for found in audit(await world.bookkeeping.snapshot()).violations if "sort" in found.message
        ] == []

    asyncio.run(whole())


async def test_a_step_overtaken_by_another_at_any_moment_spends_no_time_twice() -> None:
    ended = False
    for moment in range(1, 200):
        world = World(wrap=Suspending)
        orders = [await world.paid(key=f"k{number}", S1=1) for number in range(ORDERS)]
        for order in orders:
            await world.fulfilment.pack(OrderPaid(order.order, world.clock()))
        world.clock.advance(PICKED_AFTER_S + PACKED_AFTER_S)
        await world.sorting.step()
        world.clock.advance(5 / SORTED_PER_S)
        ended = await _overtaken(world, moment)
        (instants,) = _sorted_at((await world.orders.books()).parcels).values()
        for sooner, later in pairwise(instants):
            assert later - sooner > 0.999 / SORTED_PER_S
        if ended:
            break
    assert ended and moment > 10
