"""Units set aside for an order: first held until an instant, then sold. Stock is counted per SKU and place."""

from __future__ import annotations

from enum import StrEnum

import msgspec

WEB = "web"
"""The shop's ordinary stock."""


def flash_place(flash_sale: str) -> str:
    """A flash sale's units are stock apart, so that neither can sell the other's."""
    return f"flash:{flash_sale}"


def presale_place(presale: str) -> str:
    """A presale's units likewise: kept for those who paid a deposit."""
    return f"presale:{presale}"


class HoldState(StrEnum):
    HELD = "held"
    SOLD = "sold"


class Units(msgspec.Struct, frozen=True, gc=False):
    sku: str
    place: str
    quantity: int


class Hold(msgspec.Struct, frozen=True, gc=False):
    """All units of one order; all are held, or all are sold."""

    order: str
    buyer: str
    units: tuple[Units, ...]
    expires_at: float
    state: HoldState = HoldState.HELD


class StockTotals(msgspec.Struct, frozen=True, gc=False):
    free: int
    held: int
    sold: int
