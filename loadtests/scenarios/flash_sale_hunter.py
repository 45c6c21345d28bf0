"""Hunts one unit at the sale price: waits for the opening, orders, pays; too late, looks at something else."""

from __future__ import annotations

import time
from typing import ClassVar

from loadtests.crowd.visit import think
from loadtests.scenarios.buyer import Buyer
from loadtests.shop.answers import FlashSale, WantedLine
from loadtests.shop.storefront import Storefront

TOO_EARLY = frozenset({"sale_not_open", "slow_down"})


class FlashSaleHunter(Buyer):
    """In 2019 one liquor drew 800,000 orders for 20,000 bottles: most hunters are refused, and that is no failure."""

    weight = 1
    needs = ("flash_sales", "place_order")
    soon_s: ClassVar[float] = 15.0
    """A sale that opens within this is worth waiting for."""
    refresh_s: ClassVar[float] = 2.0
    reaction_s: ClassVar[float] = 0.2
    early_tries: ClassVar[int] = 3
    """Orders sent while the shop says that it is too early or all too fast, each with a key of its own."""
    slow_down_s: ClassVar[float] = 1.0
    private_share: ClassVar[float] = 0.1
    """Of those on the web, how many look through a window that names no device. This and the next two are ours."""
    second_share: ClassVar[float] = 0.04
    """How many try for somebody else at home too, with that account, on the device they have in their hands."""
    third_share: ClassVar[float] = 0.25
    """Of those, how many for a third: honest, and just what a farm of bots looks like."""

    def come_in(self) -> bool:
        came = super().come_in()
        is_private = self.visit.client == "web" and self.rng.random() < self.private_share
        if came and is_private and isinstance(self.shop, Storefront):
            self.shop.device = ""
        return came

    def stay(self) -> None:
        sale = self.worth_hunting()
        if sale is not None:
            sale = self.wait_for(sale)
        if sale is None or not self.hunt(sale):
            self.think(self.checkout_s)
            self.shop.view(self.wanted_sku())
        if sale is not None and self.rng.random() < self.second_share and self.as_somebody_at_home():
            self.hunt(sale)
            if self.rng.random() < self.third_share and self.as_somebody_at_home():
                self.hunt(sale)

    def as_somebody_at_home(self) -> bool:
        """Sign in with another account on the same device; False if that was not to be."""
        if not isinstance(self.shop, Storefront):
            return False
        member = type(self.shop)(self.client, self.festival, self.shop.customer(self.visitor()))
        member.device = self.shop.device
        self.shop = member
        return member.sign_in() is not None

    def worth_hunting(self) -> FlashSale | None:
        """One of the open sales; else one that opens soon."""
        sales = self.shop.flash_sales() or []
        soon_at = time.time() + min(self.soon_s, self.closes_in_s())
        candidates = [sale for sale in sales if sale.state == "open"] or [
            sale for sale in sales if sale.state == "upcoming" and sale.opens_at <= soon_at
        ]
        return self.rng.choice(candidates) if candidates else None

    def wait_for(self, sale: FlashSale) -> FlashSale | None:
        """The sale, once its clock has struck; None if it has gone from the list meanwhile."""
        while (left_s := sale.opens_at - time.time()) > 0:
            pause_s = self.pause_s(self.refresh_s)
            if pause_s >= left_s:
                think(left_s + self.pause_s(self.reaction_s))
                break
            think(pause_s)
            latest = [known for known in self.shop.flash_sales() or [] if known.flash_sale == sale.flash_sale]
            if not latest:
                return None
            sale = latest[0]
        return sale

    def hunt(self, sale: FlashSale) -> bool:
        """One unit, ordered and paid; False when it was not to be had."""
        for _ in range(self.early_tries):
            if self.buy([WantedLine(sale.sku, 1, sale.price_fen)], sale.flash_sale) is not None:
                return True
            if self.shop.refusal not in TOO_EARLY:
                return False
            self.think(self.slow_down_s if self.shop.refusal == "slow_down" else self.reaction_s)
        return False
