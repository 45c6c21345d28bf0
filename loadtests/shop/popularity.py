"""Which item a shopper wants: Zipf's law over the catalogue, with one hot item that has a share of its own.

Rank 1 is the hot item, as in the seeded shop, where a SKU's number is its rank. No Zipf exponent was ever
published for Taobao's items, so it is a parameter; 0.6-1.1 is the range to try.
"""

from __future__ import annotations

import random
from array import array
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate


class Popularity:
    """Draws ranks 1..items: rank 1 outright with `hot_share`, and else in proportion to rank ** -exponent."""

    __slots__ = ("_reach", "hot_share", "items")

    def __init__(self, items: int, exponent: float = 0.9, hot_share: float = 0.05) -> None:
        if items < 1:
            raise ValueError("a catalogue has at least one item")
        if exponent < 0:
            raise ValueError("a Zipf exponent is zero (all alike) or more")
        if not 0 <= hot_share <= 1:
            raise ValueError("the hot item's share lies between 0 and 1")
        self.items = items
        self.hot_share = hot_share
        # Cumulated once, 8 bytes an item; a draw is then one bisect: 20 comparisons for a million items.
        self._reach = array("d", accumulate(rank**-exponent for rank in range(1, items + 1)))

    def draw(self, rng: random.Random) -> int:
        """The rank of the item wanted next."""
        if rng.random() < self.hot_share:
            return 1
        # min(): a product may round up to the last bound itself.
        return min(bisect_right(self._reach, rng.random() * self._reach[-1]) + 1, self.items)

    def share(self, rank: int) -> float:
        """The probability of drawing this rank."""
        below: float = self._reach[rank - 2] if rank > 1 else 0.0
        zipf: float = (self._reach[rank - 1] - below) / self._reach[-1]
        return (1 - self.hot_share) * zipf + (self.hot_share if rank == 1 else 0.0)


@lru_cache(maxsize=4)
def popularity_of(items: int, exponent: float = 0.9, hot_share: float = 0.05) -> Popularity:
    """The same distribution for every shopper of a process: a big catalogue's weights are summed once."""
    return Popularity(items, exponent, hot_share)
