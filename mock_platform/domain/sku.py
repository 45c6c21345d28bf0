"""A thing for sale: title, category, the merchant who sells it and today's price."""

from __future__ import annotations

import msgspec

from mock_platform.domain.imported import Imported


class Sku(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    sku: str
    title: str
    category: str
    merchant: str
    price_fen: int
    imported: Imported | None = None
    """None for most: they are in the country."""
