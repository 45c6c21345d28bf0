"""What becomes true together while customs clear an order: each function is one decision, as a value to commit."""

from __future__ import annotations

from mock_platform.domain import declaration as declarations
from mock_platform.domain.changes import Changes
from mock_platform.domain.declaration import UNDER_WAY, Declaration, DeclarationState, Verdict
from mock_platform.domain.events import OrderCleared, RefundRequested
from mock_platform.domain.order import Order, OrderState
from mock_platform.domain.payment import Payment, PaymentState


def drafted(order: Order, known: Declaration | None, at: float) -> Changes | None:
    """A paid order from abroad gets its declaration; None if it has one, or needs none any more."""
    if known is not None or not order.declared or order.state is not OrderState.PAID:
        return None
    return Changes(order=order, declaration=declarations.drafted(order, at))


def declared(order: Order, known: Declaration, at: float) -> Changes | None:
    """The broker has it. None if that, or more, is in the books already."""
    if known.state is not DeclarationState.DRAFTED:
        return None
    return Changes(order=order, declaration=known.moved(DeclarationState.DECLARED, at))


def customs_spoke(
    order: Order, known: Declaration, payment: Payment, verdict: Verdict, reason: str | None, at: float
) -> Changes | None:
    """What the verdict changes; None if it was heard before, or the buyer took the order back first.

    Cleared goods may be packed; of rejected ones the order ends and all the money goes back, duty included. A verdict
    on a draft tells that the broker had it: only the word of that was lost.
    """
    if known.state not in UNDER_WAY:
        return None
    if order.state is not OrderState.PAID:
        return withdrawn(order, known, at)
    if known.state is DeclarationState.DRAFTED:
        known = known.moved(DeclarationState.DECLARED, at)
    if verdict is Verdict.CLEARED:
        return Changes(
            order=order,
            declaration=known.moved(DeclarationState.CLEARED, at),
            events=(OrderCleared(order.order, at),),
        )
    return Changes(
        order=order.moved(OrderState.REFUNDED, at),
        payment=payment.moved(PaymentState.REFUNDING, at),
        declaration=known.moved(DeclarationState.REJECTED, at, reason),
        events=(RefundRequested(order.order, at),),
    )


def withdrawn(order: Order, known: Declaration, at: float) -> Changes | None:
    """The order ended before customs spoke. None if they had spoken."""
    if known.state not in UNDER_WAY:
        return None
    return Changes(order=order, declaration=known.moved(DeclarationState.WITHDRAWN, at))
