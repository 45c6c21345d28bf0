"""What the report tells of logistics: how high the backlog grew, when it had drained, who waited how long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from statistics import median

import msgspec

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import OrderRow
from mock_platform.audit.logistics_books import TrackedRow, parcels_of, sorted_in, warehouses_of
from mock_platform.domain.order import OrderState
from mock_platform.domain.shipment import BACKLOG, ParcelState

DRAINED_SHARE = 0.1
RULES: tuple[Callable[[Books], Iterator[Finding]], ...] = ()


def figures(books: Books) -> dict[str, float | str]:
    """What sorters can do and did, the backlog from the first parcel over its peak to a tenth, waits, the carrier."""
    parcels = parcels_of(books)
    sent = [parcel for parcel in parcels if parcel.state != ParcelState.RECALLED]
    backlog = _backlog(parcels)
    delivered = sum(parcel.state == ParcelState.DELIVERED for parcel in sent)
    sorted_at = sorted(at for instants in sorted_in(books).values() for at in instants)
    paid_at = {name: at for name, order in books.orders.items() if (at := _came_to(order, OrderState.PAID)) is not None}
    return {
        "parcels": len(parcels),
        "backlog_peak_parcels": backlog.peak,
        "backlog_peak_to_a_tenth_s": "not yet" if backlog.drained_s is None else round(backlog.drained_s, 1),
        "backlog_peak_after_first_parcel_s": round(backlog.peak_after_s, 1),
        "longest_wait_for_sorter_s": round(max(_waits_for_sorter_s(books), default=0.0), 2),
        "first_payment_to_first_delivery_s": _first_delivery_s(parcels, paid_at),
        "sorting_capacity_a_second_parcels": round(sum(row.sorted_per_s for row in warehouses_of(books)), 1),
        "sorted_in_busiest_second_parcels": _most_within(sorted_at, 1.0),
        "line_haul_median_s": _median_s(_between_s(parcels, ParcelState.IN_TRANSIT, ParcelState.ARRIVED)),
        "delivered_share": round(delivered / len(sent), 4) if sent else 0.0,
        "paid_to_handed_over_median_s": _median_s(
            left_at - paid_at[parcel.order]
            for parcel in parcels
            if (left_at := parcel.came_to(ParcelState.IN_TRANSIT)) is not None and parcel.order in paid_at
        ),
    }


class Backlog(msgspec.Struct, frozen=True):
    """The sum of all backlogs over time."""

    peak: int
    peak_after_s: float
    """Since the first parcel was made."""
    drained_s: float | None
    """From the peak until a tenth of it was left; None: not yet."""


def _backlog(parcels: list[TrackedRow]) -> Backlog:
    steps: list[tuple[float, int]] = []
    for parcel in parcels:
        if not parcel.history:
            continue  # a rule tells of it
        steps.append((parcel.history[0][1], 1))
        steps += [(at, -1) for step, at in parcel.history if step not in BACKLOG][:1]
    steps.sort()
    now = peak = 0
    first_at = peak_at = steps[0][0] if steps else 0.0
    drained_s = None
    for at, change in steps:
        now += change
        if now > peak:
            peak, peak_at, drained_s = now, at, None
        elif drained_s is None and now <= peak * DRAINED_SHARE:
            drained_s = at - peak_at
    return Backlog(peak, peak_at - first_at, drained_s)


def _waits_for_sorter_s(books: Books) -> Iterator[float]:
    """Of every parcel that was packed, until it was sorted or recalled, or until the books were written."""
    for parcel in parcels_of(books):
        packed_at = parcel.came_to(ParcelState.PACKED)
        if packed_at is not None:
            until = next((at for step, at in parcel.history if step not in BACKLOG), books.rows.taken_at)
            yield until - packed_at


def _between_s(parcels: list[TrackedRow], sooner: ParcelState, later: ParcelState) -> Iterator[float]:
    for parcel in parcels:
        began_at, ended_at = parcel.came_to(sooner), parcel.came_to(later)
        if began_at is not None and ended_at is not None:
            yield ended_at - began_at


def _first_delivery_s(parcels: list[TrackedRow], paid_at: Mapping[str, float]) -> float | str:
    """From the first payment for anything that is sent to the first parcel at a door: 12 minutes in 2017."""
    first_paid_at = min((paid_at[parcel.order] for parcel in parcels if parcel.order in paid_at), default=None)
    first_there_at = min((at for parcel in parcels if (at := parcel.came_to(ParcelState.DELIVERED))), default=None)
    return "none yet" if first_paid_at is None or first_there_at is None else round(first_there_at - first_paid_at, 2)


def _median_s(waits_s: Iterable[float]) -> float | str:
    listed = list(waits_s)
    return round(median(listed), 2) if listed else "none yet"


def _most_within(instants: list[float], stretch_s: float) -> int:
    """The most of these ordered instants that any stretch of that length holds."""
    most = start = 0
    for end, at in enumerate(instants):
        while at - instants[start] >= stretch_s:
            start += 1
        most = max(most, end - start + 1)
    return most


def _came_to(order: OrderRow, state: OrderState) -> float | None:
    return next((at for step, at in order.history if step == state), None)
