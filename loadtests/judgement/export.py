"""What the buyers' side reads of the shop's export: orders, payments and the bank's statement."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec


class ExportError(Exception):
    """An export that cannot be held against a journal; the message is one sentence."""


class ExportedOrder(msgspec.Struct, frozen=True, gc=False):
    order: str
    buyer: str
    key: str
    state: str
    payable_fen: int
    outlet: str | None = None
    tender: str | None = None


class ExportedPayment(msgspec.Struct, frozen=True, gc=False):
    payment: str
    order: str
    key: str
    amount_fen: int
    state: str
    instalment: str = "whole"
    """Or the deposit or the balance of an order that is paid in two."""


class BankLine(msgspec.Struct, frozen=True, gc=False):
    payment: str
    captured_fen: int
    refunded_fen: int


class ExportedPickup(msgspec.Struct, frozen=True, gc=False):
    order: str
    state: str


class ExportedCoupon(msgspec.Struct, frozen=True, gc=False):
    coupon: str
    buyer: str


class ExportedStatement(msgspec.Struct, frozen=True, gc=False):
    merchant: str
    net_fen: int


class ExportedBatch(msgspec.Struct, frozen=True, gc=False):
    settlement: str
    statements: list[ExportedStatement]


class Lists(msgspec.Struct, frozen=True):
    """The part of GET /exports/snapshot that is read here; everything else in it is the audit's."""

    orders: list[ExportedOrder]
    payments: list[ExportedPayment]
    bank: list[BankLine]
    pickups: list[ExportedPickup] = []
    coupons: list[ExportedCoupon] = []
    settlements: list[ExportedBatch] = []


class Export:
    """One run's share of the shop's books. Raises ExportError if the snapshot lacks what is needed."""

    def __init__(self, run_id: str, snapshot: dict[str, Any]) -> None:
        try:
            lists = msgspec.convert(snapshot, Lists)
        except msgspec.ValidationError as error:
            raise ExportError(f"The export cannot be held against the journal: {error}.") from error
        self.order = {order.order: order for order in lists.orders}
        self.orders_by_key: defaultdict[str, list[ExportedOrder]] = defaultdict(list)
        for order in lists.orders:
            if order.key.startswith(f"{run_id}/"):
                self.orders_by_key[order.key].append(order)
        self.payment = {payment.payment: payment for payment in lists.payments}
        self.payment_by_key = {payment.key: payment for payment in lists.payments}
        self.payments_by_order: defaultdict[str, list[ExportedPayment]] = defaultdict(list)
        for payment in lists.payments:
            self.payments_by_order[payment.order].append(payment)
        self.pickup = {pickup.order: pickup for pickup in lists.pickups}
        self.coupon = {coupon.coupon: coupon for coupon in lists.coupons}
        self.net_fen = {
            (batch.settlement, statement.merchant): statement.net_fen
            for batch in lists.settlements
            for statement in batch.statements
        }
        """What each settlement states for a merchant."""
        self._bank = {line.payment: line for line in lists.bank}

    def payment_of(self, key: str, payment: str | None) -> ExportedPayment | None:
        """The payment a buyer was told, or the one made under the key if the answer never came."""
        return self.payment_by_key.get(key) if payment is None else self.payment.get(payment)

    def refunded_fen(self, order: str) -> int | None:
        """What the bank gave back of an order; None while a payment of it is still on its way back, or kept."""
        payments = self.payments_by_order.get(order, [])
        if any(payment.state in ("posted", "refunding", "pending") for payment in payments):
            return None
        return sum(line.refunded_fen for each in payments if (line := self._bank.get(each.payment)) is not None)

    def charged_fen(self, payment: ExportedPayment) -> int:
        """What the buyer is out of pocket, by the shop's books or by the bank's, whichever is more.

        Nothing while the shop is paying it back: whether a refund arrives is the audit's question.
        """
        if payment.state == "refunding":
            return 0
        line = self._bank.get(payment.payment)
        by_bank = line.captured_fen - line.refunded_fen if line is not None else 0
        return max(by_bank, payment.amount_fen if payment.state == "posted" else 0)
