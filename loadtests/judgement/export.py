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


class Lists(msgspec.Struct, frozen=True):
    """The part of GET /exports/snapshot that is read here; everything else in it is the audit's."""

    orders: list[ExportedOrder]
    payments: list[ExportedPayment]
    bank: list[BankLine]


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
        self._bank = {line.payment: line for line in lists.bank}

    def payment_of(self, key: str, payment: str | None) -> ExportedPayment | None:
        """The payment a buyer was told, or the one made under the key if the answer never came."""
        return self.payment_by_key.get(key) if payment is None else self.payment.get(payment)

    def charged_fen(self, payment: ExportedPayment) -> int:
        """What the buyer is out of pocket, by the shop's books or by the bank's, whichever is more.

        Nothing while the shop is paying it back: whether a refund arrives is the audit's question.
        """
        if payment.state == "refunding":
            return 0
        line = self._bank.get(payment.payment)
        by_bank = line.captured_fen - line.refunded_fen if line is not None else 0
        return max(by_bank, payment.amount_fen if payment.state == "posted" else 0)
