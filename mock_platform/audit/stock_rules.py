"""Stock: units are never made and never lost, what is promised exists, and what an order bought is what was taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import AllocationRow, OrderRow

Units = defaultdict[tuple[str, str], int]
"""Quantities per (SKU, place)."""


def stock_adds_up(books: Books) -> Iterator[Finding]:
    """initial + restocked = free + held + sold."""
    for row in books.rows.stock:
        total = row.free + row.held + row.sold
        if total != row.supply:
            yield (
                _at(row.sku, row.place),
                f"SKU {_at(row.sku, row.place)}: {row.initial} initial and {row.restocked} restocked are {row.supply} "
                f"units, but {row.free} free, {row.held} held and {row.sold} sold are {total}.",
            )


def stock_never_negative(books: Books) -> Iterator[Finding]:
    for row in books.rows.stock:
        counters = {name: getattr(row, name) for name in ("initial", "restocked", "free", "held", "sold")}
        if min(counters.values()) < 0:
            named = ", ".join(f"{quantity} {name}" for name, quantity in counters.items() if quantity < 0)
            yield _at(row.sku, row.place), f"SKU {_at(row.sku, row.place)} has a negative count: {named}."


def no_oversell(books: Books) -> Iterator[Finding]:
    """What is held and sold to orders never exceeds what there was; names the last one to take a unit too many."""
    promised: Units = defaultdict(int)
    for allocation in books.rows.allocations:
        promised[allocation.sku, allocation.place] += allocation.quantity
    supply = {(row.sku, row.place): row.supply for row in books.rows.stock}
    oversold = {place for place, units in promised.items() if units > supply.get(place, 0)}
    last: dict[tuple[str, str], AllocationRow] = {}
    for allocation in books.rows.allocations:
        place = allocation.sku, allocation.place
        if place in oversold and _later(allocation, last.get(place)):
            last[place] = allocation
    for place, allocation in last.items():
        too_many = promised[place] - supply.get(place, 0)
        yield (
            _at(*place),
            f"SKU {_at(*place)} is oversold by {too_many}: {supply.get(place, 0)} units, {promised[place]} promised; "
            f"the last to order {allocation.order} of buyer {allocation.buyer}.",
        )


def counters_match_allocations(books: Books) -> Iterator[Finding]:
    """The counters held and sold are the sums of what orders hold and bought."""
    sums: dict[str, Units] = {"held": defaultdict(int), "sold": defaultdict(int)}
    for allocation in books.rows.allocations:
        sums[allocation.state][allocation.sku, allocation.place] += allocation.quantity
    counters = {(row.sku, row.place): row for row in books.rows.stock}
    for place in counters.keys() | sums["held"].keys() | sums["sold"].keys():
        row = counters.get(place)
        for state in ("held", "sold"):
            counted = getattr(row, state) if row is not None else 0
            summed = sums[state].get(place, 0)
            if counted != summed:
                yield (
                    _at(*place),
                    f"SKU {_at(*place)}: the counter says {counted} {state}, the allocations sum to {summed}.",
                )


def sales_match_orders(books: Books) -> Iterator[Finding]:
    """What a live order bought is sold to it, no more and no less; an ended order has nothing.

    Excused: a hold not yet turned into the sale, until it is overdue; units whose way back is still an event.
    """
    for order in books.rows.orders:
        allocations = books.allocations_by_order.get(order.order, [])
        if order.is_live:
            yield from _sold_to(books, order, allocations)
        elif allocations and not books.awaits_stock(order.order):
            named = ", ".join(f"{row.quantity} of SKU {_at(row.sku, row.place)} {row.state}" for row in allocations)
            yield order.order, f"Order {order.order} is {order.state}, yet it still has {named}."
    for name, allocations in books.allocations_by_order.items():
        for row in allocations if name not in books.orders else ():
            if row.state == "sold":
                what = f"{row.quantity} of SKU {_at(row.sku, row.place)}"
                yield name, f"{what} are sold to order {name} of buyer {row.buyer}, which does not exist."


def no_leaked_hold(books: Books) -> Iterator[Finding]:
    """A hold that no order claims is released once it has expired."""
    for row in books.rows.allocations:
        if books.is_overdue(row) and row.order not in books.orders:
            late_s = books.rows.taken_at - row.expires_at
            yield (
                row.order,
                f"A hold of {row.quantity} of SKU {_at(row.sku, row.place)} for order {row.order} of buyer "
                f"{row.buyer}, which does not exist, is {late_s:.1f} s past its expiry.",
            )


RULES = (
    stock_adds_up,
    stock_never_negative,
    no_oversell,
    counters_match_allocations,
    sales_match_orders,
    no_leaked_hold,
)


def _at(sku: str, place: str) -> str:
    return f"{sku} at {place}"


def _later(allocation: AllocationRow, than: AllocationRow | None) -> bool:
    """By the hold's expiry; of one instant, by the order's number: O11 is later than O9."""
    return than is None or _moment(allocation) > _moment(than)


def _moment(allocation: AllocationRow) -> tuple[float, int, str]:
    return allocation.expires_at, len(allocation.order), allocation.order


def _sold_to(books: Books, order: OrderRow, allocations: list[AllocationRow]) -> Iterator[Finding]:
    bought: Units = defaultdict(int)
    for line in order.lines:
        bought[line.sku, line.place] += line.quantity
    taken: Units = defaultdict(int)
    for row in allocations:
        taken[row.sku, row.place] += row.quantity
        if books.is_overdue(row):
            late_s = books.rows.taken_at - row.expires_at
            yield (
                order.order,
                f"Order {order.order} is {order.state}, but its hold of {row.quantity} of SKU "
                f"{_at(row.sku, row.place)} is not a sale yet, {late_s:.1f} s past its expiry.",
            )
    if taken != bought:
        for place in sorted(bought.keys() | taken.keys()):
            if taken.get(place, 0) != bought.get(place, 0):
                yield (
                    order.order,
                    f"Order {order.order} of buyer {order.buyer} is {order.state} and bought {bought.get(place, 0)} "
                    f"of SKU {_at(*place)}, but {taken.get(place, 0)} are allocated to it.",
                )
