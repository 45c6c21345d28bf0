"""A merchant's clerk at work while the crowd is in: lists, reprices, restocks, and looks at own orders and settlements.

Prices move a few per cent around what they were before the run, and only on some visits: buyers who were shown the
former price are told `price_changed` and look again, which must stay the exception.
"""

from __future__ import annotations

from typing import Any, ClassVar

from loadtests.scenarios.festival_shopper import FestivalShopper
from loadtests.shop.marketplace_desk import MarketplaceDesk

CITY = "杭州市"


class MerchantClerk(FestivalShopper):
    """Acts for one of the merchants whose SKUs are popular; some come from a shop that is not on the platform yet."""

    weight = 1
    newcomer_share: ClassVar[float] = 0.05
    reprice_share: ClassVar[float] = 0.5
    list_share: ClassVar[float] = 0.2
    repeat_share: ClassVar[float] = 0.3
    """Of restocks, how many are sent again with the same key."""
    price_swing: ClassVar[float] = 0.05
    """How far from its price before the run a SKU is ever priced."""
    units: ClassVar[tuple[int, int]] = (50, 500)
    look_s: ClassVar[float] = 0.4
    reviews_awaited: ClassVar[int] = 5
    review_s: ClassVar[float] = 0.8

    desk: MarketplaceDesk
    prices_fen: dict[str, int]

    def come_in(self) -> bool:
        merchants = self.festival.shop.get("marketplace", {}).get("merchants", ())
        if not merchants or self.rng.random() < self.newcomer_share:
            return self.apply()
        mine: dict[str, Any] = self.rng.choice(merchants)
        self.desk = MarketplaceDesk(self.client, self.festival, mine["merchant"], mine["secret"])
        self.prices_fen = mine["prices_fen"]
        return self.desk.sign_in() is not None

    def apply(self) -> bool:
        """Come onto the platform during the festival: apply, then knock until the review is over."""
        self.desk, self.prices_fen = MarketplaceDesk(self.client, self.festival, ""), {}
        key = self.festival.next_key()
        if self.desk.apply(f"店 {key}"[-60:], CITY, f"{self.rng.getrandbits(128):032x}", key=key) is None:
            return False
        for _ in range(self.reviews_awaited):
            if not self.think(self.review_s):
                return False
            if self.desk.sign_in() is not None:
                return True
            if self.desk.refusal != "not_admitted":
                return False
        return False

    def stay(self) -> None:
        if self.desk.goods() is None or not self.think(self.look_s):
            return
        if not self.prices_fen or self.rng.random() < self.list_share:
            self.list_something()
        if self.prices_fen:
            self.look_after(self.rng.choice(list(self.prices_fen)))
        if self.think(self.look_s) and self.desk.sales() is not None:
            self.desk.statements()

    def look_after(self, sku: str) -> None:
        """Set a price on some visits, and bring units."""
        if self.rng.random() < self.reprice_share:
            share = self.rng.uniform(1 - self.price_swing, 1 + self.price_swing)
            price = self.desk.reprice(sku, max(1, round(self.prices_fen[sku] * share)))
            if price is None or not self.think(self.look_s) or self.desk.read_back(price) is None:
                return
        key, quantity = self.festival.next_key(), self.rng.randint(*self.units)
        if self.desk.restock(sku, quantity, key=key) is not None and self.rng.random() < self.repeat_share:
            self.desk.restock(sku, quantity, key=key)

    def list_something(self) -> None:
        categories = self.festival.shop["categories"]
        category = self.rng.choice(categories) if categories else "新品"
        price_fen = self.rng.randint(1_000, 30_000)
        self.desk.list_sku(
            f"新品 {category} {self.festival.keys}", category, price_fen, self.rng.randint(*self.units),
            key=self.festival.next_key(),
        )  # fmt: skip
