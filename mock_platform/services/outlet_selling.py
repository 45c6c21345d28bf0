"""Outlet selling: which outlets there are, what stands on their shelves, and the web's way of selling from them."""

from __future__ import annotations

from collections.abc import Sequence

from mock_platform.domain.outlet import Outlet
from mock_platform.domain.paging import Page, page_of
from mock_platform.domain.purchase import Purchase, Terms, priced
from mock_platform.domain.sku import Sku
from mock_platform.protocols import CatalogueStore, StockStore
from mock_platform.protocols_outlets import OutletStore


class OutletSelling:
    def __init__(self, *, outlets: OutletStore, catalogue: CatalogueStore, stock: StockStore) -> None:
        self._outlets = outlets
        self._catalogue = catalogue
        self._stock = stock

    async def outlets(self, city: str, page: int, per_page: int) -> Page[Outlet]:
        """Those in that city, '' means any. MalformedRequest for a page that cannot be."""
        found = [outlet for outlet in await self._outlets.outlets() if city in ("", outlet.city)]
        return page_of(found, page, per_page)

    async def shelf(self, outlet: str, page: int, per_page: int) -> Page[tuple[Sku, int]]:
        """What the outlet carries and how many are free, for its till and the web alike. NotFound."""
        found = await self._outlets.outlet(outlet)
        cut = page_of(found.skus, page, per_page)
        skus = await self._catalogue.skus(cut.items)
        units = [await self._stock.free(sku.sku, found.place) for sku in skus]
        return Page(tuple(zip(skus, units, strict=True)), cut.page, cut.pages, cut.total)

    async def terms(self, purchase: Purchase, skus: Sequence[Sku], now: float) -> Terms:
        """NotFound (the outlet); PriceChanged. What it does not carry is sold out there."""
        place = (await self._outlets.outlet(purchase.outlet or "")).place
        lines = [
            priced(line, sku.price_fen, sku.merchant, place) for line, sku in zip(purchase.lines, skus, strict=True)
        ]
        return Terms(tuple(lines))
