"""What buyers have in common: fill a cart, place the order, pay it, wait for the money to move, look at the order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, TypeVar

from loadtests.scenarios.festival_shopper import FestivalShopper
from loadtests.shop.answers import Cart, Order, Payment, WantedLine
from loadtests.shop.operations import COME_AGAIN
from loadtests.shop.shop_adapter import ShopAdapter

T = TypeVar("T")

METHODS = ("alipay", "card", "wallet")
METHOD_WEIGHTS = (80, 10, 10)
"""Ours: how payments split by method on the day was never published."""


class Buyer(FestivalShopper):
    """A shopper who came to buy."""

    abstract = True
    tries: ClassVar[int] = 3
    """Times an order or a payment is sent, always with its one key, while the shop only says "not now"."""
    try_again_s: ClassVar[float] = 0.5
    checkout_s: ClassVar[float] = 0.3
    """Mean think time between the order and its payment."""
    polls: ClassVar[int] = 7
    first_poll_s: ClassVar[float] = 0.2
    longest_poll_s: ClassVar[float] = 1.0
    track_share: ClassVar[float] = 0.2
    items_most: ClassVar[int] = 3

    def buy(self, lines: Sequence[WantedLine], flash_sale: str | None = None) -> Order | None:
        """Order, pay and see it through; the order, or None: then `self.shop.refusal` says why, if the shop did."""
        order = self.place(lines, flash_sale)
        if order is None:
            return None
        self.think(self.checkout_s)
        payment = self.pay(order)
        if payment is not None:
            self.see_through(order, payment)
        return order

    def place(self, lines: Sequence[WantedLine], flash_sale: str | None = None) -> Order | None:
        key = self.festival.next_key()
        return self.insist(lambda: self.shop.order(lines, flash_sale, key=key))

    def pay(self, order: Order) -> Payment | None:
        key = self.festival.next_key()
        method = self.method()
        return self.insist(lambda: self.shop.pay(order, key=key, method=method))

    def insist(self, step: Callable[[], T | None], desk: ShopAdapter | None = None) -> T | None:
        """Take a step again, a few times, while the shop says that now is not the time."""
        for _ in range(self.tries - 1):
            answer = step()
            if answer is not None or (desk or self.shop).refusal not in COME_AGAIN:
                return answer
            self.think(self.try_again_s)
        return step()

    def see_through(self, order: Order, payment: Payment) -> None:
        """Wait for the payment to be decided, as long as a buyer would; then look at the order, perhaps its parcels."""
        settled = self.shop.await_payment(payment, self.poll_pauses_s())
        if settled is None or settled.state != "posted" or self.shop.my_order(order) is None:
            return
        if self.rng.random() < self.track_share:
            self.think(self.checkout_s)
            self.shop.track(order)

    def poll_pauses_s(self) -> Iterator[float]:
        """Pauses that double up to a bound, each a little different so that buyers don't march in step."""
        pause_s = self.first_poll_s
        for _ in range(self.polls):
            yield pause_s * self.rng.uniform(0.8, 1.2)
            pause_s = min(2 * pause_s, self.longest_poll_s)

    def method(self) -> str:
        return self.rng.choices(METHODS, METHOD_WEIGHTS)[0]

    def cart(self) -> Cart | None:
        """The full cart; somebody who bought all of it on an earlier visit puts 1-3 items in first."""
        cart = self.shop.open_cart()
        if cart is None or cart.lines:
            return cart
        for _ in range(self.rng.randint(1, self.items_most)):
            cart = self.shop.add_to_cart(self.wanted_sku())
            if cart is None:
                return None
        return cart
