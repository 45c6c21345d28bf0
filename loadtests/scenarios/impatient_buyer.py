"""Hangs up, taps twice, sends again, always with the same key: whatever happens it must be one order and one payment.

Two kinds of giving up are kept apart. Patience (1-2 s, far above a healthy answer) that runs out is the shop's failure.
A hang-up is this buyer's own doing, a few milliseconds after sending: recorded as refused, `hung_up`, with its true
time. It hides nothing, for the same request is sent again with full patience and judged then.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import ClassVar, TypeVar

from loadtests.scenarios.buyer import Buyer
from loadtests.shop.answers import Order, Payment, WantedLine
from loadtests.shop.operations import COME_AGAIN

T = TypeVar("T")


class ImpatientBuyer(Buyer):
    """Exercises the idempotency keys; believes at last that the order is placed, refused, or cannot know."""

    weight = 1
    tries = 4
    try_again_s = 0.1
    checkout_s = 0.1
    patience_s: ClassVar[tuple[float, float]] = (1.0, 2.0)
    hang_up_share: ClassVar[float] = 0.4
    """Of orders and payments, how many are hung up on at the first try."""
    hang_up_after_s: ClassVar[tuple[float, float]] = (0.0002, 0.02)
    """Each order of magnitude as likely: a healthy shop answers within a millisecond, a busy one within ten."""
    tap_twice_share: ClassVar[float] = 0.3
    """Of orders and payments that were answered, how many are sent once more all the same."""

    def stay(self) -> None:
        cart = self.cart()
        if cart is not None:
            self.buy(cart.wanted())

    def place(self, lines: Sequence[WantedLine], flash_sale: str | None = None) -> Order | None:
        key = self.festival.next_key()
        return self.hurry(
            lambda patience_s, hang_up: self.shop.order(
                lines, flash_sale, key=key, patience_s=patience_s, hang_up=hang_up
            )
        )

    def pay(self, order: Order) -> Payment | None:
        key = self.festival.next_key()
        method = self.method()
        return self.hurry(
            lambda patience_s, hang_up: self.shop.pay(
                order, key=key, method=method, patience_s=patience_s, hang_up=hang_up
            )
        )

    def hurry(self, send: Callable[[float, bool], T | None]) -> T | None:
        """Send until answered or refused for good, at most `tries` times; sometimes once more after that."""
        answer: T | None = None
        for nth in range(self.tries):
            hang_up = nth == 0 and self.rng.random() < self.hang_up_share
            answer = send(self.hang_up_s() if hang_up else self.rng.uniform(*self.patience_s), hang_up)
            if answer is not None or not self.in_doubt():
                break
            self.think(self.try_again_s)
        if answer is not None and self.rng.random() < self.tap_twice_share:
            answer = send(self.rng.uniform(*self.patience_s), False) or answer
        return answer

    def hang_up_s(self) -> float:
        soonest_s, latest_s = self.hang_up_after_s
        return math.exp(self.rng.uniform(math.log(soonest_s), math.log(latest_s)))

    def in_doubt(self) -> bool:
        """No word from the shop, or none that lasts."""
        return self.shop.refusal is None or self.shop.refusal in COME_AGAIN
