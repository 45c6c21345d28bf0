"""What must become true together: each function is one decision about one order, as a value.

A store commits it whole or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from mock_platform.domain import ledger
from mock_platform.domain.coupon import Coupon
from mock_platform.domain.declaration import Declaration
from mock_platform.domain.errors import IllegalTransition
from mock_platform.domain.events import Event, OrderCancelled, OrderPaid, OrderPlaced, RefundRequested
from mock_platform.domain.idempotency import Claim, Refusal
from mock_platform.domain.ledger import Entry
from mock_platform.domain.order import FULFILLED, Order, OrderState
from mock_platform.domain.payment import Instalment, Outcome, Payment, PaymentState
from mock_platform.domain.payout import Share
from mock_platform.domain.pickup import Pickup
from mock_platform.domain.shipment import Parcel, ParcelState


class Changes(msgspec.Struct, frozen=True, gc=False):
    """One commit: about one order, guarded by its version, or about a key alone."""

    order: Order | None = None
    payment: Payment | None = None
    deposit: Payment | None = None
    """The payment of a deposit, where two payments of an order change at once."""
    parcels: tuple[Parcel, ...] = ()
    entries: tuple[Entry, ...] = ()
    events: tuple[Event, ...] = ()
    finish: Claim | None = None
    """The key this commit finishes: with `refusal`, or with the subject it was claimed for."""
    refusal: Refusal | None = None
    coupon: Coupon | None = None
    """A coupon that is claimed. An order's own coupons are used, and free again, with the order."""
    declaration: Declaration | None = None
    """The order's, as it is from now on."""
    pickup: Pickup | None = None
    """Likewise, of an order that is picked up."""


def refused(claim: Claim, refusal: Refusal) -> Changes:
    return Changes(finish=claim, refusal=refusal)


def coupon_claimed(coupon: Coupon, claim: Claim) -> Changes:
    return Changes(coupon=coupon, finish=claim)


def placed(order: Order, claim: Claim) -> Changes:
    at = order.placed_at
    return Changes(
        order=order,
        entries=(ledger.placed(order, at),),
        events=(OrderPlaced(order.order, at),),
        finish=claim,
    )


def payment_asked(order: Order, payment: Payment, claim: Claim) -> Changes:
    return Changes(order=replace(order, payment=payment.payment), payment=payment, finish=claim)


def cancelled(order: Order, at: float, deposit: Payment | None = None) -> Changes:
    """An unpaid order ends; a payment under way is dealt with when the bank speaks.

    A deposit that was paid goes back to who gives up in time; then its payment is needed. Later it is forfeited.
    IllegalTransition once the balance has closed and one that was asked for in time is still with the bank.
    """
    if order.state is OrderState.DEPOSITED:
        if order.awaits_bank_only(at):
            raise IllegalTransition(f"the bank has yet to speak of the balance of order {order.order}")
        return _given_up(order, at, deposit)
    return Changes(
        order=order.moved(OrderState.CANCELLED, at),
        entries=(ledger.cancelled(order, at),),
        events=(OrderCancelled(order.order, at),),
    )


def _given_up(order: Order, at: float, deposit: Payment | None) -> Changes:
    gone = order.moved(OrderState.CANCELLED, at)
    cancelled = OrderCancelled(order.order, at)
    if not order.is_refundable(at):
        return Changes(order=gone, entries=(ledger.forfeited(order, at),), events=(cancelled,))
    if deposit is None:
        raise ValueError(f"the deposit of order {order.order} goes back, and its payment is not there")
    return Changes(
        order=gone,
        payment=deposit.moved(PaymentState.REFUNDING, at),
        entries=(ledger.cancelled(order, at),),
        events=(cancelled, RefundRequested(order.order, at, deposit.payment)),
    )


def bank_spoke(order: Order, payment: Payment, outcome: Outcome, reason: str | None, at: float) -> Changes | None:
    """What the bank's word changes; None if it was heard before. Money for an order cancelled meanwhile goes back."""
    if payment.state is not PaymentState.PENDING:
        return None
    if outcome is Outcome.DECLINED:
        voided = payment.moved(PaymentState.VOIDED, at, reason)
        if order.state is OrderState.CANCELLED:
            return Changes(order=order, payment=voided)
        if order.state is OrderState.DEPOSITED:
            return Changes(order=replace(order, payment=None), payment=voided)
        return replace(cancelled(order, at), payment=voided)
    posted = payment.moved(PaymentState.POSTED, at)
    if payment.instalment is not Instalment.WHOLE:
        return _instalment_posted(order, posted, at)
    if order.state is OrderState.CANCELLED:
        return Changes(
            order=order,
            payment=posted.moved(PaymentState.REFUNDING, at),
            entries=(ledger.paid(order, at),),
            events=(RefundRequested(order.order, at),),
        )
    return Changes(
        order=order.moved(OrderState.PAID, at),
        payment=posted,
        entries=(ledger.paid(order, at),),
        events=(OrderPaid(order.order, at),),
    )


def _instalment_posted(order: Order, posted: Payment, at: float) -> Changes:
    """A deposit keeps the units until the balance closes, a balance pays the order; what comes too late goes back."""
    is_deposit = posted.instalment is Instalment.DEPOSIT
    entry = ledger.deposited(order, at) if is_deposit else ledger.paid(order, at)
    ended = order.state is OrderState.CANCELLED
    if ended or (is_deposit and order.is_balance_closed(at)):
        ending = Changes(order=order) if ended else cancelled(order, at)
        return replace(
            ending,
            payment=posted.moved(PaymentState.REFUNDING, at),
            entries=(*ending.entries, entry),
            events=(*ending.events, RefundRequested(order.order, at, posted.payment)),
        )
    if is_deposit:
        closes_at = order.pay_before if order.balance_closes_at is None else order.balance_closes_at
        deposited = order.moved(OrderState.DEPOSITED, at)
        return Changes(
            order=replace(deposited, payment=None, deposited_by=posted.payment, pay_before=closes_at),
            payment=posted,
            entries=(entry,),
        )
    return Changes(
        order=order.moved(OrderState.PAID, at),
        payment=posted,
        entries=(entry,),
        events=(OrderPaid(order.order, at),),
    )


def refund_requested(
    order: Order, payment: Payment, deposit: Payment | None, parcels: Sequence[Parcel], claim: Claim, at: float
) -> Changes:
    """Paid and not yet shipped: parcels stay here, the order ends now, the money follows when the bank has moved it.

    Of an order paid in two instalments the goods are off the books at once, and each instalment comes back by itself.
    """
    return Changes(
        order=order.moved(OrderState.REFUNDED, at),
        payment=payment.moved(PaymentState.REFUNDING, at),
        deposit=None if deposit is None else deposit.moved(PaymentState.REFUNDING, at),
        entries=() if deposit is None else (ledger.cancelled(order, at),),
        parcels=tuple(parcel.moved(ParcelState.RECALLED, at) for parcel in parcels),
        events=(RefundRequested(order.order, at),),
        finish=claim,
    )


def repaid(order: Order, payment: Payment, at: float) -> Changes | None:
    """The bank has moved the money back; None if that is in the books already."""
    if payment.state is not PaymentState.REFUNDING:
        return None
    if payment.instalment is Instalment.DEPOSIT:
        book = ledger.deposit_returned
    elif order.state is OrderState.CANCELLED or payment.instalment is Instalment.BALANCE:
        book = ledger.returned
    else:
        book = ledger.refunded
    return Changes(order=order, payment=payment.moved(PaymentState.REFUNDED, at), entries=(book(order, at),))


def with_parcels(order: Order, parcels: tuple[Parcel, ...]) -> Changes:
    """Parcels of one order that were made, or took a step within their warehouse; the order stays as it is."""
    return Changes(order=order, parcels=parcels)


def handed_over(order: Order, parcel: Parcel, at: float) -> Changes | None:
    """The carrier has the parcel; the first one ships the order. None if it had it before, or it is not ready."""
    if parcel.state is not ParcelState.SORTED:
        return None
    shipped = order.moved(OrderState.SHIPPED, at) if order.state is OrderState.PAID else order
    return Changes(order=shipped, parcels=(parcel.moved(ParcelState.IN_TRANSIT, at),))


def arrived(order: Order, parcel: Parcel, at: float) -> Changes | None:
    """The line-haul is over. None if it was before, or never began: then the parcel cannot be there."""
    if parcel.state is not ParcelState.IN_TRANSIT:
        return None
    return Changes(order=order, parcels=(parcel.moved(ParcelState.ARRIVED, at),))


def delivered(order: Order, parcels: Sequence[Parcel], parcel: str, at: float) -> Changes | None:
    """A parcel is at the door; the last one delivers the order. None if it was before, or never came to the city."""
    brought = next(each for each in parcels if each.parcel == parcel)
    if brought.state is not ParcelState.ARRIVED:
        return None
    complete = all(each.state is ParcelState.DELIVERED for each in parcels if each is not brought)
    return Changes(
        order=order.moved(OrderState.DELIVERED, at) if complete else order,
        parcels=(brought.moved(ParcelState.DELIVERED, at),),
    )


def settled(order: Order, settlement: str, shares: Sequence[Share], at: float) -> Changes | None:
    """The merchants of an order whose buyer has the goods, or lost the deposit, get their due. None if they had it."""
    if order.settlement is not None or not (order.state in FULFILLED or order.forfeited_fen):
        return None
    return Changes(order=replace(order, settlement=settlement), entries=(ledger.settled(order, shares, at),))
