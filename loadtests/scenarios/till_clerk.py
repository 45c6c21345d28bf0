"""A clerk at an outlet's till on the festival's day: customers in the shop buy what the web sells as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from loadtests.scenarios.festival_shopper import FestivalShopper
from loadtests.shop.answers import WantedLine
from loadtests.shop.clerk_desk import ClerkDesk
from loadtests.shop.operations import COME_AGAIN
from loadtests.shop.outlet_answers import Shelf

TENDERS = ("card", "cash")
TENDER_WEIGHTS = (80, 20)
"""Ours: how shops in town were paid on the day was never published."""


class TillClerk(FestivalShopper):
    """Serves a few customers one after the other. Without a set-up there is no till to stand at."""

    weight = 1
    customers_mean: ClassVar[float] = 2.0
    customers_most: ClassVar[int] = 6
    serve_s: ClassVar[float] = 0.6
    units_most: ClassVar[int] = 3
    twice_share: ClassVar[float] = 0.1
    """Of sales, how many are sent twice with one key: the line to the shop is bad."""
    tries: ClassVar[int] = 3

    desk: ClerkDesk

    def come_in(self) -> bool:
        outlets = self.festival.shop.get("outlets", {}).get("outlets", ())
        if not outlets:
            return False
        mine: dict[str, Any] = self.rng.choice(outlets)
        self.desk = ClerkDesk(self.client, self.festival, mine["outlet"], mine["secret"])
        return self.desk.sign_in() is not None

    def stay(self) -> None:
        shelf = self.desk.shelf()
        for _ in range(1 + self.some(self.customers_mean, self.customers_most)):
            if shelf is None or not self.think(self.serve_s):
                return
            if not self.serve(shelf):
                shelf = self.desk.shelf()  # the web was quicker, or a price has changed: look again

    def serve(self, shelf: Shelf) -> bool:
        """One customer, with something from the shelf; False if what stands there is not what we thought."""
        wanted, tender = self.basket(shelf), self.rng.choices(TENDERS, TENDER_WEIGHTS)[0]
        if not wanted:
            return False
        key = self.festival.next_key()
        receipt = self.desk.sell(wanted, tender, key=key)
        for _ in range(self.tries - 1):
            if receipt is not None or self.desk.refusal not in COME_AGAIN:
                break
            self.think(self.serve_s)
            receipt = self.desk.sell(wanted, tender, key=key)
        if receipt is not None and self.rng.random() < self.twice_share:
            self.desk.sell(wanted, tender, key=key)
        return receipt is not None

    def basket(self, shelf: Shelf) -> Sequence[WantedLine]:
        """One thing, rather a popular one, and not more than stood there."""
        there = [line for line in shelf.skus if line.free]
        if not there:
            return ()
        line = there[int(len(there) * self.rng.random() ** 2)]
        return [WantedLine(line.sku, self.rng.randint(1, min(self.units_most, line.free)), line.price_fen)]
