"""A shop of your own as the festival's shoppers meet it: derive from `OwnShop` and write the steps your shop offers.

A step you leave out costs no request, and shoppers go on without it as well as they can; what a scenario cannot do
without is refused before the run. Orders and payments reach the buyers' journal and the business count by themselves.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal

from loadtests.crowd.visit import Festival, think
from loadtests.http.client import Client
from loadtests.shop.answers import (
    Cart,
    CartLine,
    FlashSale,
    Order,
    Parcel,
    Payment,
    Session,
    SkuDetail,
    SkuPage,
    WantedLine,
)
from loadtests.shop.operations import HUNG_UP
from loadtests.shop.own_dialogue import OwnDialogue, promise

__all__ = ["STEPS", "OwnShop", "left_out", "offers", "promise"]

STEPS: Mapping[str, str] = {
    "sign_in": "nobody signs in",
    "browse": "nothing is browsed",
    "search": "nothing is searched for",
    "view": "no article is viewed",
    "open_cart": "the cart is kept by the shopper",
    "add_to_cart": "the cart is kept by the shopper",
    "flash_sales": "there are no flash sales",
    "place_order": "nothing is ordered",
    "take_payment": "nothing is paid apart from the order",
    "payment": "a payment's answer is believed as it is",
    "my_order": "orders are not looked at again",
    "track": "parcels are not tracked",
}
"""What a shop may offer, and what it means if it does not."""
BELIEFS: Mapping[str, str] = {
    "pending": "pending",
    "posted": "paid",
    "voided": "declined",
    "refunding": "paid",
    "refunded": "paid",
}
"""What a buyer believes of a payment in each state: money that comes back was paid before."""


class OwnShop(OwnDialogue):
    """One shopper's dealings with a shop of your own: fulfils `ShopAdapter`, with every step left out.

    The steps are methods named as in `STEPS`; each asks by `self.ask` and returns what was served, or None.
    """

    known: ClassVar[Mapping[str, Any]] = {"customers": 1000, "skus": 100, "categories": ("",)}
    """How many customers and SKUs there are to choose from, and the categories to browse."""

    def __init__(self, client: Client, festival: Festival, buyer: str) -> None:
        super().__init__(client, festival.timeout_s)
        self.festival, self.buyer = festival, buyer
        self._counted: set[str] = set()
        self._cart: list[CartLine] = []
        self._keys: dict[str, tuple[str, Order]] = {}
        """The key that each payment was made under, and the order it is for."""

    @staticmethod
    def customer(number: int) -> str:
        """The customer of a number, from 1 to `known["customers"]`."""
        return str(number)

    @staticmethod
    def sku(rank: int) -> str:
        """The SKU of a rank of popularity, from 1 to `known["skus"]`."""
        return str(rank)

    # -- steps to write: each here is what happens without one -----------------------------------------------

    def sign_in(self) -> Session | None:
        """Come in. A shop with cookies needs no token; `self.client.headers` go with every request of the visit."""
        return Session(self.buyer, "none", math.inf)

    def browse(self, *, category: str | None = None, page: int = 1) -> SkuPage | None:
        return SkuPage([], page, 0, 0)

    def search(self, words: str, *, known: bool = False) -> SkuPage | None:
        """`known`: the words come from a title seen in this shop, so finding nothing is a broken promise."""
        return SkuPage([], 1, 0, 0)

    def view(self, sku: str) -> SkuDetail | None:
        return None

    def open_cart(self) -> Cart | None:
        return self._kept_cart()

    def add_to_cart(self, sku: str, quantity: int = 1) -> Cart | None:
        detail = self.view(sku)
        if detail is None:
            return None
        others = [line for line in self._cart if line.sku != sku]
        self._cart = [*others, CartLine(sku, detail.title, quantity, detail.price_fen)]
        return self._kept_cart()

    def flash_sales(self) -> list[FlashSale] | None:
        return []

    def place_order(self, lines: Sequence[WantedLine], key: str, flash_sale: str | None) -> Order | None:
        """Place an order under an idempotency key. Asked again with the key it must be the same order."""
        return None

    def take_payment(self, order: Order, key: str, method: str) -> Payment | None:
        """Pay an order in full; a state of "pending" has `payment` asked until it is another."""
        return Payment("with the order", order.order, order.payable_fen, "posted", None)

    def payment(self, payment: Payment) -> Payment | None:
        """How a payment stands now."""
        return payment

    def my_order(self, order: Order) -> Order | None:
        return order

    def track(self, order: Order) -> list[Parcel] | None:
        return []

    # -- what scenarios call: the steps, with the journal around them ----------------------------------------

    def order(
        self,
        lines: Sequence[WantedLine],
        flash_sale: str | None = None,
        *,
        key: str,
        patience_s: float | None = None,
        hang_up: bool = False,
    ) -> Order | None:
        """`ShopAdapter.order`, by way of `place_order`."""
        wanted_fen = sum(line.quantity * line.unit_price_fen for line in lines)
        self._note(key, "order", "trying", wanted_fen)
        with self._patience(patience_s, hang_up):
            order = self.place_order(lines, key, flash_sale)
        if order is None:
            self._note(key, "order", self._doubt(), wanted_fen)
            return None
        self._note(key, "order", "placed", order.payable_fen, order=order.order)
        if key not in self._counted:
            self._counted.add(key)
            self.festival.count(orders=1)
        return order

    def pay(
        self,
        order: Order,
        *,
        key: str,
        method: str = "alipay",
        patience_s: float | None = None,
        hang_up: bool = False,
    ) -> Payment | None:
        """`ShopAdapter.pay`, by way of `take_payment`."""
        if not offers(type(self), "take_payment"):
            return self.take_payment(order, key, method)
        self._note(key, "pay", "trying", order.payable_fen, order=order.order)
        with self._patience(patience_s, hang_up):
            payment = self.take_payment(order, key, method)
        self._believe(key, order, payment)
        if payment is not None:
            self._keys[payment.payment] = key, order
        return payment

    def await_payment(self, payment: Payment, pauses_s: Iterable[float]) -> Payment | None:
        """Ask after the payment, once after each pause, until it is decided; the last answer, or None."""
        latest: Payment | None = payment
        if payment.state != "pending" or not offers(type(self), "payment"):
            return latest
        for pause_s in pauses_s:
            think(pause_s)
            latest = self.payment(payment)
            if latest is not None and latest.state != "pending":
                self._believe(*self._keys[payment.payment], latest)
                break
        return latest

    # -- what the buyer believes -----------------------------------------------------------------------------

    def _believe(self, key: str, order: Order, payment: Payment | None) -> None:
        """Write down where a payment stands; it counts when first seen paid."""
        if payment is None:
            self._note(key, "pay", self._doubt(), order.payable_fen, order=order.order)
            return
        if payment.state not in BELIEFS:
            known = ", ".join(BELIEFS)
            raise ValueError(f'take_payment and payment give a state of {known}; "{payment.state}" is none of them')
        state = BELIEFS[payment.state]
        self._note(key, "pay", state, payment.amount_fen, order=order.order, payment=payment.payment)
        if state == "paid" and key not in self._counted:
            self._counted.add(key)
            self.festival.buyers.append(self.buyer)
            self.festival.count(payments=1, gmv_fen=payment.amount_fen)

    def _doubt(self) -> str:
        return "unknown" if self.refusal in (None, HUNG_UP) else "refused"

    def _note(self, key: str, step: Literal["order", "pay"], state: str, amount_fen: int, **more: str | None) -> None:
        code = None if state == "trying" else self.refusal
        self.festival.note(buyer=self.buyer, key=key, step=step, state=state, amount_fen=amount_fen, code=code, **more)

    def _kept_cart(self) -> Cart:
        return Cart(list(self._cart), sum(line.quantity * line.unit_price_fen for line in self._cart))


def offers(adapter: type, step: str) -> bool:
    """Whether a shop offers a step. An adapter that is no `OwnShop` offers them all; a cart needs only articles."""
    if not issubclass(adapter, OwnShop):
        return True
    steps = ("add_to_cart", "view") if step == "add_to_cart" else (step,)
    return any(getattr(adapter, name) is not getattr(OwnShop, name) for name in steps)


def left_out(adapter: type) -> list[str]:
    """What shoppers go without in this shop; a sentence, or none."""
    names = [step for step in STEPS if not offers(adapter, step)]
    means = dict.fromkeys(STEPS[step] for step in names)
    return [f"{adapter.__name__} offers no {', '.join(names)}: {', '.join(means)}"] if names else []
