"""New units for a SKU's shelf: asked for by its merchant under a key, then added to the stock, once.

asked --> added
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
from msgspec.structs import replace

from mock_platform.domain.errors import MalformedRequest

QUANTITY_MAX = 100_000
"""Units in one delivery."""


class RestockState(StrEnum):
    ASKED = "asked"
    """Written down. Whether the stock has the units already, only the stock can tell."""
    ADDED = "added"


class Restock(msgspec.Struct, frozen=True, gc=False):
    restock: str
    merchant: str
    sku: str
    place: str
    quantity: int
    asked_at: float
    state: RestockState = RestockState.ASKED

    @property
    def as_added(self) -> Restock:
        return replace(self, state=RestockState.ADDED)


def check_delivery(quantity: int) -> None:
    if isinstance(quantity, bool) or not isinstance(quantity, int) or not 1 <= quantity <= QUANTITY_MAX:
        raise MalformedRequest(f"a restock brings between 1 and {QUANTITY_MAX} units")
