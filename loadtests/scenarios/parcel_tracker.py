"""Bought at midnight, and wants to know where it is: looks at own orders and follows the parcels, again and again."""

from __future__ import annotations

from typing import ClassVar

from loadtests.scenarios.festival_shopper import FestivalShopper
from loadtests.shop.logistics_answers import ENDED
from loadtests.shop.logistics_desk import LogisticsDesk


class ParcelTracker(FestivalShopper):
    """Comes as somebody seen to pay lately, when this process has seen anybody: others have nothing to track."""

    weight = 1
    adapter: ClassVar[type[LogisticsDesk]] = LogisticsDesk
    looks_mean: ClassVar[float] = 4.0
    looks_most: ClassVar[int] = 12
    look_again_s: ClassVar[float] = 0.8
    orders_most: ClassVar[int] = 3
    """Of the newest orders, one is followed."""

    shop: LogisticsDesk

    def come_in(self) -> bool:
        self.shop = self.adapter(self.client, self.festival, self.somebody_who_paid())
        return self.shop.sign_in() is not None

    def stay(self) -> None:
        orders = self.shop.orders_sent()
        if not orders:
            return
        order = self.rng.choice(orders[: self.orders_most])
        for _ in range(1 + self.some(self.looks_mean - 1, self.looks_most - 1)):
            parcels = self.shop.shipments(order)
            if parcels is None:
                return
            moving = [parcel for parcel in parcels if parcel.state not in ENDED]
            if parcels and self.shop.follow(self.rng.choice(moving or parcels)) is None:
                return
            if (parcels and not moving) or not self.think(self.look_again_s):
                return
