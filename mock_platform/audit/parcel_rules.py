"""Parcels: who paid gets every unit in exactly one parcel, who did not gets none."""

from __future__ import annotations

from collections.abc import Iterator

from mock_platform.audit.customs_books import awaits_clearance
from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import OrderRow, ParcelRow
from mock_platform.domain.order import OrderState
from mock_platform.domain.shipment import ParcelState

PAID = frozenset({OrderState.PAID, OrderState.SHIPPED, OrderState.DELIVERED})


def paid_lines_are_in_one_parcel(books: Books) -> Iterator[Finding]:
    """Excused: an order whose packing is still an event, or that customs have not cleared."""
    at_customs = awaits_clearance(books)
    for order in books.rows.orders:
        is_sent = order.outlet is None and order.order not in at_customs
        if order.state in PAID and is_sent and not books.awaits_parcels(order.order):
            yield from _packed(order, _under_way(books.parcels_by_order.get(order.order, [])))


def unpaid_orders_have_no_parcel(books: Books) -> Iterator[Finding]:
    """Nothing leaves for an order that is placed, cancelled, refunded, unknown or picked up; recalled is not left."""
    for name, parcels in books.parcels_by_order.items():
        order = books.orders.get(name)
        if order is not None and order.state in PAID and order.outlet is None:
            continue
        if out := _under_way(parcels):
            state = "does not exist" if order is None else f"is {order.state}"
            if order is not None and order.outlet is not None:
                state = f"is picked up in {order.outlet}"
            named = ", ".join(f"{parcel.parcel} ({parcel.state})" for parcel in out)
            yield name, f"Order {name} {state}, yet it has parcel {named}."


def recalled_parcels_hold_the_whole_order(books: Books) -> Iterator[Finding]:
    """Parcels are recalled by their order's refund, and had every unit of it. Of a paid order they count as missing."""
    for name, parcels in books.parcels_by_order.items():
        order = books.orders.get(name)
        if order is None or order.state in PAID or len(_under_way(parcels)) == len(parcels):
            continue
        if order.state != OrderState.REFUNDED:
            yield name, f"Order {name} is {order.state}, yet a parcel of it was recalled, as if it had been refunded."
        else:
            yield from _packed(order, parcels)


RULES = (paid_lines_are_in_one_parcel, unpaid_orders_have_no_parcel, recalled_parcels_hold_the_whole_order)


def _under_way(parcels: list[ParcelRow]) -> list[ParcelRow]:
    return [parcel for parcel in parcels if parcel.state != ParcelState.RECALLED]


def _packed(order: OrderRow, parcels: list[ParcelRow]) -> Iterator[Finding]:
    bought: dict[str, int] = {}
    for line in order.lines:
        bought[line.sku] = bought.get(line.sku, 0) + line.quantity
    packed: dict[str, int] = {}
    holding: dict[str, list[str]] = {}
    for parcel in parcels:
        for row in parcel.lines:
            packed[row.sku] = packed.get(row.sku, 0) + row.quantity
            holding.setdefault(row.sku, []).append(parcel.parcel)
    if packed == bought and all(len(names) == 1 for names in holding.values()):
        return
    for sku in sorted(bought.keys() | packed.keys()):
        names = holding.get(sku, [])
        if packed.get(sku, 0) != bought.get(sku, 0) or len(names) != 1:
            where = f"{len(names)} parcels" + (f" ({', '.join(names)})" if names else "")
            yield (
                order.order,
                f"Order {order.order} is {order.state} and bought {bought.get(sku, 0)} of SKU {sku}, "
                f"but {packed.get(sku, 0)} are in {where}.",
            )
