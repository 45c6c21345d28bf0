"""Flash selling: setting up sales, listing them, selling from them. Whether one is open is for the domain to say."""

from __future__ import annotations

from collections.abc import Sequence

from mock_platform.domain.errors import MalformedRequest
from mock_platform.domain.flash_sale import FlashSale, check_sale
from mock_platform.domain.purchase import Purchase, Terms, priced
from mock_platform.domain.reservation import Units
from mock_platform.domain.sku import Sku, check_at_home
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
        check_at_home(await self._catalogue.sku(sku))
        # Units before the sale: cut off between the two, there are units nobody asks for, not a sale with none.
        await self._stock.put([Units(sku, sale.place, allotment)])
        await self._catalogue.put_flash_sale(sale)
        return sale

    async def terms(self, purchase: Purchase, skus: Sequence[Sku], now: float) -> Terms:
        """NotFound; MalformedRequest unless it is the sale's SKU alone; SaleNotOpen, SaleClosed, PriceChanged."""
        sale = await self._catalogue.flash_sale(purchase.flash_sale or "")
        if len(purchase.lines) != 1 or purchase.lines[0].sku != sale.sku:
            raise MalformedRequest(f"the sale {sale.flash_sale} sells {sale.sku} alone")
        sale.admit(now)
        line = priced(purchase.lines[0], sale.price_fen, skus[0].merchant, sale.place)
        return Terms((line,), sale.limit_per_buyer)

    async def units(self, now: float) -> dict[str, int]:
        """Of all sales that have opened: units `left`, and `taken` by orders or their holds."""
        opened = [sale for sale in await self._catalogue.flash_sales() if sale.opens_at <= now]
        left = sum([await self._stock.free(sale.sku, sale.place) for sale in opened])
        return {"left": left, "taken": sum(sale.allotment for sale in opened) - left}

    async def sales(self) -> list[tuple[FlashSale, str]]:
        """Every sale with its SKU's title. `sale.state(now)` says whether it is open."""
        sales = await self._catalogue.flash_sales()
        skus = await self._catalogue.skus([sale.sku for sale in sales])
        return [(sale, sku.title) for sale, sku in zip(sales, skus, strict=True)]
