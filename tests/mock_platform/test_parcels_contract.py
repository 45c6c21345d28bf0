"""What every order engine promises of parcels: found where they wait, moved many at once, each with its order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from mock_platform.domain import changes
from mock_platform.domain.changes import Changes
from mock_platform.domain.order import Order
from mock_platform.domain.shipment import Parcel, ParcelState, Waybill, parcels_for
from mock_platform.protocols import OrderStore
from tests.mock_platform.order_engines import ENGINES, paid

CREATED, PICKED, PACKED = ParcelState.CREATED, ParcelState.PICKED, ParcelState.PACKED
MASKED = Waybill("王**", "****", "****")


@pytest.fixture(params=ENGINES, ids=lambda engine: engine.__name__)
async def orders(request: pytest.FixtureRequest) -> AsyncIterator[OrderStore]:
    async with request.param() as orders:
        yield orders


async def boxed(orders: OrderStore, number: int = 1, at: float = 10.0) -> tuple[Parcel, ...]:
    """The two parcels of a paid order, each in a warehouse of its own."""
    order = await paid(orders, number)
    parcels = parcels_for(order, "carrier", MASKED, "杭州市", at)
    await orders.commit(changes.with_parcels(order, parcels))
    assert len({parcel.warehouse for parcel in parcels}) == len(parcels) == 2
    return parcels


async def move(orders: OrderStore, parcel: Parcel, *states: ParcelState, at: float) -> Parcel:
    for state in states:
        parcel = parcel.moved(state, at)
    await orders.commit(Changes(order=await orders.order(parcel.order), parcels=(parcel,)))
    return parcel


def names(parcels: Sequence[Parcel]) -> list[str]:
    return [parcel.parcel for parcel in parcels]


async def test_an_orders_parcels_come_in_their_order_however_they_move(orders: OrderStore) -> None:
    first, second = await boxed(orders)
    moved = await move(orders, first, PICKED, at=11.0)
    assert await orders.parcels_of("O1") == (moved, second)
    assert await orders.parcel("O1-1") == moved


async def test_the_carrier_is_asked_for_parcels_from_the_sorter_to_the_door(orders: OrderStore) -> None:
    first, second = await boxed(orders)
    assert await orders.parcels_under_way(99.0, 10) == []
    second = await move(orders, second, PICKED, PACKED, ParcelState.SORTED, at=19.0)
    first = await move(orders, first, PICKED, PACKED, ParcelState.SORTED, ParcelState.IN_TRANSIT, at=20.0)
    assert await orders.parcels_under_way(18.0, 10) == []
    assert names(await orders.parcels_under_way(19.0, 10)) == ["O1-2"]
    assert names(await orders.parcels_under_way(20.0, 10)) == ["O1-2", "O1-1"]
    assert names(await orders.parcels_under_way(20.0, 1)) == ["O1-2"]
    first = await move(orders, first, ParcelState.ARRIVED, at=20.5)
    assert names(await orders.parcels_under_way(20.0, 10)) == ["O1-2"]
    assert names(await orders.parcels_under_way(20.5, 10)) == ["O1-2", "O1-1"]
    await move(orders, first, ParcelState.DELIVERED, at=21.0)
    await move(orders, second, ParcelState.RECALLED, at=21.0)
    assert await orders.parcels_under_way(99.0, 10) == []


async def test_a_warehouse_finds_what_waits_in_it_oldest_first_with_its_order(orders: OrderStore) -> None:
    (early, _), (late, _) = await boxed(orders, 1, 10.0), await boxed(orders, 2, 12.0)
    found = await orders.parcels_waiting(early.warehouse, CREATED, 99.0, 10)
    assert [each.parcel for each in found] == [early, late]
    assert [each.order for each in found] == [await orders.order("O1"), await orders.order("O2")]
    assert names([each.parcel for each in await orders.parcels_waiting(early.warehouse, CREATED, 11.0, 10)]) == ["O1-1"]
    assert names([each.parcel for each in await orders.parcels_waiting(early.warehouse, CREATED, 99.0, 1)]) == ["O1-1"]
    await move(orders, early, PICKED, at=13.0)
    assert names([each.parcel for each in await orders.parcels_waiting(early.warehouse, CREATED, 99.0, 9)]) == ["O2-1"]
    assert names([each.parcel for each in await orders.parcels_waiting(early.warehouse, PICKED, 99.0, 9)]) == ["O1-1"]
    assert await orders.parcels_waiting("nowhere", CREATED, 99.0, 9) == []


async def test_a_backlog_is_what_is_neither_sorted_nor_recalled(orders: OrderStore) -> None:
    first, second = await boxed(orders)
    await boxed(orders, 2)
    assert await orders.backlogs() == {first.warehouse: 2, second.warehouse: 2}
    first = await move(orders, first, PICKED, PACKED, at=11.0)
    assert (await orders.backlogs())[first.warehouse] == 2
    await move(orders, first, ParcelState.SORTED, at=11.0)
    await move(orders, second, ParcelState.RECALLED, at=11.0)
    assert await orders.backlogs() == {first.warehouse: 1, second.warehouse: 1}


async def test_many_orders_move_at_once_but_for_those_that_have_moved_on(orders: OrderStore) -> None:
    parcels = [(await boxed(orders, number))[0] for number in (1, 2, 3)]
    read: list[Order] = [await orders.order(parcel.order) for parcel in parcels]
    await orders.commit(Changes(order=read[1]))
    decided = [
        changes.with_parcels(order, (parcel.moved(PICKED, 11.0),)) for order, parcel in zip(read, parcels, strict=True)
    ]
    assert await orders.commit_each(decided) == [True, False, True]
    assert [(await orders.parcel(parcel.parcel)).state for parcel in parcels] == [PICKED, CREATED, PICKED]
    assert await orders.commit_each(decided) == [False] * 3, "a batch sent twice is made once"
    assert await orders.commit_each([]) == []
