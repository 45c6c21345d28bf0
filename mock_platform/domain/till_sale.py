"""A sale at an outlet's till: an order that is placed, paid and taken away in one instant, with nobody's name on it."""

from __future__ import annotations

from msgspec.structs import replace

from mock_platform.domain import ledger
from mock_platform.domain.changes import Changes
from mock_platform.domain.events import OrderPaid, OrderPlaced
from mock_platform.domain.idempotency import Claim
from mock_platform.domain.order import Line, Order, OrderState, new_order
from mock_platform.domain.outlet import Tender, till_of


def rung_up(claim: Claim, outlet: str, lines: tuple[Line, ...], tender: Tender, at: float) -> Order:
    """The buyer is the till, for whoever stands there has no account."""
    order = new_order(
        claim.subject, till_of(outlet), claim.key, lines, at=at, payment_window_s=0.0, outlet=outlet
    )  # fmt: skip
    taken = order.moved(OrderState.PAID, at).moved(OrderState.COLLECTED, at)
    return replace(taken, tender=tender.value)


def till_sold(order: Order, claim: Claim) -> Changes:
    at = order.placed_at
    return Changes(
        order=order,
        entries=(ledger.till_sold(order, order.buyer, at),),
        events=(OrderPlaced(order.order, at), OrderPaid(order.order, at)),
        finish=claim,
    )
