"""Looks, searches, looks again, sometimes fills the cart, and never buys: four of five of the festival's visitors."""

from __future__ import annotations

from typing import ClassVar

from loadtests.scenarios.festival_shopper import FestivalShopper


class WindowShopper(FestivalShopper):
    """Four to a buyer, as in 2012: 147 M visitors, 30 M buyers, 16 views and 5.9 searches a payment."""

    weight = 20
    needs = ("view",)
    views_mean: ClassVar[float] = 4.0
    views_most: ClassVar[int] = 20
    searches_mean: ClassVar[float] = 1.5
    searches_most: ClassVar[int] = 6
    cart_share: ClassVar[float] = 0.06
    """Of views that end in the cart: 5.52 cart events to 89.58 views in Taobao's UserBehavior data set."""
    think_s: ClassVar[float] = 0.5
    """Mean, in a run that presses a day into minutes."""

    def stay(self) -> None:
        category = self.rng.choice(self.known["categories"])
        page = self.shop.browse(category=category)
        if page is None:
            return
        titles = [sku.title for sku in page.skus]
        views = 1 + self.some(self.views_mean - 1, self.views_most - 1)
        searches = self.some(self.searches_mean, self.searches_most) if titles else 0
        steps = [self._view] * views + [lambda: self._search(self.rng.choice(titles))] * searches
        self.rng.shuffle(steps)
        for step in steps:
            if not self.think(self.think_s) or not step():
                return

    def _view(self) -> bool:
        detail = self.shop.view(self.wanted_sku())
        if detail is None:
            return False
        if detail.free and self.rng.random() < self.cart_share:
            return self.think(self.think_s) and self.shop.add_to_cart(detail.sku) is not None
        return True

    def _search(self, title: str) -> bool:
        """Search for something seen before: a word of its title."""
        return self.shop.search(self.rng.choice(title.split() or [title]), known=True) is not None
