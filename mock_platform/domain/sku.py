"""A thing for sale: title, category, the merchant who sells it and today's price."""

from __future__ import annotations

import msgspec

from mock_platform.domain.errors import MalformedRequest
from mock_platform.domain.imported import Imported

TITLE_LENGTH_MAX, CATEGORY_LENGTH_MAX = 100, 40


class Sku(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    sku: str
    title: str
    category: str
    merchant: str
    price_fen: int
    imported: Imported | None = None
    """None for most: they are in the country."""


def check_at_home(sku: Sku) -> None:
    """MalformedRequest for goods from abroad, where only those in the country can be offered."""
    if sku.imported is not None:
        raise MalformedRequest(f"{sku.sku} comes from abroad and is in no sale: its price follows a rate")


def check_sku(title: str, category: str) -> None:
    """MalformedRequest unless title and category can be printed and read."""
    for what, text, longest in (("title", title, TITLE_LENGTH_MAX), ("category", category, CATEGORY_LENGTH_MAX)):
        if not (text.strip() and len(text) <= longest and text.isprintable()):
            raise MalformedRequest(f"a {what} has between 1 and {longest} printable characters")
