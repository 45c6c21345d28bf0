"""Flash selling: setting up sales and listing them. That a sale is open and who may buy how many is for the domain to say."""

from __future__ import annotations

from mock_platform.domain.flash_sale import FlashSale
from mock_platform.protocols import CatalogueStore, Clock, NewId, StockStore


class FlashSelling:
    def __init__(self, *, catalogue: CatalogueStore, stock: StockStore, clock: Clock, new_id: NewId) -> None: ...

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
        """UnknownSku; MalformedRequest for a sale that could never sell."""

    async def sales(self) -> list[tuple[FlashSale, str]]:
        """Every sale with its SKU's title. `sale.state(now)` says whether it is open."""
