"""Comes with a full cart. Before midnight: refreshes it, and submits as the clock strikes; later: submits at once."""

from __future__ import annotations

from typing import ClassVar

from loadtests.crowd.visit import think
from loadtests.scenarios.buyer import Buyer
from loadtests.shop.answers import Cart

BEFORE, STRIKE = "countdown", "zero_hour"
"""Names of phases: the wait and the stroke that ends it."""


class CartLoadedBuyer(Buyer):
    """At midnight carts are full already: a buyer submits and pays at once."""

    weight = 3
    refresh_s: ClassVar[float] = 2.0
    """Mean time between two looks at the cart before midnight."""
    reaction_s: ClassVar[float] = 0.9
    """Mean time from the stroke of midnight to the tap on "submit": orders peak within half a minute, not at once.
    Half a minute is two seconds of a run that gives a quarter of 100 s to midnight's six minutes."""

    def stay(self) -> None:
        cart = self.cart()
        if cart is None:
            return
        cart = self.wait_for_midnight(cart)
        if self.buy(cart.wanted()) is None and self.shop.refusal == "price_changed":
            cart = self.shop.open_cart()
            if cart is not None and cart.lines:
                self.buy(self.within_basket(cart).wanted())

    def wait_for_midnight(self, cart: Cart) -> Cart:
        """The cart as last seen before the stroke; at once in any other phase."""
        if self.festival.phase() != BEFORE:
            return cart
        while (left_s := self.festival.s_until(STRIKE)) > 0:
            pause_s = self.pause_s(self.refresh_s)
            if pause_s >= left_s:
                # One pause to the stroke and the reaction, so that the order is due then and not when we woke up.
                think(left_s + self.pause_s(self.reaction_s))
                break
            think(pause_s)
            latest = self.shop.open_cart()
            if latest is not None and latest.lines:
                cart = self.within_basket(latest)
        return cart
