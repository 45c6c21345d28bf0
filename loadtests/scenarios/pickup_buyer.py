"""Reserves something online in an outlet, pays, and fetches it there with a code; some never come.

At the counter stands the outlet's clerk, with a session of the clerk's own. Some codes are tried that must not work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from loadtests.scenarios.buyer import Buyer
from loadtests.shop.answers import WantedLine
from loadtests.shop.clerk_desk import ClerkDesk
from loadtests.shop.operations import COME_AGAIN
from loadtests.shop.outlet_answers import OutletOrder, Pickup, Shelf
from loadtests.shop.outlet_desk import OutletDesk

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 10


class PickupBuyer(Buyer):
    """Without a set-up nobody stands at the counter: then the goods are paid for and left to expire."""

    weight = 1
    adapter = OutletDesk
    choose_s: ClassVar[float] = 0.5
    way_s: ClassVar[float] = 2.0
    """From the code to the counter."""
    never_comes_share: ClassVar[float] = 0.12
    gives_up_share: ClassVar[float] = 0.05
    wrong_code_share: ClassVar[float] = 0.03
    """Mistyped first: few, for an outlet that hears too many takes none for a while."""
    elsewhere_share: ClassVar[float] = 0.02
    """In the wrong outlet first, where the code is as unknown as one made up."""
    twice_share: ClassVar[float] = 0.2
    """The clerk taps twice: one hand-over. As many try the spent code again: none."""
    second_share: ClassVar[float] = 0.3
    looks: ClassVar[int] = 6
    look_again_s: ClassVar[float] = 0.4

    shop: OutletDesk

    def stay(self) -> None:
        outlets = self.festival.shop.get("outlets", {}).get("outlets", ())
        chosen: dict[str, Any] | None = self.rng.choice(outlets) if outlets else None
        if chosen is None:
            return
        order = self.reserve_in(chosen["city"], chosen["outlet"])
        if order is None or not self.think(self.checkout_s):
            return
        payment = self.pay(order)
        settled = self.shop.await_payment(payment, self.poll_pauses_s()) if payment is not None else None
        if settled is None or settled.state != "posted":
            return
        pickup = self.await_goods(order, chosen["outlet"])
        if pickup is not None:
            self.come_for(order, pickup, chosen)

    def reserve_in(self, city: str, outlet: str) -> OutletOrder | None:
        """Choose an outlet in town and something from its shelf."""
        if self.shop.outlets(city) is None or not self.think(self.choose_s):
            return None
        shelf = self.shop.shelf(outlet)
        if shelf is None or not self.think(self.choose_s):
            return None
        wanted = self.choice(shelf)
        key = self.festival.next_key()
        return self.insist(lambda: self.shop.reserve(outlet, wanted, key=key)) if wanted else None

    def choice(self, shelf: Shelf) -> Sequence[WantedLine]:
        """One thing or two of those that are there, rather the popular ones; the hottest are few, and raced for."""
        there = [line for line in shelf.skus if line.free]
        if not there:
            return ()
        chosen = {self.rng.choice(there[: max(1, len(there) // 3)]).sku}
        if self.rng.random() < self.second_share:
            chosen.add(self.rng.choice(there).sku)
        return [WantedLine(line.sku, 1, line.price_fen) for line in there if line.sku in chosen]

    def await_goods(self, order: OutletOrder, outlet: str) -> Pickup | None:
        """Until the goods wait and there is a code, as long as a buyer would look."""
        for _ in range(self.looks):
            pickup = self.shop.pickup(order, outlet)
            if pickup is None or pickup.state not in ("not_ready", "waiting"):
                return None
            if pickup.code is not None:
                return pickup
            if not self.think(self.look_again_s):
                return None
        return None

    def come_for(self, order: OutletOrder, pickup: Pickup, chosen: dict[str, Any]) -> None:
        chance = self.rng.random()
        if chance < self.never_comes_share or not self.think(self.way_s):
            return
        if chance < self.never_comes_share + self.gives_up_share:
            self.shop.give_up(order, key=self.festival.next_key())
            return
        if self.rng.random() < self.elsewhere_share:
            self.try_elsewhere(pickup, chosen)
        clerk = ClerkDesk(self.client, self.festival, chosen["outlet"], chosen["secret"])
        if clerk.sign_in() is not None and self.fetched(clerk, order, pickup):
            self.shop.come_back()
            self.shop.my_order(order)
            self.shop.pickup(order, chosen["outlet"])

    def try_elsewhere(self, pickup: Pickup, chosen: dict[str, Any]) -> None:
        """Bring the code to an outlet in which nothing waits for it."""
        others = [each for each in self.festival.shop["outlets"]["outlets"] if each["outlet"] != chosen["outlet"]]
        if others:
            other = self.rng.choice(others)
            clerk = ClerkDesk(self.client, self.festival, other["outlet"], other["secret"])
            if clerk.sign_in() is not None:
                clerk.try_code(pickup.code or "", key=self.festival.next_key())

    def fetched(self, clerk: ClerkDesk, order: OutletOrder, pickup: Pickup) -> bool:
        code, collect_before = pickup.code or "", pickup.collect_before or 0.0
        if self.rng.random() < self.wrong_code_share:
            clerk.try_code("".join(self.rng.choices(LETTERS, k=CODE_LENGTH)), key=self.festival.next_key())
        key = self.festival.next_key()
        given = clerk.hand_over(code, order, collect_before, key=key)
        if given is None and clerk.refusal in COME_AGAIN and self.think(self.try_again_s):
            given = clerk.hand_over(code, order, collect_before, key=key)
        if given is not None and self.rng.random() < self.twice_share:
            clerk.hand_over(code, order, collect_before, key=key)
            clerk.try_code(code, key=self.festival.next_key())
        return given is not None
