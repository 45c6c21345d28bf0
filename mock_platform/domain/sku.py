"""A thing for sale: title, category, the merchant who sells it and today's price."""

from __future__ import annotations

import msgspec


class Sku(msgspec.Struct, frozen=True, gc=False):
    sku: str
    title: str
    category: str
    merchant: str
    price_fen: int
