"""A payment moves as its table says, and only for an order that is still to be paid, at its price."""

from __future__ import annotations

import itertools

import pytest
from msgspec.structs import replace

from mock_platform.domain import changes
from mock_platform.domain.errors import AlreadyPaid, AmountMismatch, IllegalTransition, MalformedRequest, ShopError
from mock_platform.domain.events import OrderCancelled, OrderPaid, RefundRequested
from mock_platform.domain.order import Line, Order, OrderState, new_order
from mock_platform.domain.payment import MOVES, Outcome, Payment, PaymentState, check_method, new_payment
from mock_platform.domain.reservation import WEB

ALLOWED = {("pending", "posted"), ("pending", "voided"), ("posted", "refunding"), ("refunding", "refunded")}
ORDER = new_order("O1", "C1", "k1", (Line("S1", WEB, 2, 50, "M1"),), flash_sale=None, at=1.0, payment_window_s=60.0)
CANCELLED = ORDER.moved(OrderState.CANCELLED, 2.0)
PAYMENT = new_payment("P1", ORDER, "p1", 100, "card", 3.0)


@pytest.mark.parametrize(("state", "to"), [*itertools.product(PaymentState, repeat=2)])
def test_every_move_is_in_the_table_or_refused(state: PaymentState, to: PaymentState) -> None:
    payment = replace(PAYMENT, state=state)
    if (state.value, to.value) in ALLOWED:
        assert payment.moved(to, 9.0).history[-1] == (to.value, 9.0)
        return
    with pytest.raises(IllegalTransition):
        payment.moved(to, 9.0)


def test_money_that_was_taken_is_never_just_voided() -> None:
    assert PaymentState.VOIDED not in MOVES[PaymentState.POSTED]


@pytest.mark.parametrize(
    ("order", "amount_fen", "refusal"),
    [
        (ORDER, 99, AmountMismatch),
        (ORDER, 101, AmountMismatch),
        (CANCELLED, 100, IllegalTransition),
        (ORDER.moved(OrderState.PAID, 2.0), 100, AlreadyPaid),
        (replace(ORDER, payment="P0"), 100, AlreadyPaid),
    ],
)
def test_an_order_that_is_not_to_be_paid_so_is_refused(order: Order, amount_fen: int, refusal: type[ShopError]) -> None:
    with pytest.raises(refusal):
        new_payment("P1", order, "p1", amount_fen, "card", 3.0)


def test_a_method_nobody_heard_of_is_malformed() -> None:
    with pytest.raises(MalformedRequest, match="alipay, card, wallet"):
        check_method("shells")


@pytest.mark.parametrize(
    ("order", "outcome", "order_state", "payment_state", "event"),
    [
        (ORDER, Outcome.POSTED, "paid", "posted", OrderPaid),
        (ORDER, Outcome.DECLINED, "cancelled", "voided", OrderCancelled),
        (CANCELLED, Outcome.POSTED, "cancelled", "refunding", RefundRequested),
        (CANCELLED, Outcome.DECLINED, "cancelled", "voided", None),
    ],
)
def test_what_the_banks_word_changes(
    order: Order, outcome: Outcome, order_state: str, payment_state: str, event: type | None
) -> None:
    changed = changes.bank_spoke(order, PAYMENT, outcome, None, 9.0)
    assert changed is not None and changed.order is not None and changed.payment is not None
    assert (changed.order.state, changed.payment.state) == (order_state, payment_state)
    assert [type(each) for each in changed.events] == ([event] if event else [])


@pytest.mark.parametrize("state", [state for state in PaymentState if state is not PaymentState.PENDING])
@pytest.mark.parametrize("outcome", Outcome)
def test_the_banks_word_heard_again_changes_nothing(state: PaymentState, outcome: Outcome) -> None:
    heard: Payment = replace(PAYMENT, state=state)
    assert changes.bank_spoke(ORDER, heard, outcome, None, 9.0) is None
