"""The big screen's sums: each paid order once, by shelf and by town; nobody erased is pointed at."""

from __future__ import annotations

from typing import Any

import pytest

from mock_platform.domain.errors import CustomerErased
from mock_platform.domain.events import OrderPaid
from mock_platform.domain.imported import Imported
from mock_platform.domain.order import Line, Order, OrderState
from mock_platform.domain.sku import Sku
from mock_platform.services.showing import SHOWN_MAX, SalesOf, Showing

ABROAD = Imported("JP", "JPY", 1_000, 50_000, 0.0, "3304", 100)


class Shop:
    """The three stores as one: just what showing asks of them."""

    def __init__(self) -> None:
        self.known: dict[str, Order] = {}
        self.shelves = {"S1": "白酒", "S2": "美妆", **{f"T{n}": f"shelf {n}" for n in range(20)}}
        self.towns = {"C1": "杭州市", "C2": "上海市"}

    def pay(self, order: str, buyer: str, *lines: Line) -> OrderPaid:
        payable_fen = sum(line.total_fen for line in lines)
        self.known[order] = Order(order, buyer, order, lines, payable_fen, None, 0.0, 1.0, OrderState.PAID, ())
        return OrderPaid(order, 1.0)

    async def order(self, order: str) -> Order:
        return self.known[order]

    async def skus(self, skus: list[str]) -> list[Sku]:
        return [Sku(sku, sku, self.shelves[sku], "M1", 100) for sku in skus]

    async def record(self, buyer: str) -> Any:
        if buyer not in self.towns:
            raise CustomerErased("gone")
        return type("Record", (), {"city": self.towns[buyer]})


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def showing(shop: Shop) -> Showing:
    stores: Any = shop
    return Showing(orders=stores, catalogue=stores, customers=stores, parcels={"created": 3})


async def test_an_order_is_added_once_however_often_its_event_comes(shop: Shop, showing: Showing) -> None:
    paid = shop.pay("O1", "C1", Line("S1", "web", 2, 1_000, "M1"), Line("S2", "web", 1, 500, "M1", discount_fen=100))
    for _ in range(3):
        await showing.add(paid)
    sales = showing.sales()
    assert (sales.gmv_fen, sales.orders, sales.units, sales.parcels) == (2_400, 1, 3, {"created": 3})
    assert sales.categories == (SalesOf("白酒", 2_000, 1), SalesOf("美妆", 400, 1))
    assert sales.cities == (SalesOf("杭州市", 2_400, 1),)


async def test_goods_from_abroad_are_counted_with_their_duty(shop: Shop, showing: Showing) -> None:
    await showing.add(
        shop.pay(
            "O1", "C1", Line("S2", "web", 1, 900, "M1", duty_fen=100, imported=ABROAD), Line("S1", "web", 1, 5, "M")
        )
    )
    assert (showing.sales().cross_border_fen, showing.sales().gmv_fen) == (1_000, 1_005)


async def test_somebody_erased_counts_for_no_town(shop: Shop, showing: Showing) -> None:
    await showing.add(shop.pay("O1", "C9", Line("S1", "web", 1, 100, "M1")))
    assert showing.sales().cities == () and showing.sales().gmv_fen == 100


async def test_the_largest_come_first_and_no_more_than_can_be_read(shop: Shop, showing: Showing) -> None:
    for n in range(20):
        await showing.add(shop.pay(f"O{n}", "C1", Line(f"T{n}", "web", 1, 100 + n, "M1")))
    shown = showing.sales().categories
    assert len(shown) == SHOWN_MAX
    assert [each.gmv_fen for each in shown] == sorted((each.gmv_fen for each in shown), reverse=True)
    assert shown[0].name == "shelf 19"
