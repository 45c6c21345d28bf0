"""What every order engine promises merchants: their own sales, what is to be settled, and each order settled once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace

from mock_platform.domain import changes
from mock_platform.domain.changes import Changes
from mock_platform.domain.errors import MalformedRequest, VersionConflict
from mock_platform.domain.order import Order, OrderState
from mock_platform.domain.payout import shares_of
from tests.mock_platform.order_engines import ENGINES, paid, placed


@pytest.fixture(params=ENGINES, ids=lambda engine: engine.__name__)
async def orders(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    async with request.param() as orders:
        yield orders


async def delivered(orders: Any, number: int) -> Order:
    order = await paid(orders, number)
    for to in (OrderState.SHIPPED, OrderState.DELIVERED):
        await orders.commit(Changes(order=(await orders.order(order.order)).moved(to, 3.0)))
    return await orders.order(order.order)  # type: ignore[no-any-return]


def marked(order: Order, settlement: str) -> Changes:
    change = changes.settled(order, settlement, shares_of(order, 200), 4.0)
    assert change is not None
    return change


async def names(orders: Any, merchant: str, page: int = 1, per_page: int = 2) -> list[str]:
    return [order.order for order in (await orders.sold_by(merchant, page, per_page)).items]


async def test_a_merchant_s_sales_are_paid_orders_the_newest_first(orders: Any) -> None:
    for number in (1, 2, 3):
        await paid(orders, number)
    unpaid = await placed(orders, 4)
    await orders.commit(changes.cancelled(unpaid, 5.0))
    await placed(orders, 5)
    assert await names(orders, "M1") == await names(orders, "M2") == ["O3", "O2"]
    assert await names(orders, "M1", page=2) == ["O1"]
    assert await names(orders, "M1", page=3) == await names(orders, "M3") == []
    found = await orders.sold_by("M1", 1, 2)
    assert (found.total, found.pages) == (3, 2)
    with pytest.raises(MalformedRequest):
        await orders.sold_by("M1", 0, 2)


async def test_what_was_delivered_is_unsettled_until_it_is_marked(orders: Any) -> None:
    await paid(orders, 1)
    first, second = await delivered(orders, 2), await delivered(orders, 3)
    assert await orders.unsettled(9) == [first, second]
    assert await orders.unsettled(1) == [first]
    await orders.commit(marked(first, "B1"))
    assert await orders.unsettled(9) == [second]
    assert [order.order for order in await orders.settled_in("B1")] == ["O2"]
    assert await orders.settled_in("B2") == []
    assert [entry.entry for entry in (await orders.books()).entries].count("O2:settled") == 1


async def test_two_who_settle_one_order_settle_it_once(orders: Any) -> None:
    order = await delivered(orders, 1)
    await orders.commit(marked(order, "B1"))
    with pytest.raises(VersionConflict):
        await orders.commit(marked(order, "B2"))
    assert await orders.commit_each([marked(replace(order, version=order.version), "B2")]) == [False]
    assert (await orders.order("O1")).settlement == "B1"
    assert await orders.settled_in("B2") == []
    entries = (await orders.books()).entries
    assert sum(entry.entry == "O1:settled" for entry in entries) == 1
