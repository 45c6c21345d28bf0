"""The presale desk as a buyer meets it: a deposit now, the balance in its window, both of them in the journal."""

from __future__ import annotations

import time
from typing import NamedTuple
from urllib.parse import quote

from msgspec.json import Decoder

from loadtests.crowd.visit import Festival
from loadtests.http.client import Client
from loadtests.shop import operations
from loadtests.shop import presale_answers as promises
from loadtests.shop.answers import Payment, WantedLine
from loadtests.shop.operations import BUSY, Operation
from loadtests.shop.presale_answers import CLOCKS_APART_S, InstalmentPaid, Presale, PresaleOrder, Presales
from loadtests.shop.promises import Broken
from loadtests.shop.storefront import BELIEFS, Storefront

PRESALES = Operation("GET /presales", 200, Decoder(Presales))
ORDER = Operation("POST /orders", 201, Decoder(PresaleOrder), operations.ORDER.refusals)
PAY = Operation("POST /payments", 202, Decoder(InstalmentPaid), operations.PAY.refusals)
PAY_EARLY = Operation("POST /payments", 202, Decoder(InstalmentPaid), PAY.refusals | {"balance_not_open"})
PAY_LATE = Operation(
    "POST /payments", 202, Decoder(InstalmentPaid), PAY.refusals | {"balance_closed", "illegal_transition"}
)
"""After the last instant the order may be gone, and the shop may say so."""
PAY_TWICE = Operation("POST /payments", 202, Decoder(InstalmentPaid), PAY_LATE.refusals | {"already_paid"})
STANDING = Operation("GET /orders/{order}", 200, Decoder(PresaleOrder))
GIVE_UP = Operation("POST /orders/{order}/cancellations", 200, Decoder(PresaleOrder), BUSY | {"illegal_transition"})
"""Paid at the last moment, it cannot be given up any more."""


class Deposited(NamedTuple):
    """A deposit paid: whose, of what, for which order. It outlives the visit."""

    buyer: str
    presale: Presale
    order: PresaleOrder


class PresaleDesk(Storefront):
    """One buyer at the presale, for one visit."""

    __slots__ = ("_instalments", "_prices_fen")

    def __init__(self, client: Client, festival: Festival, buyer: str) -> None:
        super().__init__(client, festival, buyer)
        self._instalments: dict[str, str] = {}
        """Which instalment each payment is."""
        self._prices_fen: dict[str, int] = {}

    def twin(self) -> PresaleDesk:
        """The same buyer on a second device: shares the session."""
        return PresaleDesk(self.client, self.festival, self.buyer)

    def presales(self) -> list[Presale] | None:
        answer = self.ask(PRESALES, "/presales", promises.broken_presales)
        return None if answer is None else answer.presales

    def order_deposit(self, presale: Presale, quantity: int = 1, *, key: str) -> PresaleOrder | None:
        """Place the order whose deposit is to be paid next."""
        wanted = [WantedLine(presale.sku, quantity, presale.price_fen)]
        amount_fen = quantity * presale.price_fen
        told: str | None = None

        def broken(order: PresaleOrder) -> Broken | None:
            nonlocal told
            told = order.order
            return self._forgotten(self._orders, key, told) or promises.broken_deposit_order(
                order, self.buyer, presale, quantity, replayed=self.replayed
            )

        self._note(key, "order", "trying", amount_fen=amount_fen)
        body = {"lines": wanted, "presale": presale.presale}
        order = self.ask(ORDER, "/orders", broken, body=body, key=key)
        self._note(key, "order", "placed" if told else self._doubt(), order=told, amount_fen=amount_fen)
        if order is not None and key not in self._counted:
            self._counted.add(key)
            self.festival.count(orders=1)
        return order

    def pay_due(self, order: PresaleOrder, *, key: str, method: str = "alipay", twice: bool = False) -> Payment | None:
        """Pay what is due of an order: its deposit, or once that is paid its balance, if its window is open.

        `twice`: another device pays it as well, so that this one may be told that it is paid.
        """
        instalment = "balance" if order.state == "deposited" else "deposit"
        told: InstalmentPaid | None = None

        def broken(payment: InstalmentPaid) -> Broken | None:
            nonlocal told
            told = payment
            return self._forgotten(self._payments, key, payment.payment) or promises.broken_instalment(
                payment, order, instalment, replayed=self.replayed
            )

        self._note(key, "pay", "trying", order=order.order, amount_fen=order.due_fen)
        payment = self.ask(
            _paying(order, instalment, twice),
            "/payments",
            broken,
            body={"order": order.order, "amount_fen": order.due_fen, "method": method},
            key=key,
        )
        if payment is not None:
            self._pay_keys[payment.payment] = key
            self._instalments[payment.payment] = instalment
            self._prices_fen[payment.order] = order.payable_fen
            self._believe(payment)
            return payment
        state = "pending" if told else self._doubt()
        told_id = told.payment if told else None
        self._note(key, "pay", state, order=order.order, payment=told_id, amount_fen=order.due_fen)
        return None

    def standing(self, order: PresaleOrder, *states: str) -> PresaleOrder | None:
        """The order as it stands now, which must be in one of these states."""

        def broken(answer: PresaleOrder) -> Broken | None:
            return promises.broken_standing(answer, order, states)

        return self.ask(STANDING, f"/orders/{quote(order.order)}", broken)

    def give_up(self, deposit: Deposited) -> PresaleOrder | None:
        """Cancel; the deposit is back or lost, as the instant says."""
        asked_at = time.time()

        def broken(order: PresaleOrder) -> Broken | None:
            # The shop decided at some instant between asking and answering: what is wrong is wrong at both.
            first = promises.broken_ending(order, deposit.presale, asked_at)
            return first and promises.broken_ending(order, deposit.presale, time.time())

        return self.ask(GIVE_UP, f"/orders/{quote(deposit.order.order)}/cancellations", broken)

    def _believe(self, payment: Payment) -> None:
        """As in the storefront; but a deposit is no paid order, and a balance makes it one at its whole price."""
        state = BELIEFS[payment.state]
        code = payment.reason if state == "declined" else None
        key = self._pay_keys[payment.payment]
        paid_fen = payment.amount_fen
        self._note(key, "pay", state, order=payment.order, payment=payment.payment, amount_fen=paid_fen, code=code)
        if state == "paid" and payment.payment not in self._paid:
            self._paid.add(payment.payment)
            is_balance = self._instalments[payment.payment] == "balance"
            if is_balance:
                self.festival.buyers.append(self.buyer)
            self.festival.count(payments=1, gmv_fen=self._prices_fen[payment.order] if is_balance else 0)


def _paying(order: PresaleOrder, instalment: str, twice: bool) -> Operation[InstalmentPaid]:
    now = time.time()
    if twice:
        return PAY_TWICE
    if now >= order.pay_before - CLOCKS_APART_S:
        return PAY_LATE
    is_early = instalment == "balance" and now < order.balance_opens_at + CLOCKS_APART_S
    return PAY_EARLY if is_early else PAY
