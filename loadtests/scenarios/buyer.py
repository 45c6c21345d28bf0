"""What buyers have in common: fill a cart, place the order, pay it, wait for the money to move, look at the order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from statistics import NormalDist
from typing import ClassVar, TypeVar

import msgspec

from loadtests.crowd.visit import Visit, think
from loadtests.plan.balances import EVE
from loadtests.scenarios.festival_shopper import FestivalShopper
from loadtests.shop.answers import Cart, CartLine, Order, Payment, WantedLine
from loadtests.shop.operations import COME_AGAIN
from loadtests.shop.promotions_setup import EVERY_FEN, SAVES_FEN
from loadtests.shop.shop_adapter import ShopAdapter

T = TypeVar("T")

UNITS_MOST = 20
BASKET_STRIDE = math.sqrt(2)
"""Spreads baskets evenly over buyers in the order in which they choose: any few in a row spend what they should."""

METHODS = ("alipay", "card", "wallet")
METHOD_WEIGHTS = (80, 10, 10)
"""Ours: how payments split by method on the day was never published."""


class Buyer(FestivalShopper):
    """A shopper who came to buy."""

    abstract = True
    needs = ("add_to_cart", "place_order")
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
    basket_fen: ClassVar[int] = 20_000
    """What an average order is worth: 184-208 yuan, 2014-2019. Held to where the run's shape has curves of its own."""
    basket_spread: ClassVar[float] = 0.4
    """Sigma of the lognormal baskets; ours, as only the mean was published."""
    _thrift: tuple[Visit, float] | None = None

    def buy(self, lines: Sequence[WantedLine], flash_sale: str | None = None) -> Order | None:
        """Order, pay and see it through; the order, or None: then `self.shop.refusal` says why, if the shop did."""
        order = self.place(lines, flash_sale)
        if order is None:
            return None
        self.think_before_paying()
        payment = self.pay(order)
        if payment is not None:
            self.see_through(order, payment)
        return order

    def place(self, lines: Sequence[WantedLine], flash_sale: str | None = None) -> Order | None:
        key = self.festival.next_key()
        return self.insist(lambda: self.shop.order(lines, flash_sale, key=key))

    def think_before_paying(self) -> None:
        """A moment; after midnight longer, for payments come slower than orders, and the first to order pay first."""
        crowd = self.festival.crowd
        lag_s = 0.0 if crowd is None else crowd.pay_lag_s(self.festival.run_s())
        if lag_s:
            think(lag_s + self.pause_s(self.checkout_s))
        else:
            self.think(self.checkout_s)

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
            return cart and self.within_basket(cart)
        for _ in range(self.rng.randint(1, self.items_most)):
            cart = self.shop.add_to_cart(self.wanted_sku())
            if cart is None:
                return None
        return cart and self.within_basket(cart)

    def within_basket(self, cart: Cart) -> Cart:
        """The cart with as many units of each line as this buyer means to spend; at least one of something."""
        crowd = self.festival.crowd
        if crowd is None or not cart.lines:
            return cart
        meant_fen = self.basket_fen * crowd.basket(self.festival.run_s()) * self.thrift()
        carried_fen = self.carried_fen(meant_fen)
        budget_fen = meant_fen + carried_fen
        if self.festival.shop.get("promotions"):
            budget_fen += budget_fen // (EVERY_FEN - SAVES_FEN) * SAVES_FEN  # what is saved is spent as well
        lines, left_fen = affordable(cart.lines, budget_fen)
        if self.carries:
            unspent_fen = self.unspent_fen() - carried_fen + left_fen
            unspent_fen = min(self.basket_fen, max(-self.basket_fen, unspent_fen))
            self.festival.unspent = self.festival.phase(), unspent_fen
        return Cart(lines, sum(line.quantity * line.unit_price_fen for line in lines))

    @property
    def carries(self) -> bool:
        """Whether what prices do not let this buyer spend is left to the next: at even arrivals the money is even too.

        Not for those who wait for midnight: they choose many times, and order all at once.
        """
        return self.festival.schedule.arrivals == "even" and self.festival.phase() != EVE

    def carried_fen(self, meant_fen: float) -> float:
        """Of what earlier buyers left over or overspent, at most half of what this one means to spend.

        More than an average basket is not carried: that was one very dear thing, and is nobody else's business.
        """
        return min(meant_fen / 2, max(-meant_fen / 2, self.unspent_fen())) if self.carries else 0.0

    def unspent_fen(self) -> float:
        """Of this phase alone: where a second stands for nine times as much, money of the last would, too."""
        phase, unspent_fen = self.festival.unspent
        return unspent_fen if phase == self.festival.phase() else 0.0

    def thrift(self) -> float:
        """What this buyer spends of an average basket, for the whole visit; evenly spread where arrivals are even."""
        if self._thrift is None or self._thrift[0] is not self.visit:
            if self.festival.schedule.arrivals == "even":
                share = self.festival.next_spender() * BASKET_STRIDE
            else:
                share = self.rng.random()
            self._thrift = self.visit, self.thrift_of(share)
        return self._thrift[1]

    @classmethod
    def thrift_of(cls, share: float) -> float:
        """The basket that this share of buyers (less whole numbers) stays below: lognormal, with mean 1."""
        drawn = NormalDist().inv_cdf(min(max(share % 1.0, 1e-3), 1 - 1e-3))
        return math.exp(cls.basket_spread * drawn - cls.basket_spread**2 / 2)


def affordable(cart: Sequence[CartLine], budget_fen: float) -> tuple[list[CartLine], float]:
    """As many units of each line as the budget allows, dearest first, and what is left; below zero if overspent."""
    left_fen = budget_fen
    dearest_first = sorted(cart, key=lambda line: -line.unit_price_fen)
    lines: list[CartLine] = []
    for line in dearest_first:
        is_last = line is dearest_first[-1]
        units = max(0.0, left_fen) / line.unit_price_fen
        quantity = min(UNITS_MOST, round(units) if is_last else int(units))
        if is_last and not lines:
            quantity = max(1, quantity)
        if quantity:
            lines.append(msgspec.structs.replace(line, quantity=quantity))
            left_fen -= quantity * line.unit_price_fen
    return lines, left_fen
