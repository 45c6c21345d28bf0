"""Logistics: each parcel is where it should be, sorters keep to what they can do, and no queue loses or forgets one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from statistics import median

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import History, OrderRow, ParcelLineRow, Row
from mock_platform.domain.order import OrderState
from mock_platform.domain.shipment import BACKLOG, HANDED_OVER, ParcelState
from mock_platform.domain.warehouse import stocked_in

PACE_MARGIN = 1.01
"""Instants are rounded to a quarter of a microsecond, which at 10,000 parcels a second is a quarter of a percent."""
DRAINED_SHARE = 0.1


class TrackedRow(Row, frozen=True, gc=False):
    """A parcel, as logistics look at it."""

    parcel: str
    order: str
    merchant: str
    warehouse: str
    state: str
    lines: list[ParcelLineRow]
    history: History

    def came_to(self, state: ParcelState) -> float | None:
        return next((at for step, at in self.history if step == state), None)


class WarehouseRow(Row, frozen=True, gc=False):
    warehouse: str
    sorted_per_s: float
    backlog: int


def parcels_leave_the_right_warehouse(books: Books) -> Iterator[Finding]:
    """Every line of a parcel was bought of its merchant and lies in its warehouse."""
    for parcel in _parcels(books):
        order = books.orders.get(parcel.order)
        bought = {} if order is None else {line.sku: line.merchant for line in order.lines}
        for line in parcel.lines:
            merchant = bought.get(line.sku, parcel.merchant)
            where = stocked_in(merchant, line.sku)
            if (merchant, where) != (parcel.merchant, parcel.warehouse):
                yield (
                    parcel.parcel,
                    f"Parcel {parcel.parcel} of merchant {parcel.merchant} out of {parcel.warehouse} holds SKU "
                    f"{line.sku}, which merchant {merchant} sells out of {where}.",
                )


def orders_follow_their_parcels(books: Books) -> Iterator[Finding]:
    """Delivered when every parcel is, shipped when one has left and another not arrived; else nothing has left."""
    parcels = _by_order(books)
    for order in books.rows.orders:
        states = [parcel.state for parcel in parcels.get(order.order, ()) if parcel.state != ParcelState.RECALLED]
        if order.outlet is not None or order.state == _follows(order, states):
            continue
        listed = ", ".join(f"{state}" for state in states) or "none"
        yield order.order, f"Order {order.order} is {order.state}, but its parcels are: {listed}."


def sorting_keeps_to_capacity(books: Books) -> Iterator[Finding]:
    """In no stretch of time, however short or long, does a sorter get through more than it can: a bucket that leaks."""
    sorted_in = _sorted_in(books)
    for warehouse in _warehouses(books):
        level, before, worst = 0.0, 0.0, 1.0
        for at in sorted_in.get(warehouse.warehouse, ()):
            level = max(0.0, level - (at - before) * warehouse.sorted_per_s * PACE_MARGIN) + 1.0
            before, worst = at, max(worst, level)
        if worst > 1.5:
            yield (
                warehouse.warehouse,
                f"Warehouse {warehouse.warehouse} sorts {warehouse.sorted_per_s:g} parcels a second, and was up to "
                f"{worst - 1:.1f} parcels ahead of that.",
            )


def queues_lose_no_parcel(books: Books) -> Iterator[Finding]:
    """The warehouse's backlog is what was made for it and neither sorted nor recalled; every parcel has a warehouse."""
    waiting: dict[str, int] = {}
    for parcel in _parcels(books):
        waiting[parcel.warehouse] = waiting.get(parcel.warehouse, 0) + (parcel.state in BACKLOG)
    told = {row.warehouse: row.backlog for row in _warehouses(books)}
    for warehouse in sorted(waiting.keys() | told.keys()):
        count, backlog = waiting.get(warehouse, 0), told.get(warehouse)
        if backlog is None:
            yield warehouse, f"There are parcels for warehouse {warehouse}, which does not exist."
        elif backlog != count:
            yield warehouse, f"Warehouse {warehouse} tells of {backlog} parcels to sort, but {count} are there."


def no_parcel_is_passed_over(books: Books) -> Iterator[Finding]:
    """First come, first served: nothing packed long before a parcel that is sorted still waits."""
    grace_s = books.rows.settings.grace_s
    latest: dict[str, float] = {}
    for parcel in _parcels(books):
        packed_at = parcel.came_to(ParcelState.PACKED)
        if packed_at is not None and parcel.came_to(ParcelState.SORTED) is not None:
            latest[parcel.warehouse] = max(latest.get(parcel.warehouse, 0.0), packed_at)
    for parcel in _parcels(books):
        packed_at = parcel.came_to(ParcelState.PACKED)
        if parcel.state != ParcelState.PACKED or packed_at is None:
            continue
        late_s = latest.get(parcel.warehouse, 0.0) - packed_at
        if late_s > grace_s:
            message = (
                f"Parcel {parcel.parcel} still waits in {parcel.warehouse}; one packed {late_s:.1f} s later did not."
            )
            yield parcel.parcel, message


RULES = (
    parcels_leave_the_right_warehouse,
    orders_follow_their_parcels,
    sorting_keeps_to_capacity,
    queues_lose_no_parcel,
    no_parcel_is_passed_over,
)


def figures(books: Books) -> dict[str, float | str]:
    """Parcels, the backlog at its highest and how long it took to shrink to a tenth, and how soon the carrier came."""
    parcels = _parcels(books)
    sent = [parcel for parcel in parcels if parcel.state != ParcelState.RECALLED]
    peak, drained_s = _backlog(parcels)
    waited_s = []
    for parcel in parcels:
        order, left_at = books.orders.get(parcel.order), parcel.came_to(ParcelState.IN_TRANSIT)
        paid_at = None if order is None else next((at for step, at in order.history if step == OrderState.PAID), None)
        if paid_at is not None and left_at is not None:
            waited_s.append(left_at - paid_at)
    delivered = sum(parcel.state == ParcelState.DELIVERED for parcel in sent)
    return {
        "parcels": len(parcels),
        "backlog_peak_parcels": peak,
        "backlog_peak_to_a_tenth_s": "not yet" if drained_s is None else round(drained_s, 1),
        "delivered_share": round(delivered / len(sent), 4) if sent else 0.0,
        "paid_to_handed_over_median_s": round(median(waited_s), 2) if waited_s else "none yet",
    }


def _backlog(parcels: list[TrackedRow]) -> tuple[int, float | None]:
    """The highest sum of all backlogs, and the seconds from then until a tenth of it was left; None: not yet."""
    steps: list[tuple[float, int]] = []
    for parcel in parcels:
        steps.append((parcel.history[0][1], 1))
        steps += [(at, -1) for step, at in parcel.history if step not in BACKLOG][:1]
    now = peak = 0
    peak_at, drained_s = 0.0, None
    for at, change in sorted(steps):
        now += change
        if now > peak:
            peak, peak_at, drained_s = now, at, None
        elif drained_s is None and now <= peak * DRAINED_SHARE:
            drained_s = at - peak_at
    return peak, drained_s


def _follows(order: OrderRow, states: list[str]) -> str:
    """The state that an order's parcels put it into, or its own where they have no say."""
    if states and all(state == ParcelState.DELIVERED for state in states):
        return OrderState.DELIVERED
    if any(state in HANDED_OVER for state in states):
        return OrderState.SHIPPED
    return OrderState.PAID if order.state in (OrderState.SHIPPED, OrderState.DELIVERED) else order.state


def _parcels(books: Books) -> list[TrackedRow]:
    return books.table("parcels", TrackedRow)


def _warehouses(books: Books) -> list[WarehouseRow]:
    return books.table("warehouses", WarehouseRow)


def _by_order(books: Books) -> Mapping[str, list[TrackedRow]]:
    parcels = sorted(_parcels(books), key=lambda parcel: parcel.order)
    return {order: list(rows) for order, rows in groupby(parcels, key=lambda parcel: parcel.order)}


def _sorted_in(books: Books) -> Mapping[str, list[float]]:
    """Per warehouse, when its parcels were sorted, in order of time."""
    instants: dict[str, list[float]] = {}
    for parcel in _parcels(books):
        if (at := parcel.came_to(ParcelState.SORTED)) is not None:
            instants.setdefault(parcel.warehouse, []).append(at)
    return {warehouse: sorted(listed) for warehouse, listed in instants.items()}
