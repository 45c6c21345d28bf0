"""/outlets: which there are in a city, and what stands on their shelves; for everybody."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mock_platform.api.listing import PageAsked
from mock_platform.api.route import Call, Route
from mock_platform.domain.outlet import CITY_LENGTH_MAX
from mock_platform.services.outlet_selling import OutletSelling


class OutletsAsked(PageAsked, frozen=True):
    city: Annotated[str, msgspec.Meta(max_length=CITY_LENGTH_MAX)] = ""
    """None given: all of them."""


class OutletView(msgspec.Struct, frozen=True):
    outlet: str
    name: str
    city: str


class OutletPage(msgspec.Struct, frozen=True):
    outlets: tuple[OutletView, ...]
    page: int
    pages: int
    total: int


class ShelfLine(msgspec.Struct, frozen=True):
    sku: str
    title: str
    price_fen: int
    free: int
    """Units to be had, at the till and on the web alike."""


class ShelfPage(msgspec.Struct, frozen=True):
    outlet: str
    skus: tuple[ShelfLine, ...]
    page: int
    pages: int
    total: int


class Outlets:
    def __init__(self, selling: OutletSelling) -> None:
        self._selling = selling

    async def list(self, call: Call) -> OutletPage:
        asked: OutletsAsked = call.query
        found = await self._selling.outlets(asked.city, asked.page, asked.per_page)
        views = tuple(OutletView(each.outlet, each.name, each.city) for each in found.items)
        return OutletPage(views, found.page, found.pages, found.total)

    async def stock(self, call: Call) -> ShelfPage:
        asked: PageAsked = call.query
        outlet = call.path["outlet"]
        found = await self._selling.shelf(outlet, asked.page, asked.per_page)
        lines = tuple(ShelfLine(sku.sku, sku.title, sku.price_fen, free) for sku, free in found.items)
        return ShelfPage(outlet, lines, found.page, found.pages, found.total)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET",
                path="/outlets",
                handler=self.list,
                says="List the outlets, all of them or those of a city.",
                gives=OutletPage,
                audience="everybody",
                query=OutletsAsked,
            ),
            Route(
                method="GET",
                path="/outlets/{outlet}/stock",
                handler=self.stock,
                says="List what an outlet carries and how many units are free, for its till and the web alike.",
                gives=ShelfPage,
                audience="everybody",
                query=PageAsked,
                refuses=("not_found",),
            ),
        )
