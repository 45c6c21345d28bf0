"""Asks the shop what it knows: reads the masked profile, takes the data along, looks at waybills; a few are forgotten.

In every phase, also as the clock strikes: protection that is dropped when the shop is busy is none.
"""

from __future__ import annotations

from typing import ClassVar

from loadtests.scenarios.buyer import Buyer
from loadtests.shop.leavers import stayers
from loadtests.shop.privacy_desk import PrivacyDesk
from loadtests.shop.privacy_promises import Export


class PrivacyRequester(Buyer):
    weight = 1
    adapter = PrivacyDesk
    shop: PrivacyDesk
    leaver_share: ClassVar[float] = 0.1
    buyer_share: ClassVar[float] = 0.4
    """Of visits that buy something first, so that there is a parcel under way to look at, or to be forgotten over."""
    again_share: ClassVar[float] = 0.3
    """Of exports that are asked for once more under the same key."""
    read_s: ClassVar[float] = 0.5

    def visitor(self) -> int:
        customers = self.festival.shop["customers"]
        if customers > stayers(customers) and self.rng.random() < self.leaver_share:
            return self.rng.randint(stayers(customers) + 1, customers)
        return super().visitor()

    def stay(self) -> None:
        if self.shop.profile() is None:
            return
        if self.rng.random() < self.buyer_share:
            cart = self.cart()
            if cart is not None:
                self.buy(cart.wanted())
        self.think(self.read_s)
        export = self.take_along()
        if export is None:
            return
        self.think(self.read_s)
        self.shop.waybills(export)
        if self.shop.may_leave:
            self.think(self.read_s)
            self.be_forgotten()

    def take_along(self) -> Export | None:
        key = self.festival.next_key()
        export = self.insist(lambda: self.shop.export(key=key))
        if export is not None and self.rng.random() < self.again_share:
            self.shop.export(key=key)
        return export

    def be_forgotten(self) -> None:
        key = self.festival.next_key()
        if self.insist(lambda: self.shop.erase(key=key)) is not None:
            self.shop.find_nothing(key=self.festival.next_key())
