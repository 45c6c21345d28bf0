"""Flash selling: setting up sales and listing them. Whether one is open, and to whom, is for the domain to say."""

from __future__ import annotations

from mock_platform.domain.flash_sale import FlashSale, check_sale
from mock_platform.domain.reservation import Units
from mock_platform.protocols import CatalogueStore, NewId, StockStore


class FlashSelling:
    def __init__(self, *, catalogue: CatalogueStore, stock: StockStore, new_id: NewId) -> None:
        self._catalogue = catalogue
        self._stock = stock
        self._new_id = new_id

    async def create(
        self,
        *,
        sku: str,
        price_fen: int,
        allotment: int,
        limit_per_buyer: int,
        opens_at: float,
        closes_at: float,
    ) -> FlashSale:
        """UnknownSku; MalformedRequest for a sale that could never sell.

        The allotment is stock apart, which the merchant sets aside for the sale: what the web sells is not touched.
        """
        sale = FlashSale(self._new_id("F"), sku, price_fen, allotment, limit_per_buyer, opens_at, closes_at)
        check_sale(sale)
        await self._catalogue.sku(sku)
        # Units before the sale: cut off between the two, there are units nobody asks for, not a sale with none.
        await self._stock.put([Units(sku, sale.place, allotment)])
        await self._catalogue.put_flash_sale(sale)
        return sale

    async def sales(self) -> list[tuple[FlashSale, str]]:
        """Every sale with its SKU's title. `sale.state(now)` says whether it is open."""
        sales = await self._catalogue.flash_sales()
        skus = await self._catalogue.skus([sale.sku for sale in sales])
        return [(sale, sku.title) for sale, sku in zip(sales, skus, strict=True)]
