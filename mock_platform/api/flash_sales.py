"""/flash-sales: listing them for everybody, setting them up for operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec

from mock_platform.api.route import Call, Route
from mock_platform.domain.flash_sale import FlashSale, SaleState
from mock_platform.domain.money import FEN_MAX
from mock_platform.services.flash_selling import FlashSelling

Instant = Annotated[float, msgspec.Meta(ge=0, description="epoch seconds")]
Units = Annotated[int, msgspec.Meta(ge=1, le=10**9)]


class CreateFlashSale(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sku: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    price_fen: Annotated[int, msgspec.Meta(gt=0, lt=FEN_MAX)]
    allotment: Units
    limit_per_buyer: Units
    opens_at: Instant
    closes_at: Instant


class FlashSaleView(msgspec.Struct, frozen=True):
    flash_sale: str
    sku: str
    title: str
    price_fen: int
    opens_at: float
    closes_at: float
    allotment: int
    limit_per_buyer: int
    state: SaleState


class FlashSaleList(msgspec.Struct, frozen=True):
    flash_sales: tuple[FlashSaleView, ...]


def view(sale: FlashSale, title: str, now: float) -> FlashSaleView:
    return FlashSaleView(
        sale.flash_sale,
        sale.sku,
        title,
        sale.price_fen,
        sale.opens_at,
        sale.closes_at,
        sale.allotment,
        sale.limit_per_buyer,
        sale.state(now),
    )


class FlashSales:
    def __init__(self, flash_selling: FlashSelling, clock: Callable[[], float]) -> None:
        self._flash_selling = flash_selling
        self._clock = clock

    async def list(self, call: Call) -> FlashSaleList:
        now = self._clock()
        sales = await self._flash_selling.sales()
        return FlashSaleList(tuple(view(sale, title, now) for sale, title in sales))

    async def create(self, call: Call) -> FlashSaleView:
        asked: CreateFlashSale = call.body
        sale = await self._flash_selling.create(**msgspec.structs.asdict(asked))
        titles = {each.flash_sale: title for each, title in await self._flash_selling.sales()}
        return view(sale, titles[sale.flash_sale], self._clock())

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET",
                path="/flash-sales",
                handler=self.list,
                says="List every flash sale, and whether it is open now.",
                gives=FlashSaleList,
                audience="everybody",
            ),
            Route(
                method="POST",
                path="/flash-sales",
                handler=self.create,
                says="Set up a flash sale from units of its own.",
                gives=FlashSaleView,
                status=201,
                audience="operators",
                takes=CreateFlashSale,
                refuses=("unknown_sku",),
                hurtable=False,
            ),
        )
