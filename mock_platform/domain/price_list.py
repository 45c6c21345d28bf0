"""What a SKU cost when: its listed prices with the instant from which each was in force, oldest first."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import msgspec

PRICES_KEPT = 1_000
"""Of a SKU repriced more often than that, the oldest are forgotten."""

Prices = Sequence[tuple[float, int]]
"""(from_at, price_fen), oldest first."""


class PriceList(msgspec.Struct, frozen=True, gc=False):
    sku: str
    merchant: str
    prices: tuple[tuple[float, int], ...]
    is_whole: bool = True
    """False: earlier prices were forgotten."""

    def repriced(self, price_fen: int, at: float) -> PriceList:
        """With this price in force from that instant; the price it has already changes nothing."""
        if self.prices[-1][1] == price_fen:
            return self
        kept = self.prices[-(PRICES_KEPT - 1) :]
        is_whole = self.is_whole and len(kept) == len(self.prices)
        return PriceList(self.sku, self.merchant, (*kept, (max(at, kept[-1][0]), price_fen)), is_whole)


def in_force(prices: Prices, from_at: float, to_at: float) -> set[int]:
    """Every price that was in force at some moment from one instant to the other, both included.

    Of prices that began at one instant each counts: within the instant nobody can tell them apart.
    """
    starts = [at for at, _ in prices]
    first = bisect_right(starts, from_at) - 1
    if first > 0 and starts[first] == from_at:
        first = starts.index(from_at) - 1  # the price until that very instant was in force at it, too
    return {price_fen for _, price_fen in prices[max(0, first) : bisect_right(starts, to_at)]}
