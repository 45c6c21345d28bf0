"""/skus: searching and looking at what is for sale."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mock_platform.api.listing import PageNumber, PerPage
from mock_platform.api.route import Call, Route
from mock_platform.domain.imported import Imported
from mock_platform.domain.sku import Sku
from mock_platform.services.shopping import Shopping


class SkuSearch(msgspec.Struct, frozen=True):
    q: Annotated[str, msgspec.Meta(max_length=100, description="words, all of which the title has")] = ""
    category: Annotated[str, msgspec.Meta(max_length=100)] = ""
    page: PageNumber = 1
    per_page: PerPage = 20


class SkuPage(msgspec.Struct, frozen=True):
    skus: tuple[Sku, ...]
    page: int
    pages: int
    total: int


class SkuDetail(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    sku: str
    title: str
    category: str
    merchant: str
    price_fen: int
    free: int
    """Units free to sell in the shop's ordinary stock."""
    imported: Imported | None = None
    """Of goods from abroad: the price there, its rate, and the duty that comes on top of `price_fen`."""


class Skus:
    def __init__(self, shopping: Shopping) -> None:
        self._shopping = shopping

    async def search(self, call: Call) -> SkuPage:
        asked: SkuSearch = call.query
        found = await self._shopping.search(asked.q, asked.category, asked.page, asked.per_page)
        return SkuPage(found.items, found.page, found.pages, found.total)

    async def show(self, call: Call) -> SkuDetail:
        sku, free = await self._shopping.detail(call.path["sku"])
        return SkuDetail(sku.sku, sku.title, sku.category, sku.merchant, sku.price_fen, free, sku.imported)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET",
                path="/skus",
                handler=self.search,
                says="Search what is for sale, most popular first.",
                gives=SkuPage,
                audience="everybody",
                query=SkuSearch,
            ),
            Route(
                method="GET",
                path="/skus/{sku}",
                handler=self.show,
                says="Look at one thing, and how many units are free.",
                gives=SkuDetail,
                audience="everybody",
                refuses=("unknown_sku",),
            ),
        )
