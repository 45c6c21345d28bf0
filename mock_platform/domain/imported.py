"""What makes goods imported: where they come from, the price there, the rate it was turned into yuan at, and the duty.

An order's lines keep it as it was when the buyer saw it: a later rate changes no order.
"""

from __future__ import annotations

import msgspec


class Imported(msgspec.Struct, frozen=True, gc=False):
    """Of one unit. The price in fen stands beside it: on the SKU, on the line."""

    origin: str
    """Country, by its two letters."""
    currency: str
    price_minor: int
    rate_micro_yuan: int
    rated_at: float
    heading: str
    """Under which the customs tariff knows it."""
    duty_fen: int
    """Duty, consumption tax and VAT on one unit together."""
