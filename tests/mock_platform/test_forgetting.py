"""Masks come off the waybills of whoever was erased, each when its parcel has arrived, whatever is cut off or races."""

from __future__ import annotations

from typing import Any

import pytest

from mock_platform.domain.changes import Changes
from mock_platform.domain.errors import VersionConflict
from mock_platform.domain.sealing import NOTHING_SHOWN, ErasedCustomer
from mock_platform.domain.shipment import Parcel
from mock_platform.services.forgetting import Forgetting
from tests.mock_platform.core_world import World, assert_clean, unwrapped
from tests.mock_platform.interruptions import Suspending, cut_off, run, with_each_call_lost


class Leaving(World):
    def __init__(self, *, wrap: Any = unwrapped) -> None:
        super().__init__(wrap=wrap)
        self.forgetting = Forgetting(customers=wrap(self.customers), orders=wrap(self.orders))

    async def leave(self, buyer: str = "C1") -> None:
        await self.customers.erase(ErasedCustomer(buyer, "E1", "k", self.clock()))

    async def delivered(self, buyer: str = "C1", key: str = "a") -> str:
        order = await self.paid(buyer, key)
        await self.settle()
        return order.order

    async def under_way(self, key: str = "b") -> str:
        order = await self.paid(key=key)
        await self.outbox.step()
        return order.order

    async def parcels(self) -> list[Parcel]:
        orders = (await self.orders.books()).orders
        return [parcel for order in orders for parcel in await self.orders.parcels_of(order.order)]


async def masked(world: Leaving) -> dict[str, bool]:
    return {parcel.order: parcel.waybill != NOTHING_SHOWN for parcel in await world.parcels()}


async def test_what_has_arrived_says_nothing_any_more_and_what_is_under_way_finds_its_door() -> None:
    world = Leaving()
    other, arrived, coming = await world.delivered("C2"), await world.delivered(), await world.under_way()
    await world.forgetting.sweep()
    assert await masked(world) == {other: True, arrived: True, coming: True}, "nobody was erased"
    await world.leave()
    await world.forgetting.sweep()
    assert await masked(world) == {other: True, arrived: False, coming: True}
    await world.settle()
    await world.forgetting.sweep()
    assert await masked(world) == {other: True, arrived: False, coming: False}
    assert world.forgetting.emptied == 2
    snapshot = await world.bookkeeping.snapshot()
    assert_clean(snapshot)
    assert {parcel.state.value for parcel in await world.parcels()} == {"delivered"}


async def test_a_parcel_that_was_called_back_says_nothing_either() -> None:
    world = Leaving()
    order = await world.under_way()
    await world.leave()
    await world.charging.refund("C1", "r", order)
    await world.settle()
    await world.forgetting.sweep()
    assert [parcel.state.value for parcel in await world.parcels()] == ["recalled"]
    assert await masked(world) == {order: False}
    assert_clean(await world.bookkeeping.snapshot())


async def test_an_order_that_moved_on_meanwhile_is_looked_at_again() -> None:
    world = Leaving()
    order = await world.delivered()
    await world.leave()
    commit, refused = world.orders.commit, []

    async def moved_on(changes: Changes) -> None:
        if not refused:
            assert changes.order is not None
            refused.append(changes.order.order)
            raise VersionConflict(changes.order.order)
        await commit(changes)

    world.orders.commit = moved_on  # type: ignore[method-assign]
    await world.forgetting.sweep()
    assert (refused, await masked(world), world.forgetting.emptied) == ([order], {order: True}, 0)
    await world.forgetting.sweep()
    assert (await masked(world), world.forgetting.emptied) == ({order: False}, 1)


async def test_what_was_being_packed_while_its_buyer_left_is_emptied_too() -> None:
    world, left = Leaving(), []
    order = await world.paid(key="b")
    commit = world.orders.commit

    async def after_the_erasure(changes: Changes) -> None:
        if changes.parcels and not left:
            left.append(order.order)
            await world.leave()
            await world.forgetting.sweep()
        await commit(changes)

    world.orders.commit = after_the_erasure  # type: ignore[method-assign]
    await world.outbox.step()
    assert (left, await masked(world)) == ([order.order], {order.order: True})
    await world.settle()
    await world.forgetting.sweep()
    assert await masked(world) == {order.order: False}


async def test_who_is_forgotten_is_not_looked_at_again() -> None:
    world = Leaving()
    await world.delivered()
    await world.leave()
    await world.forgetting.sweep()
    asked: list[str] = []
    orders_of = world.orders.orders_of

    async def spy(buyer: str, page: int, per_page: int) -> Any:
        asked.append(buyer)
        return await orders_of(buyer, page, per_page)

    world.orders.orders_of = spy  # type: ignore[method-assign]
    await world.forgetting.sweep()
    assert asked == []
    await world.leave("C2")
    await world.forgetting.sweep()
    assert asked == ["C2"]


@pytest.mark.parametrize("at", range(1, 16))
async def test_cut_off_anywhere_the_next_sweep_empties_the_rest(at: int) -> None:
    world = Leaving(wrap=Suspending)
    await world.delivered()
    await world.delivered(key="b")
    await world.leave()
    cut_off(world.forgetting.sweep(), at)
    await world.forgetting.sweep()
    assert set((await masked(world)).values()) == {False}
    assert_clean(await world.bookkeeping.snapshot())


@pytest.mark.parametrize("after", [False, True])
async def test_with_any_call_lost_the_next_sweep_empties_the_rest(after: bool) -> None:
    async def begun(world: Leaving) -> Any:
        await world.delivered()
        await world.leave()
        return world.forgetting.sweep()

    async for world in with_each_call_lost(lambda wrap: Leaving(wrap=wrap), begun, after=after):
        await world.forgetting.sweep()
        assert set((await masked(world)).values()) == {False}
        assert_clean(await world.bookkeeping.snapshot())


@pytest.mark.parametrize("steps", range(1, 11))
async def test_a_parcel_that_moves_meanwhile_is_not_lost(steps: int) -> None:
    """All that the sweep read of a second parcel's order is old when it goes on: whoever commits second looks again."""
    world = Leaving(wrap=Suspending)
    await world.delivered(key="a")
    order = await world.under_way()
    await world.leave()
    sweep = world.forgetting.sweep()
    for _ in range(steps):
        sweep.send(None)
    await world.settle()
    run(sweep)
    await world.forgetting.sweep()
    assert set((await masked(world)).values()) == {False}
    assert (await world.orders.order(order)).state.value == "delivered"
    assert_clean(await world.bookkeeping.snapshot())
