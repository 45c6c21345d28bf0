"""A payment, of an order or one instalment of it: the bank says posted or declined, once or five times, soon or late.

pending --> posted --> refunding --> refunded
   `--> voided
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
from msgspec.structs import replace

from mock_platform.domain.errors import (
    AlreadyPaid,
    AmountMismatch,
    BalanceClosed,
    BalanceNotOpen,
    IllegalTransition,
    MalformedRequest,
)
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


class Instalment(StrEnum):
    """What of an order's price a payment is over."""

    WHOLE = "whole"
    DEPOSIT = "deposit"
    BALANCE = "balance"


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
    instalment: Instalment = Instalment.WHOLE

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
    """A payment of what is due of this order, or why it may not be paid.

    AlreadyPaid, IllegalTransition, AmountMismatch; of a balance also BalanceNotOpen and BalanceClosed.
    """
    instalment = Instalment.WHOLE
    if order.deposit_fen:
        instalment = Instalment.DEPOSIT if order.deposited_by is None else Instalment.BALANCE
        _check_window(order, instalment, at)
    if order.state is OrderState.CANCELLED:
        raise IllegalTransition(f"order {order.order} is cancelled, it cannot become paid")
    if order.state is not OrderState.PLACED and order.state is not OrderState.DEPOSITED:
        raise AlreadyPaid(f"order {order.order} is paid already")
    if order.payment is not None:
        raise AlreadyPaid(f"order {order.order} has a payment under way")
    if amount_fen != order.due_fen:
        raise AmountMismatch(f"{order.due_fen} fen are to be paid for order {order.order} now, not {amount_fen}")
    history = (("pending", at),)
    return Payment(
        payment,
        order.order,
        order.buyer,
        key,
        amount_fen,
        method,
        PaymentState.PENDING,
        history,
        instalment=instalment,
    )


def _check_window(order: Order, instalment: Instalment, at: float) -> None:
    if order.is_balance_closed(at) and order.state in (OrderState.PLACED, OrderState.DEPOSITED, OrderState.CANCELLED):
        raise BalanceClosed(f"order {order.order} could be paid until {order.balance_closes_at}")
    if instalment is Instalment.BALANCE and order.balance_opens_at is not None and at < order.balance_opens_at:
        raise BalanceNotOpen(f"the balance of order {order.order} can be paid from {order.balance_opens_at} on")
