"""Logistics: each parcel is where it should be, sorters keep to what they can do, and no queue loses or forgets one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import OrderRow
from mock_platform.audit.logistics_books import CarrierTermsRow, TrackedRow, parcels_of, sorted_in, warehouses_of
from mock_platform.domain.line_haul import on_the_road_s, road_km
from mock_platform.domain.order import OrderState
from mock_platform.domain.shipment import BACKLOG, HANDED_OVER, ParcelState
from mock_platform.domain.warehouse import CITIES, stocked_in

PACE_MARGIN = 1.01
"""Instants are rounded to a quarter of a microsecond, which at 10,000 parcels a second is a quarter of a percent."""
INSTANT_S = 1e-6
"""An epoch second as a double is good to a quarter of that."""


def parcels_leave_the_right_warehouse(books: Books) -> Iterator[Finding]:
    """Every line of a parcel was bought of its merchant and lies in its warehouse."""
    for parcel in parcels_of(books):
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
    instants = sorted_in(books)
    for warehouse in warehouses_of(books):
        level, before, worst = 0.0, 0.0, 1.0
        for at in instants.get(warehouse.warehouse, ()):
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
    for parcel in parcels_of(books):
        waiting[parcel.warehouse] = waiting.get(parcel.warehouse, 0) + (parcel.state in BACKLOG)
    told = {row.warehouse: row.backlog for row in warehouses_of(books)}
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
    for parcel in parcels_of(books):
        packed_at = parcel.came_to(ParcelState.PACKED)
        if packed_at is not None and parcel.came_to(ParcelState.SORTED) is not None:
            latest[parcel.warehouse] = max(latest.get(parcel.warehouse, 0.0), packed_at)
    for parcel in parcels_of(books):
        packed_at = parcel.came_to(ParcelState.PACKED)
        if parcel.state != ParcelState.PACKED or packed_at is None:
            continue
        late_s = latest.get(parcel.warehouse, 0.0) - packed_at
        if late_s > grace_s:
            message = (
                f"Parcel {parcel.parcel} still waits in {parcel.warehouse}; one packed {late_s:.1f} s later did not."
            )
            yield parcel.parcel, message


def line_hauls_take_their_time(books: Books) -> Iterator[Finding]:
    """No parcel is in its buyer's city sooner than the road from its warehouse allows."""
    for terms in books.table("carrier_terms", CarrierTermsRow):
        for parcel in parcels_of(books):
            left_at, arrived_at = parcel.came_to(ParcelState.IN_TRANSIT), parcel.came_to(ParcelState.ARRIVED)
            if left_at is None or arrived_at is None:
                continue
            km = road_km(CITIES.get(parcel.warehouse, ""), parcel.city)
            least_s = on_the_road_s(km, terms.road_km_per_s)
            if arrived_at - left_at < least_s - INSTANT_S:
                yield (
                    parcel.parcel,
                    f"Parcel {parcel.parcel} was {arrived_at - left_at:.3f} s on its {km} km from {parcel.warehouse} "
                    f"to {parcel.city or 'nobody knows where'}, which take {least_s:.3f} s at least.",
                )


RULES = (
    parcels_leave_the_right_warehouse,
    orders_follow_their_parcels,
    sorting_keeps_to_capacity,
    queues_lose_no_parcel,
    no_parcel_is_passed_over,
    line_hauls_take_their_time,
)


def _follows(order: OrderRow, states: list[str]) -> str:
    """The state that an order's parcels put it into, or its own where they have no say."""
    if states and all(state == ParcelState.DELIVERED for state in states):
        return OrderState.DELIVERED
    if any(state in HANDED_OVER for state in states):
        return OrderState.SHIPPED
    return OrderState.PAID if order.state in (OrderState.SHIPPED, OrderState.DELIVERED) else order.state


def _by_order(books: Books) -> Mapping[str, list[TrackedRow]]:
    parcels = sorted(parcels_of(books), key=lambda parcel: parcel.order)
    return {order: list(rows) for order, rows in groupby(parcels, key=lambda parcel: parcel.order)}
