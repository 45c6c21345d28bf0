"""Flash sales: as many orders as there are units, so many to a buyer, and only while the window is open."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from mock_platform.domain.errors import (
    LimitPerBuyer,
    MalformedRequest,
    PriceChanged,
    SaleClosed,
    SaleNotOpen,
    ShopError,
    SoldOut,
    UnknownSku,
)
from mock_platform.domain.flash_sale import SaleState
from mock_platform.domain.order import WantedLine
from mock_platform.domain.reservation import WEB
from tests.mock_platform.core_world import World, lines, orders_in, sale_lines
from tests.mock_platform.interruptions import Suspending, run


async def test_a_sale_has_units_of_its_own() -> None:
    world = World()
    sale = await world.sale(allotment=10)
    assert (await world.stock.free("S1", sale.place), await world.stock.free("S1", WEB)) == (10, 20)
    order, _ = await world.place("C1", "k1", sale_lines(), sale.flash_sale)
    assert (order.payable_fen, order.flash_sale, order.lines[0].place) == (100, sale.flash_sale, sale.place)
    assert (await world.stock.free("S1", sale.place), await world.stock.free("S1", WEB)) == (9, 20)
    await world.settled_books()


async def test_sales_are_listed_with_their_titles_and_states() -> None:
    world = World()
    await world.sale(opens_in_s=10.0)
    ((sale, title),) = await world.flash_selling.sales()
    assert title == "thing S1"
    states = [sale.state(world.clock() + later_s) for later_s in (9.9, 10.0, 69.9, 70.0)]
    assert states == [SaleState.UPCOMING, SaleState.OPEN, SaleState.OPEN, SaleState.CLOSED]


@pytest.mark.parametrize(("later_s", "refusal"), [(0.0, SaleNotOpen), (9.9, SaleNotOpen), (70.0, SaleClosed)])
async def test_nothing_is_sold_outside_the_window(later_s: float, refusal: type[ShopError]) -> None:
    world = World()
    sale = await world.sale(opens_in_s=10.0)
    world.clock.advance(later_s)
    with pytest.raises(refusal):
        await world.place("C1", "k1", sale_lines(), sale.flash_sale)
    world.clock.advance(10.0 - later_s if later_s < 10.0 else 0.0)
    if refusal is SaleNotOpen:
        with pytest.raises(SaleNotOpen):  # the key has its answer; a new attempt takes a new key
            await world.place("C1", "k1", sale_lines(), sale.flash_sale)
        await world.place("C1", "k2", sale_lines(), sale.flash_sale)
    await world.settled_books()


async def test_a_buyer_gets_no_more_than_the_limit_by_any_number_of_orders() -> None:
    world = World()
    sale = await world.sale(limit_per_buyer=2)
    await world.place("C1", "k1", sale_lines(1), sale.flash_sale)
    with pytest.raises(LimitPerBuyer):
        await world.place("C1", "k2", sale_lines(2), sale.flash_sale)
    order, _ = await world.place("C1", "k3", sale_lines(1), sale.flash_sale)
    with pytest.raises(LimitPerBuyer):
        await world.place("C1", "k4", sale_lines(1), sale.flash_sale)
    await world.checkout.cancel("C1", order.order)
    await world.outbox.step()
    await world.place("C1", "k5", sale_lines(1), sale.flash_sale)
    await world.settled_books()


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (lines(S2=1), MalformedRequest),
        ((*sale_lines(), *lines(S2=1)), MalformedRequest),
        ((WantedLine("S1", 1, 1_000),), PriceChanged),
        (sale_lines(11), SoldOut),
    ],
)
async def test_a_sale_sells_its_one_sku_at_its_one_price(
    wanted: tuple[WantedLine, ...], refusal: type[ShopError]
) -> None:
    world = World()
    sale = await world.sale(allotment=10, limit_per_buyer=99)
    with pytest.raises(refusal):
        await world.place("C1", "k1", wanted, sale.flash_sale)
    await world.settled_books()


async def test_the_sale_price_is_not_the_webs() -> None:
    world = World()
    await world.sale()
    with pytest.raises(PriceChanged):
        await world.place("C1", "k1", sale_lines())


@pytest.mark.parametrize(
    "wrong",
    [
        {"allotment": 0},
        {"limit_per_buyer": 0},
        {"price_fen": 0},
        {"closes_at": 5.0},
        {"closes_at": float("nan")},
        {"opens_at": float("inf"), "closes_at": float("inf")},
    ],
)
async def test_a_sale_that_could_never_sell_is_refused(wrong: dict[str, Any]) -> None:
    world = World()
    right = {"sku": "S1", "price_fen": 1, "allotment": 1, "limit_per_buyer": 1, "opens_at": 5.0, "closes_at": 6.0}
    with pytest.raises(MalformedRequest):
        await world.flash_selling.create(**(right | wrong))
    with pytest.raises(UnknownSku):
        await world.flash_selling.create(**(right | {"sku": "S9"}))
    assert await world.flash_selling.sales() == []


@dataclass
class Crowd:
    """Buyers who try once each, all at the same moment, some twice with the same key, some hanging up."""

    world: World
    flash_sale: str
    answers: Counter[str] = field(default_factory=Counter)

    async def buyer(self, number: int) -> None:
        for _ in range(1 + number % 3):
            try:
                await self.world.place(f"C{number}", f"k{number}", sale_lines(), self.flash_sale)
                self.answers["placed"] += 1
                return
            except ShopError as refusal:
                self.answers[refusal.code] += 1


async def test_two_hundred_buyers_and_ten_units_are_exactly_ten_orders() -> None:
    world = World(wrap=Suspending)
    sale = await world.sale(allotment=10)
    crowd = Crowd(world, sale.flash_sale)
    await asyncio.gather(*(crowd.buyer(number) for number in range(200)))
    assert crowd.answers["placed"] == 10
    assert set(crowd.answers) == {"placed", "sold_out"}
    snapshot = await world.bookkeeping.snapshot()
    assert len(orders_in(snapshot)) == 10
    (shelf,) = [row for row in snapshot["stock"] if row["place"] == sale.place]
    assert (shelf["free"], shelf["held"], shelf["sold"]) == (0, 0, 10)
    await world.settled_books()


async def test_units_of_buyers_who_hung_up_are_sold_to_others() -> None:
    world = World(wrap=Suspending)
    sale = await world.sale(allotment=10)
    for number in range(10):
        work = world.place(f"C{number}", f"k{number}", sale_lines(), sale.flash_sale)
        while await world.stock.held_orders() == number:
            work.send(None)
        work.close()
    with pytest.raises(SoldOut):
        await world.place("C11", "k11", sale_lines(), sale.flash_sale)
    world.clock.advance(20.0)
    await world.expiry.sweep()
    crowd = Crowd(world, sale.flash_sale)
    await asyncio.gather(*(crowd.buyer(number) for number in range(100, 140)))
    assert crowd.answers["placed"] == 10
    await world.settled_books()


def test_one_buyer_in_many_tabs_gets_no_more_than_the_limit() -> None:
    world = World(wrap=Suspending)
    sale = run(world.sale(allotment=10, limit_per_buyer=2))

    async def tabs() -> list[object]:
        asked = (world.place("C1", f"k{tab}", sale_lines(), sale.flash_sale) for tab in range(20))
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = asyncio.run(tabs())
    assert sum(isinstance(answer, tuple) for answer in answers) == 2
    assert sum(isinstance(answer, LimitPerBuyer) for answer in answers) == 18
    asyncio.run(world.settled_books())
