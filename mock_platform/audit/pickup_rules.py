"""Pick-ups: paid goods go to whoever brings their code, once and in their outlet; what nobody fetches is refunded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from statistics import median

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import History, OrderRow, Row
from mock_platform.domain.order import OrderState
from mock_platform.domain.payment import PaymentState
from mock_platform.domain.pickup import MOVES, PickupState

GOING_BACK = frozenset({PaymentState.REFUNDING, PaymentState.REFUNDED})
ENDS = {
    PickupState.WAITING: OrderState.PAID,
    PickupState.COLLECTED: OrderState.COLLECTED,
    PickupState.EXPIRED: OrderState.REFUNDED,
    PickupState.WITHDRAWN: OrderState.REFUNDED,
}
"""What an order is when its goods are so."""


class PickupRow(Row, frozen=True, gc=False):
    order: str
    outlet: str
    digest: str
    collect_before: float
    state: str
    history: History
    handed_over_in: str | None
    shown: str | None


def pickups_go_their_way(books: Books) -> Iterator[Finding]:
    """Goods wait, and then end once: fetched, expired or withdrawn; and their order ends with them.

    Excused: an order just refunded by its buyer, while the word of that is still an event.
    """
    for pickup in _pickups(books):
        steps = [step for step, _ in pickup.history]
        legal = steps[:1] == [PickupState.WAITING] and (
            len(steps) == 1 or (len(steps) == 2 and steps[1] in MOVES[PickupState.WAITING])
        )
        if not legal or steps[-1] != pickup.state:
            yield pickup.order, f"The goods of order {pickup.order} are {pickup.state} after {', '.join(steps)}."
            continue
        order = books.orders.get(pickup.order)
        state = "unknown" if order is None else order.state
        withdrawing = pickup.state == PickupState.WAITING and state == OrderState.REFUNDED
        if withdrawing and books.awaits_stock(pickup.order):
            continue
        if state != ENDS[PickupState(pickup.state)]:
            yield pickup.order, f"The goods of order {pickup.order} are {pickup.state}, the order is {state}."


def paid_pickups_are_laid_out(books: Books) -> Iterator[Finding]:
    """Whoever paid for goods in an outlet finds them there. Excused: an order whose laying out is still an event."""
    laid_out = {pickup.order for pickup in _pickups(books)}
    for order in _fetched_orders(books):
        paid = order.state in (OrderState.PAID, OrderState.COLLECTED)
        if paid and order.order not in laid_out and not books.awaits_parcels(order.order):
            message = f"Order {order.order} is {order.state}, but nothing was laid out for it in {order.outlet}."
            yield order.order, message


def collected_once_after_paid(books: Books) -> Iterator[Finding]:
    """An order is fetched at most once, after it was paid, before its time was over; and none that is sent."""
    for name, times in Counter(pickup.order for pickup in _pickups(books)).items():
        if times > 1:
            yield name, f"The goods of order {name} were laid out {times} times."
    collected = {pickup.order: pickup for pickup in _pickups(books) if pickup.state == PickupState.COLLECTED}
    for order in books.rows.orders:
        pickup = collected.get(order.order)
        if order.state == OrderState.COLLECTED and order.tender is None and pickup is None:
            yield order.order, f"Order {order.order} is collected, but nobody handed it over."
        if pickup is None:
            continue
        fetched_at = pickup.history[-1][1]
        paid_at = next((at for step, at in order.history if step == OrderState.PAID), None)
        if paid_at is None or paid_at > fetched_at:
            yield order.order, f"Order {order.order} was handed over in {pickup.outlet} before it was paid."
        if fetched_at >= pickup.collect_before:
            late_s = fetched_at - pickup.collect_before
            yield order.order, f"Order {order.order} was handed over {late_s:.1f} s after its time was over."


def collected_in_its_outlet_with_its_code(books: Books) -> Iterator[Finding]:
    """Goods leave where they wait and for the code that is theirs alone."""
    digests = Counter(pickup.digest for pickup in _pickups(books))
    for pickup in _pickups(books):
        order = books.orders.get(pickup.order)
        if order is not None and order.outlet != pickup.outlet:
            message = f"Order {pickup.order} is for outlet {order.outlet}, its goods are laid out in {pickup.outlet}."
            yield pickup.order, message
        if digests[pickup.digest] > 1:
            yield pickup.order, f"Order {pickup.order} shares its pick-up code with another."
        if pickup.state == PickupState.COLLECTED:
            if pickup.handed_over_in != pickup.outlet:
                where = f"in {pickup.handed_over_in}, but waited in {pickup.outlet}"
                yield pickup.order, f"Order {pickup.order} was handed over {where}."
            if pickup.shown != pickup.digest:
                yield pickup.order, f"Order {pickup.order} was handed over for another code than its own."
        elif pickup.handed_over_in is not None or pickup.shown is not None:
            yield pickup.order, f"Order {pickup.order} is {pickup.state}, yet its goods were handed over."


def expired_pickups_are_refunded(books: Books) -> Iterator[Finding]:
    """What nobody fetched in time goes back whole: the money to the buyer, the units to the shelf; and not before."""
    rows = books.rows
    for pickup in _pickups(books):
        if pickup.state == PickupState.WAITING and pickup.collect_before + rows.settings.grace_s < rows.taken_at:
            late_s = rows.taken_at - pickup.collect_before
            yield pickup.order, f"Order {pickup.order} was to be fetched {late_s:.1f} s ago and still waits."
        if pickup.state != PickupState.EXPIRED:
            continue
        if pickup.history[-1][1] < pickup.collect_before:
            yield pickup.order, f"Order {pickup.order} expired before its time was over."
        payments = books.payments_by_order.get(pickup.order, ())
        if not any(payment.state in GOING_BACK for payment in payments):
            yield pickup.order, f"Order {pickup.order} expired, but its money does not go back."
        units = sum(row.quantity for row in books.allocations_by_order.get(pickup.order, ()))
        if units and not books.awaits_stock(pickup.order):
            yield pickup.order, f"Order {pickup.order} expired, but {units} units of it are not back on the shelf."


RULES = (
    pickups_go_their_way,
    paid_pickups_are_laid_out,
    collected_once_after_paid,
    collected_in_its_outlet_with_its_code,
    expired_pickups_are_refunded,
)


def figures(books: Books) -> dict[str, float | str]:
    """What became of goods to be fetched, and how long they waited."""
    pickups = _pickups(books)
    states = Counter(pickup.state for pickup in pickups)
    waited_s = [
        pickup.history[-1][1] - pickup.history[0][1]
        for pickup in pickups
        if pickup.state == PickupState.COLLECTED and pickup.history
    ]
    return {
        "pickup_orders": sum(1 for _ in _fetched_orders(books)),
        **{f"{state.value}_pickups": states[state] for state in PickupState},
        "fetched_after_median_s": round(median(waited_s), 2) if waited_s else "none yet",
    }


def _pickups(books: Books) -> list[PickupRow]:
    return books.table("pickups", PickupRow)


def _fetched_orders(books: Books) -> Iterator[OrderRow]:
    return (order for order in books.rows.orders if order.outlet is not None and order.tender is None)
