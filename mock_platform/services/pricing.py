"""Pricing: the web's own way of selling, at today's price, which must be the one the buyer was shown. Hot path."""

from __future__ import annotations

from collections.abc import Sequence

from mock_platform.domain.purchase import Purchase, Terms, priced
from mock_platform.domain.reservation import WEB
from mock_platform.domain.sku import Sku


class Pricing:
    async def terms(self, purchase: Purchase, skus: Sequence[Sku], now: float) -> Terms:
        """PriceChanged if a line's price is not the one shown."""
        lines = [priced(line, sku.price_fen, sku.merchant, WEB) for line, sku in zip(purchase.lines, skus, strict=True)]
        return Terms(tuple(lines))
