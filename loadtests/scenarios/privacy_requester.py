"""Asks the shop what it knows: the masked profile, then own data and waybills again and again; a few are forgotten.

In every phase, also as the clock strikes: protection that is dropped when the shop is busy is none.
"""

from __future__ import annotations

from typing import ClassVar

from loadtests.scenarios.buyer import Buyer
from loadtests.shop.leavers import stayers
from loadtests.shop.privacy_desk import PrivacyDesk


class PrivacyRequester(Buyer):
    weight = 1
    adapter = PrivacyDesk
    shop: PrivacyDesk
    leaves: bool = False
    buys: bool = False
    leaver_share: ClassVar[float] = 0.1
    buyer_share: ClassVar[float] = 0.4
    """Of the other visits, how many buy something first, so that there is a parcel under way to look at."""
    read_s: ClassVar[float] = 0.5
    look_again_s: ClassVar[float] = 1.0

    rounds_mean: ClassVar[float] = 3.0
    """How often a visit asks: parcels come under way meanwhile, keys rotate, and the shop gets busier."""
    rounds_most: ClassVar[int] = 8

    def come_in(self) -> bool:
        """As a leaver, as somebody who buys now, or as somebody seen to pay lately, who has waybills to look at."""
        self.leaves = self.rng.random() < self.leaver_share and self.leavers > 0
        # Whoever leaves has bought: their parcel is to arrive all the same, and its waybill to be emptied then.
        self.buys = self.leaves or self.rng.random() < self.buyer_share
        if self.leaves:
            name = self.adapter.customer(self.festival.shop["customers"] + 1 - self.rng.randint(1, self.leavers))
        else:
            name = self.adapter.customer(self.visitor()) if self.buys else self.somebody_who_paid()
        self.shop = self.adapter(self.client, self.festival, name)
        return self.shop.sign_in() is not None

    @property
    def leavers(self) -> int:
        customers: int = self.festival.shop["customers"]
        return customers - stayers(customers)

    def stay(self) -> None:
        if self.shop.profile() is None:
            return
        if self.buys:
            cart = self.cart()
            if cart is not None:
                self.buy(cart.wanted())
        key = self.festival.next_key()
        for _ in range(1 + self.some(self.rounds_mean - 1, self.rounds_most - 1)):
            self.think(self.read_s)
            export = self.insist(lambda: self.shop.export(key=key))
            if export is None:
                return
            self.think(self.read_s)
            self.shop.waybills(export)
            if not self.think(self.look_again_s):
                break
        if self.leaves:
            self.be_forgotten()

    def be_forgotten(self) -> None:
        key = self.festival.next_key()
        if self.insist(lambda: self.shop.erase(key=key)) is not None:
            self.shop.find_nothing(key=self.festival.next_key())
