"""Instants: what follows from something happened after it, what is one commit at one instant, and nothing tomorrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from statistics import median_high

from mock_platform.audit.customs_books import declarations
from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import History, Row
from mock_platform.audit.pickup_rules import PickupRow
from mock_platform.domain.order import OrderState
from mock_platform.domain.payment import Instalment, PaymentState
from mock_platform.domain.pickup import PickupState

TICK_S = 1e-3
"""Instants that were worked out may be off by a quarter of a microsecond for each sum."""


class ClaimedRow(Row, frozen=True, gc=False):
    coupon: str
    campaign: str
    claimed_at: float


class CampaignTimesRow(Row, frozen=True, gc=False):
    campaign: str
    claims_open_at: float
    ends_at: float


class ReadRow(Row, frozen=True, gc=False):
    number: int
    at: float


class ErasedRow(Row, frozen=True, gc=False):
    customer: str
    erased_at: float


class GivenRow(Row, frozen=True, gc=False):
    currency: str
    given_at: float = 0.0


class SetUpRow(Row, frozen=True, gc=False):
    promotion: str
    set_up_at: float = 0.0


class OpenedRow(Row, frozen=True, gc=False):
    settlement: str
    opened_at: float


class AccountRow(Row, frozen=True, gc=False):
    merchant: str
    history: History


class JudgedRow(Row, frozen=True, gc=False):
    order: str
    key: str
    at: float
    asked_at: float


def nothing_happened_after_the_books_were_taken(books: Books) -> Iterator[Finding]:
    """An instant of tomorrow would excuse what is overdue today."""
    now = books.rows.taken_at + TICK_S
    for name, at in _instants(books):
        if at > now:
            yield name, f"In the books {name} happened {at - now:.3f} s after they were taken."


def orders_begin_when_they_are_placed(books: Books) -> Iterator[Finding]:
    """The first step of an order is the instant that prices, windows and limits are held against."""
    for order in books.rows.orders:
        if order.history and order.history[0][1] != order.placed_at:
            off_s = order.history[0][1] - order.placed_at
            yield order.order, f"Order {order.order} begins {off_s:.3f} s after the instant at which it was placed."


def order_and_payment_move_together(books: Books) -> Iterator[Finding]:
    """Paid is one commit with the payment that does it, and so is refunded: they have one instant."""
    for order in books.rows.orders:
        for state, step in ((OrderState.PAID, PaymentState.POSTED), (OrderState.REFUNDED, PaymentState.REFUNDING)):
            at = _when(order.history, state)
            payments = [
                payment
                for payment in books.payments_by_order.get(order.order, ())
                if payment.instalment != Instalment.DEPOSIT
            ]
            ats = [when for payment in payments if (when := _when(payment.history, step)) is not None]
            if at is not None and ats and at not in ats:
                off_s = min((at - each for each in ats), key=abs)
                yield order.order, f"Order {order.order} was {state} {off_s:.3f} s after its payment was {step}."


def parcels_are_made_after_payment(books: Books) -> Iterator[Finding]:
    """Unpaid means no parcel, at any instant."""
    for parcel in books.rows.parcels:
        order = books.orders.get(parcel.order)
        paid_at = None if order is None else _when(order.history, OrderState.PAID)
        if order is not None and paid_at is not None and parcel.history and parcel.history[0][1] < paid_at:
            early_s = paid_at - parcel.history[0][1]
            yield order.order, f"Parcel {parcel.parcel} was made {early_s:.3f} s before order {order.order} was paid."


def pickups_run_forward(books: Books) -> Iterator[Finding]:
    """Goods are laid out once they are paid; they, and their order, end at one instant, not before."""
    for pickup in _pickups(books):
        order = books.orders.get(pickup.order)
        paid_at = None if order is None else _when(order.history, OrderState.PAID)
        if order is None or not pickup.history:
            continue
        if paid_at is not None and pickup.history[0][1] < paid_at:
            early_s = paid_at - pickup.history[0][1]
            yield order.order, f"The goods of order {order.order} were laid out {early_s:.3f} s before it was paid."
        for (before, before_at), (after, after_at) in pairwise(pickup.history):
            if after_at < before_at:
                yield order.order, f"The goods of order {order.order} were {after} before they were {before}."
        ended = (PickupState.COLLECTED, OrderState.COLLECTED), (PickupState.EXPIRED, OrderState.REFUNDED)
        for state, to in ended:
            at, order_at = _when(pickup.history, state), _when(order.history, to)
            if at is not None and order_at is not None and at != order_at:
                yield order.order, f"The goods of order {order.order} were {state} {at - order_at:.3f} s after it was."


def pickups_wait_equally_long(books: Books) -> Iterator[Finding]:
    """Everybody has the same time to fetch their goods."""
    waits = {row.order: row.collect_before - row.history[0][1] for row in _pickups(books) if row.history}
    usual_s = median_high(waits.values()) if waits else 0.0
    for order, wait_s in waits.items():
        if abs(wait_s - usual_s) > TICK_S:
            yield order, f"The goods of order {order} wait for {wait_s:.3f} s, others' for {usual_s:.3f} s."


def declarations_follow_payment(books: Books) -> Iterator[Finding]:
    """Customs hear of an order once it is paid."""
    for row in declarations(books):
        order = books.orders.get(row.order)
        paid_at = None if order is None else _when(order.history, OrderState.PAID)
        if paid_at is not None and row.history and row.history[0][1] < paid_at:
            early_s = paid_at - row.history[0][1]
            message = f"Declaration {row.declaration} was drafted {early_s:.3f} s before order {row.order} was paid."
            yield row.order, message


def decisions_come_before_their_order(books: Books) -> Iterator[Finding]:
    """Risk judges before anything is held: a try first asked about later than its order is one it never saw."""
    for row in books.table("risk_decisions", JudgedRow):
        order = books.orders.get(row.order)
        if order is not None and not row.at <= order.placed_at <= row.asked_at:
            off_s = row.at - order.placed_at
            yield order.order, f"Order {order.order} was judged {off_s:.3f} s after it was placed."


def coupons_are_claimed_in_time(books: Books) -> Iterator[Finding]:
    """While their campaign gives them out, and before they are used."""
    campaigns = {row.campaign: row for row in books.table("coupon_campaigns", CampaignTimesRow)}
    claimed_at = {}
    for row in books.table("coupons", ClaimedRow):
        claimed_at[row.coupon] = row.claimed_at
        times = campaigns.get(row.campaign)
        if times is not None and not times.claims_open_at <= row.claimed_at < times.ends_at:
            message = f"Coupon {row.coupon} was claimed while campaign {row.campaign} gave none out."
            yield row.coupon, message
    for order in books.rows.orders:
        for coupon in order.coupons:
            if claimed_at.get(coupon, order.placed_at) > order.placed_at:
                early_s = claimed_at[coupon] - order.placed_at
                yield coupon, f"Coupon {coupon} was claimed {early_s:.3f} s after order {order.order} used it."


def no_unpaid_order_outlives_its_window(books: Books) -> Iterator[Finding]:
    """Units wait for the buyer's money for so long and no longer: then the order is cancelled."""
    settings = books.snapshot.get("settings", {})
    window_s = settings.get("payment_window_s")
    if not isinstance(window_s, int | float):
        return
    for order in books.rows.orders:
        late_s = books.rows.taken_at - order.placed_at - window_s
        if order.state == OrderState.PLACED and late_s > books.rows.settings.grace_s:
            yield order.order, f"Order {order.order} is still placed, {late_s:.1f} s after it had to be paid."


RULES = (
    nothing_happened_after_the_books_were_taken,
    orders_begin_when_they_are_placed,
    order_and_payment_move_together,
    parcels_are_made_after_payment,
    pickups_run_forward,
    pickups_wait_equally_long,
    declarations_follow_payment,
    coupons_are_claimed_in_time,
    decisions_come_before_their_order,
    no_unpaid_order_outlives_its_window,
)


def _pickups(books: Books) -> list[PickupRow]:
    return books.table("pickups", PickupRow)


def _when(history: History, state: str) -> float | None:
    return next((at for step, at in history if step == state), None)


def _latest(history: History) -> Iterable[float]:
    return [at for _, at in history[-1:]]


def _instants(books: Books) -> Iterator[tuple[str, float]]:
    """The latest instant of each row, by the row's name."""
    rows = books.rows
    for order in rows.orders:
        yield from ((order.order, at) for at in _latest(order.history))
    for payment in rows.payments:
        yield from ((payment.payment, at) for at in _latest(payment.history))
    for parcel in rows.parcels:
        yield from ((parcel.parcel, at) for at in _latest(parcel.history))
    for pickup in _pickups(books):
        yield from ((pickup.order, at) for at in _latest(pickup.history))
    for declaration in declarations(books):
        yield from ((declaration.declaration, at) for at in _latest(declaration.history))
    yield from ((row.coupon, row.claimed_at) for row in books.table("coupons", ClaimedRow))
    yield from ((f"row {row.number} of the access log", row.at) for row in books.table("access_log", ReadRow))
    yield from ((f"the erasure of {row.customer}", row.erased_at) for row in books.table("erasures", ErasedRow))
    yield from ((row.key, row.asked_at) for row in books.table("risk_decisions", JudgedRow))
    yield from ((f"a rate of {row.currency}", row.given_at) for row in books.table("exchange_rates", GivenRow))
    yield from ((row.promotion, row.set_up_at) for row in books.table("promotions", SetUpRow))
    yield from ((row.settlement, row.opened_at) for row in books.table("settlements", OpenedRow))
    for account in books.table("merchant_accounts", AccountRow):
        yield from ((account.merchant, at) for at in _latest(account.history))
