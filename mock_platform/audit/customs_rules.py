"""Customs: every paid order from abroad is declared once, leaves when it is cleared, and is paid back if it is not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from statistics import median

from mock_platform.audit.customs_books import (
    BrokerRow,
    DeclarationRow,
    at_customs,
    broker_entries,
    declarations,
    declarations_by_order,
)
from mock_platform.audit.exported_books import Books, Finding
from mock_platform.domain.declaration import MOVES, DeclarationState
from mock_platform.domain.events import OrderPaid, RefundRequested
from mock_platform.domain.order import OrderState

PAID = frozenset({OrderState.PAID, OrderState.SHIPPED, OrderState.DELIVERED})
LIMITS = ("order_limit", "yearly_limit")


def one_declaration_for_each_import(books: Books) -> Iterator[Finding]:
    """A paid order from abroad has exactly one, over its goods and duty; no other order has any.

    Excused: an order whose payment is still an event.
    """
    found = declarations_by_order(books)
    for order in books.rows.orders:
        rows = found.pop(order.order, [])
        if not order.declared:
            if rows:
                yield order.order, f"Order {order.order} is not from abroad, yet it has {_named(rows)}."
            continue
        missing = order.state in PAID and not rows and not books.awaits(order.order, OrderPaid)
        if missing or len(rows) > 1:
            yield order.order, f"Order {order.order} is {order.state} and has {len(rows)} declarations."
        value_fen = sum(line.quantity * line.unit_price_fen for line in order.lines)
        duty_fen = sum(line.duty_fen for line in order.lines)
        for row in rows:
            if (row.value_fen, row.duty_fen) != (value_fen, duty_fen):
                yield (
                    order.order,
                    f"Declaration {row.declaration} says {row.value_fen} fen and {row.duty_fen} fen of duty, order "
                    f"{order.order} is over {value_fen} and {duty_fen}.",
                )
    for name, rows in found.items():
        yield name, f"Order {name} does not exist, yet it has {_named(rows)}."


def declarations_move_legally(books: Books) -> Iterator[Finding]:
    """By the table of moves, forward in time, and the last step is the state."""
    for row in declarations(books):
        states = [state for state, _ in row.history]
        legal = states[:1] == [DeclarationState.DRAFTED] and states[-1] == row.state
        legal = legal and all(was in MOVES and to in MOVES[DeclarationState(was)] for was, to in pairwise(states))
        if not legal or any(later < at for (_, at), (_, later) in pairwise(row.history)):
            yield row.order, f"Declaration {row.declaration} is {row.state} by way of {', '.join(states)}."


def nothing_leaves_before_clearance(books: Books) -> Iterator[Finding]:
    """No parcel of an order from abroad is made before customs cleared it."""
    found = declarations_by_order(books)
    for name, parcels in books.parcels_by_order.items():
        order = books.orders.get(name)
        if order is None or not order.declared:
            continue
        cleared_at = next((at for row in found.get(name, []) if (at := row.reached_at(DeclarationState.CLEARED))), None)
        for parcel in parcels:
            made_at = parcel.history[0][1] if parcel.history else None
            if cleared_at is None:
                yield name, f"Parcel {parcel.parcel} of order {name} was made, though customs cleared nothing."
            elif made_at is None or made_at < cleared_at:
                yield name, f"Parcel {parcel.parcel} of order {name} was made before customs cleared it."


def rejected_is_refunded_in_full(books: Books) -> Iterator[Finding]:
    """What customs reject is paid back whole, duty included. Excused: a refund under way."""
    for row in declarations(books):
        order = books.orders.get(row.order)
        if row.state != DeclarationState.REJECTED or order is None:
            continue
        if order.state != OrderState.REFUNDED:
            yield row.order, f"Customs rejected order {row.order}, yet it is {order.state}."
        refunded_fen = sum(line.refunded_fen for line in books.bank_by_order.get(row.order, []))
        if refunded_fen != order.payable_fen and not books.awaits(row.order, RefundRequested):
            yield (
                row.order,
                f"Customs rejected order {row.order}: {order.payable_fen} fen were due back, {refunded_fen} came.",
            )


def ended_orders_leave_customs(books: Books) -> Iterator[Finding]:
    """What customs have not decided is of a paid order. Excused: an order that ended this moment."""
    for name in at_customs(books):
        order = books.orders.get(name)
        if order is not None and order.state != OrderState.PAID and not books.awaits_stock(name):
            yield name, f"Order {name} is {order.state}, yet its declaration is still at customs."


def nothing_is_forgotten_at_customs(books: Books) -> Iterator[Finding]:
    """A draft is handed in and a verdict is heard: late or lost, the shop asks. Customs may think as they like."""
    entries = {entry.declaration: entry for entry in broker_entries(books)}
    for row in declarations(books):
        entry = entries.get(row.declaration)
        if row.state == DeclarationState.DRAFTED:
            due_at, missed = row.chased_at, f"Declaration {row.declaration} was not handed in"
        elif row.state == DeclarationState.DECLARED and entry is not None and entry.heard_by is not None:
            due_at, missed = entry.heard_by, f"Customs decided on declaration {row.declaration}, and nobody heard of it"
        else:
            continue
        late_s = books.rows.taken_at - due_at
        if late_s > books.rows.settings.grace_s:
            yield row.order, f"{missed} for {late_s:.1f} s longer than it may take."


def declarations_say_what_customs_said(books: Books) -> Iterator[Finding]:
    """Nothing is cleared or rejected but by customs, over the goods and duty they were told of, as their books say.

    What they decided and nobody heard of yet is no finding: their word may be on its way. Nor is what was
    withdrawn while the word of that is an event.
    """
    entries = {entry.declaration: entry for entry in broker_entries(books)}
    for row in declarations(books):
        entry = entries.pop(row.declaration, None)
        if (said := _misheard(books, row, entry)) is not None:
            yield row.order, f"Declaration {row.declaration} is {row.state}, customs {said}."
        if entry is not None and (entry.order, entry.value_fen, entry.duty_fen) != (
            row.order, row.value_fen, row.duty_fen
        ):  # fmt: skip
            yield (
                row.order,
                f"Declaration {row.declaration} is over {row.value_fen} fen and {row.duty_fen} fen of duty, customs "
                f"were told {entry.value_fen} and {entry.duty_fen} of order {entry.order}.",
            )
    for entry in entries.values():
        yield entry.order, f"Customs have declaration {entry.declaration} of order {entry.order}, which nobody drafted."


RULES = (
    one_declaration_for_each_import,
    declarations_move_legally,
    nothing_leaves_before_clearance,
    rejected_is_refunded_in_full,
    ended_orders_leave_customs,
    nothing_is_forgotten_at_customs,
    declarations_say_what_customs_said,
)


def figures(books: Books) -> dict[str, float | str]:
    orders = [order for order in books.rows.orders if order.declared]
    duties = [line.duty_fen for order in orders if order.state in PAID for line in order.lines]
    states = [row.state for row in declarations(books)]
    waits = [wait_s for row in declarations(books) if (wait_s := _clearance_s(row)) is not None]
    return {
        "orders": len(orders),
        "duty_yuan": sum(duties) / 100,
        "cleared_declarations": states.count(DeclarationState.CLEARED),
        "rejected_and_refunded_declarations": states.count(DeclarationState.REJECTED),
        "withdrawn_declarations": states.count(DeclarationState.WITHDRAWN),
        "refused_by_limit_orders": sum(key.refusal in LIMITS for key in books.rows.keys),
        "median_clearance_s": round(median(waits), 3) if waits else "none",
    }


def _clearance_s(row: DeclarationRow) -> float | None:
    declared_at = row.reached_at(DeclarationState.DECLARED)
    cleared_at = row.reached_at(DeclarationState.CLEARED)
    return None if declared_at is None or cleared_at is None else cleared_at - declared_at


def _misheard(books: Books, row: DeclarationRow, entry: BrokerRow | None) -> str | None:
    """What customs' books say against ours; None: they agree."""
    if row.state in (DeclarationState.CLEARED, DeclarationState.REJECTED):
        if entry is None:
            return "never heard of it"
        if entry.verdict != row.state:
            return "have not decided" if entry.verdict is None else f"{entry.verdict} it"
    if entry is None:
        return None
    if entry.withdrawn and row.state != DeclarationState.WITHDRAWN:
        return "were told that it is withdrawn"
    thinking = entry.verdict is None and not entry.withdrawn and not books.awaits(row.order, RefundRequested)
    return "still think about it" if row.state == DeclarationState.WITHDRAWN and thinking else None


def _named(rows: list[DeclarationRow]) -> str:
    return ", ".join(f"declaration {row.declaration} ({row.state})" for row in rows)
