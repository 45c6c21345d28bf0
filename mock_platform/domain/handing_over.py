"""What becomes true together while goods wait in an outlet: each function is one decision, as a value to commit."""

from __future__ import annotations

from mock_platform.domain import pickup as pickups
from mock_platform.domain.changes import Changes
from mock_platform.domain.errors import IllegalTransition
from mock_platform.domain.events import RefundRequested
from mock_platform.domain.idempotency import Claim
from mock_platform.domain.order import Order, OrderState
from mock_platform.domain.payment import Payment, PaymentState
from mock_platform.domain.pickup import Pickup, PickupState


def laid_out(order: Order, known: Pickup | None, digest: str, window_s: float, at: float) -> Changes | None:
    """A paid order's goods wait for its code; None if they do, or did, or need not: sent, or ended meanwhile."""
    if known is not None or order.outlet is None or order.state is not OrderState.PAID:
        return None
    return Changes(order=order, pickup=pickups.waiting(order.order, order.outlet, digest, at, window_s))


def collected(order: Order, pickup: Pickup, outlet: str, shown: str, claim: Claim, at: float) -> Changes:
    """Whoever brought the code has the goods: order and pick-up end in one commit, so it happens once.

    IllegalTransition for goods that are gone, came to nobody in time, or were given back.
    """
    given_out = pickup.collected(outlet, shown, at)
    if order.state is not OrderState.PAID:
        raise IllegalTransition(f"order {order.order} is {order.state.value}, there is nothing to fetch")
    return Changes(order=order.moved(OrderState.COLLECTED, at), pickup=given_out, finish=claim)


def expired(order: Order, pickup: Pickup, payment: Payment, at: float) -> Changes | None:
    """Nobody came: the order is refunded, and its units go back to the shelf. None if somebody came, or gave it up."""
    if pickup.state is not PickupState.WAITING or at < pickup.collect_before:
        return None
    if order.state is not OrderState.PAID:
        return withdrawn(order, pickup, at)
    return Changes(
        order=order.moved(OrderState.REFUNDED, at),
        payment=payment.moved(PaymentState.REFUNDING, at),
        pickup=pickup.moved(PickupState.EXPIRED, at),
        events=(RefundRequested(order.order, at),),
    )


def withdrawn(order: Order, pickup: Pickup, at: float) -> Changes | None:
    """The order ended before anybody came. None if it had not, or the goods wait no more."""
    if pickup.state is not PickupState.WAITING or order.state is OrderState.PAID:
        return None
    return Changes(order=order, pickup=pickup.moved(PickupState.WITHDRAWN, at))
