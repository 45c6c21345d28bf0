"""The mock platform as a shopper meets it: the one place of the load side that knows its URLs. Hot path.

Every step is one request, one Locust name and one verdict on the *body*: served as promised, refused rightly,
or failed. Orders and payments go into the buyers' journal before they are tried and once they are answered.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from loadtests.crowd.visit import Festival, think
from loadtests.http.client import Client
from loadtests.shop import operations, promises
from loadtests.shop.answers import (
    Cart,
    FlashSale,
    Order,
    Parcel,
    Payment,
    Session,
    SkuDetail,
    SkuPage,
    WantedLine,
)
from loadtests.shop.dialogue import Dialogue
from loadtests.shop.operations import HUNG_UP
from loadtests.shop.promises import Broken

BELIEFS = {
    "pending": "pending",
    "posted": "paid",
    "refunding": "paid",
    "refunded": "paid",
    "voided": "declined",
}
PER_PAGE = 20


class Storefront(Dialogue):
    """One buyer in the shop, for one visit."""

    known: ClassVar[Mapping[str, Any]] = {}
    """Nothing beforehand: the mock platform says itself what was seeded."""
    __slots__ = ("_counted", "_orders", "_paid", "_pay_keys", "_payments", "buyer", "festival")

    def __init__(self, client: Client, festival: Festival, buyer: str) -> None:
        super().__init__(client, festival.timeout_s)
        self.festival = festival
        self.buyer = buyer
        self.device = f"device of {buyer}"  # always the same: people have one
        self._orders: dict[str, str] = {}
        """The first order that each key was answered with; payments likewise."""
        self._payments: dict[str, str] = {}
        self._pay_keys: dict[str, str] = {}
        self._counted: set[str] = set()
        self._paid: set[str] = set()

    @staticmethod
    def customer(number: int) -> str:
        return f"C{number:07d}"

    @staticmethod
    def sku(rank: int) -> str:
        return f"S{rank:07d}"

    # -- looking around --------------------------------------------------------------------------------------

    def sign_in(self) -> Session | None:
        """Open a session and carry its token from now on."""
        self.leave_session()
        session = self.ask_once(
            operations.SIGN_IN,
            "/customers/sessions",
            lambda session: promises.broken_session(session, self.buyer, time.time()),
            body={"customer": self.buyer},
        )
        if session is not None:
            self.carry(session)
        return session

    def browse(self, *, category: str | None = None, page: int = 1) -> SkuPage | None:
        query: dict[str, str | int] = {"page": page, "per_page": PER_PAGE}
        if category is not None:
            query["category"] = category
        return self.ask(
            operations.BROWSE,
            f"/skus?{urlencode(query)}",
            lambda answer: promises.broken_page(answer, page, PER_PAGE, category),
        )

    def search(self, words: str, *, known: bool = False) -> SkuPage | None:
        query = urlencode({"q": words, "page": 1, "per_page": PER_PAGE})
        return self.ask(
            operations.SEARCH,
            f"/skus?{query}",
            lambda answer: promises.broken_search(answer, words, PER_PAGE, known=known),
        )

    def view(self, sku: str) -> SkuDetail | None:
        return self.ask(operations.VIEW, f"/skus/{quote(sku)}", lambda answer: promises.broken_detail(answer, sku))

    def open_cart(self) -> Cart | None:
        return self.ask(operations.OPEN_CART, "/carts/mine", promises.broken_cart)

    def add_to_cart(self, sku: str, quantity: int = 1) -> Cart | None:
        """Have exactly `quantity` units of a SKU in the cart."""
        return self.ask(
            operations.ADD_TO_CART,
            f"/carts/mine/lines/{quote(sku)}",
            lambda answer: promises.broken_addition(answer, sku, quantity),
            body={"quantity": quantity},
        )

    def flash_sales(self) -> list[FlashSale] | None:
        answer = self.ask(operations.FLASH_SALES, "/flash-sales", promises.broken_sales)
        return None if answer is None else answer.flash_sales

    # -- buying ----------------------------------------------------------------------------------------------

    def order(
        self,
        lines: Sequence[WantedLine],
        flash_sale: str | None = None,
        *,
        key: str,
        patience_s: float | None = None,
        hang_up: bool = False,
    ) -> Order | None:
        """Place an order; see `ShopAdapter.order`. Its first good acknowledgement counts as business."""
        # Promotions make an order cheaper than its cart; by how much only a quote would have told.
        is_told = flash_sale is not None or not self.festival.shop.get("promotions")
        told_fen = promises.sum_fen(lines) if is_told else None
        told: Order | None = None

        def broken(order: Order) -> Broken | None:
            nonlocal told
            told = order
            return self._forgotten(self._orders, key, order.order) or promises.broken_order(
                order, self.buyer, lines, flash_sale, replayed=self.replayed, told_fen=told_fen
            )

        self._note(key, "order", "trying", amount_fen=told_fen or 0)
        order = self.ask(
            operations.ORDER,
            "/orders",
            broken,
            body={"lines": lines, "flash_sale": flash_sale},
            key=key,
            patience_s=patience_s,
            hang_up=hang_up,
        )
        # Even with a broken promise in it, the answer was that the order exists: the books are held to that.
        return self._acknowledged(key, order, told, told_fen)

    def pay(
        self,
        order: Order,
        *,
        key: str,
        method: str = "alipay",
        patience_s: float | None = None,
        hang_up: bool = False,
    ) -> Payment | None:
        """Pay an order in full. Mostly the answer is "pending": `await_payment` tells how it ended."""
        told: Payment | None = None

        def broken(payment: Payment) -> Broken | None:
            nonlocal told
            told = payment
            return self._forgotten(self._payments, key, payment.payment) or promises.broken_payment(
                payment, order, replayed=self.replayed
            )

        self._note(key, "pay", "trying", order=order.order, amount_fen=order.payable_fen)
        payment = self.ask(
            operations.PAY_LATE if time.time() >= order.pay_before else operations.PAY,
            "/payments",
            broken,
            body={"order": order.order, "amount_fen": order.payable_fen, "method": method},
            key=key,
            patience_s=patience_s,
            hang_up=hang_up,
        )
        if payment is not None:
            self._pay_keys[payment.payment] = key
            self._believe(payment)
        else:
            self._note(
                key,
                "pay",
                "pending" if told else self._doubt(),
                order=order.order,
                payment=told.payment if told else None,
                amount_fen=order.payable_fen,
            )
        return payment

    def await_payment(self, payment: Payment, pauses_s: Iterable[float]) -> Payment | None:
        """Ask after a payment, once after each pause, until it is decided; the last answer, or None."""
        latest: Payment | None = payment
        for pause_s in pauses_s:
            if latest is not None and latest.state != "pending":
                break
            think(pause_s)
            latest = self.ask(
                operations.PAYMENT,
                f"/payments/{quote(payment.payment)}",
                lambda answer: promises.broken_progress(answer, payment),
            )
            if latest is not None and latest.state != "pending":
                self._believe(latest)
        return latest

    def my_order(self, order: Order) -> Order | None:
        paid = order.order in self._paid
        return self.ask(
            operations.MY_ORDER,
            f"/orders/{quote(order.order)}",
            lambda answer: promises.broken_copy(answer, order, paid=paid),
        )

    def track(self, order: Order) -> list[Parcel] | None:
        answer = self.ask(
            operations.TRACK,
            f"/shipments?order={quote(order.order)}",
            lambda parcels: promises.broken_parcels(parcels, order),
        )
        return None if answer is None else answer.shipments

    # -- what the buyer believes -----------------------------------------------------------------------------

    def _forgotten(self, answers: dict[str, str], key: str, answer: str) -> Broken | None:
        """A key is answered with one order or payment, for good; asked again, the answer says that it is a replay."""
        first = answers.get(key)
        if first is None:
            answers[key] = answer
        elif answer != first:
            return Broken("one key was answered with two different things", f"{key}: {first} and {answer}")
        elif not self.replayed:
            return Broken("a second answer under one key is not marked as a replay", f"{key}: {answer}")
        return None

    def _acknowledged(self, key: str, order: Order | None, told: Order | None, told_fen: int | None) -> Order | None:
        """`order` is what was told, if it holds what was promised."""
        amount_fen = told_fen or (told.payable_fen if told else 0)
        name = told.order if told else None
        self._note(key, "order", "placed" if told else self._doubt(), order=name, amount_fen=amount_fen)
        if order is not None and key not in self._counted:
            self._counted.add(key)
            self.festival.count(orders=1)
        return order

    def _doubt(self) -> str:
        """No answer that names an order: refused, if the shop said so; else only its books can tell."""
        return "unknown" if self.refusal in (None, HUNG_UP) else "refused"

    def _believe(self, payment: Payment) -> None:
        """Write down where a payment stands; it counts when first seen paid, for GMV is paid orders."""
        state = BELIEFS[payment.state]
        self._note(
            self._pay_keys[payment.payment],
            "pay",
            state,
            order=payment.order,
            payment=payment.payment,
            amount_fen=payment.amount_fen,
            code=payment.reason if state == "declined" else None,
        )
        if state == "paid" and payment.order not in self._paid:
            self._paid.add(payment.order)
            self.festival.buyers.append(self.buyer)
            self.festival.count(payments=1, gmv_fen=payment.amount_fen)

    def _note(
        self,
        key: str,
        step: str,
        state: str,
        *,
        amount_fen: int,
        order: str | None = None,
        payment: str | None = None,
        code: str | None = None,
    ) -> None:
        answered = state != "trying"
        self.festival.note(
            buyer=self.buyer,
            key=key,
            step=step,
            state=state,
            order=order,
            payment=payment,
            amount_fen=amount_fen,
            code=code or (self.refusal if answered else None),
            replayed=answered and self.replayed,
        )
