"""A payment: the bank says posted or declined, once or five times, soon or late.

pending --> posted --> refunding --> refunded
   `--> voided
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
from msgspec.structs import replace

from mock_platform.domain.errors import AlreadyPaid, AmountMismatch, IllegalTransition, MalformedRequest
from mock_platform.domain.order import Order, OrderState


class PaymentState(StrEnum):
    PENDING = "pending"
    POSTED = "posted"
    VOIDED = "voided"
    REFUNDING = "refunding"
    REFUNDED = "refunded"


MOVES: dict[PaymentState, frozenset[PaymentState]] = {
    PaymentState.PENDING: frozenset({PaymentState.POSTED, PaymentState.VOIDED}),
    PaymentState.POSTED: frozenset({PaymentState.REFUNDING}),
    PaymentState.REFUNDING: frozenset({PaymentState.REFUNDED}),
    PaymentState.VOIDED: frozenset(),
    PaymentState.REFUNDED: frozenset(),
}
UNDER_WAY = frozenset({PaymentState.PENDING, PaymentState.REFUNDING})
METHODS = frozenset({"alipay", "card", "wallet"})


class Outcome(StrEnum):
    """What the bank says of a payment."""

    POSTED = "posted"
    DECLINED = "declined"


class Payment(msgspec.Struct, frozen=True, gc=False):
    payment: str
    order: str
    buyer: str
    key: str
    amount_fen: int
    method: str
    state: PaymentState
    history: tuple[tuple[str, float], ...]
    reason: str | None = None
    """Why it was declined."""

    @property
    def asked_at(self) -> float:
        return self.history[0][1]

    def moved(self, to: PaymentState, at: float, reason: str | None = None) -> Payment:
        if to not in MOVES[self.state]:
            raise IllegalTransition(f"payment {self.payment} is {self.state.value}, it cannot become {to.value}")
        return replace(self, state=to, history=(*self.history, (to.value, at)), reason=reason)


class StatementLine(msgspec.Struct, frozen=True, gc=False):
    """What the bank's own books say of one payment."""

    payment: str
    order: str
    captures: int
    captured_fen: int
    refunded_fen: int


def check_method(method: str) -> None:
    if method not in METHODS:
        raise MalformedRequest(f"a payment method is one of {', '.join(sorted(METHODS))}")


def new_payment(payment: str, order: Order, key: str, amount_fen: int, method: str, at: float) -> Payment:
    """A payment for this order, or why it may not be paid: AlreadyPaid, IllegalTransition, AmountMismatch."""
    if order.state is OrderState.CANCELLED:
        raise IllegalTransition(f"order {order.order} is cancelled, it cannot become paid")
    if order.state is not OrderState.PLACED:
        raise AlreadyPaid(f"order {order.order} is paid already")
    if order.payment is not None:
        raise AlreadyPaid(f"order {order.order} has a payment under way")
    if amount_fen != order.payable_fen:
        raise AmountMismatch(f"order {order.order} costs {order.payable_fen} fen, not {amount_fen}")
    return Payment(payment, order.order, order.buyer, key, amount_fen, method, PaymentState.PENDING, (("pending", at),))
