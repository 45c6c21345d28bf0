"""A flash sale: one SKU at one price, in a window of time, from its own units, so many to a buyer."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from mock_platform.domain.errors import MalformedRequest, SaleClosed, SaleNotOpen
from mock_platform.domain.money import positive_fen
from mock_platform.domain.reservation import flash_place


class SaleState(StrEnum):
    UPCOMING = "upcoming"
    OPEN = "open"
    CLOSED = "closed"


class FlashSale(msgspec.Struct, frozen=True, gc=False):
    flash_sale: str
    sku: str
    price_fen: int
    allotment: int
    limit_per_buyer: int
    opens_at: float
    closes_at: float

    @property
    def place(self) -> str:
        return flash_place(self.flash_sale)

    def state(self, now: float) -> SaleState:
        """Open from `opens_at` on, closed from `closes_at` on."""
        if now < self.opens_at:
            return SaleState.UPCOMING
        return SaleState.OPEN if now < self.closes_at else SaleState.CLOSED

    def admit(self, now: float) -> None:
        """Say nothing if the sale is open now, else why not."""
        state = self.state(now)
        if state is SaleState.UPCOMING:
            raise SaleNotOpen(f"the sale {self.flash_sale} opens later")
        if state is SaleState.CLOSED:
            raise SaleClosed(f"the sale {self.flash_sale} is over")


def check_sale(sale: FlashSale) -> None:
    """MalformedRequest for a sale that could never sell anything."""
    positive_fen(sale.price_fen, "a sale's price")
    if sale.allotment < 1 or sale.limit_per_buyer < 1:
        raise MalformedRequest("a sale's allotment and limit per buyer are at least 1")
    if not sale.opens_at < sale.closes_at:
        raise MalformedRequest("a sale closes after it opens")
