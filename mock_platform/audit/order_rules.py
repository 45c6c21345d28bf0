"""Orders: each state follows from the last, each sum from its lines, and each key made one order or was refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import History, KeyRow
from mock_platform.domain import order, payment, shipment


class Table(NamedTuple):
    """A domain's table of moves, and the states that no move leads to: there every history begins."""

    moves: Mapping[str, frozenset[str]]
    beginnings: frozenset[str]


def legal_moves_only(books: Books) -> Iterator[Finding]:
    """Every history begins where its table begins, follows it, and ends in the row's state."""
    for kind, name, state, history, table in _histories(books):
        states = [step for step, _ in history]
        if not states or states[0] not in table.beginnings:
            yield name, f"{kind} {name} begins as {states[0] if states else 'nothing'}, which is no beginning."
        for before, after in pairwise(states):
            if after not in table.moves.get(before, frozenset()):
                yield name, f"{kind} {name} went from {before} to {after}, which the table of moves forbids."
        if states and states[-1] != state:
            yield name, f"{kind} {name} is {state}, but its history ends with {states[-1]}."


def history_runs_forward(books: Books) -> Iterator[Finding]:
    for kind, name, _, history, _ in _histories(books):
        for (before, before_at), (after, after_at) in pairwise(history):
            if after_at < before_at:
                early_s = before_at - after_at
                yield name, f"{kind} {name} became {after} {early_s:.3f} s before it was {before}."


def payable_is_the_sum_of_lines(books: Books) -> Iterator[Finding]:
    for row in books.rows.orders:
        sum_fen = sum([line.total_fen for line in row.lines])
        if sum_fen != row.payable_fen:
            message = f"Order {row.order} asks for {row.payable_fen} fen, its lines sum to {sum_fen} fen."
            yield row.order, message


def one_order_per_key(books: Books) -> Iterator[Finding]:
    made: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in books.rows.orders:
        made[row.buyer, row.key].append(row.order)
    for (buyer, key), orders in made.items():
        if len(orders) > 1:
            named = ", ".join(sorted(orders))
            yield key, f"Key {key} of buyer {buyer} made {len(orders)} orders: {named}."


def finished_keys_have_an_answer(books: Books) -> Iterator[Finding]:
    """A finished key tells its order, which exists, or a refusal; never both."""
    for row in books.rows.keys:
        if row.state != "finished":
            continue
        exists = row.order in books.orders
        if row.refusal is not None and exists:
            yield row.key, f"Key {row.key} of buyer {row.buyer} was refused, yet its order {row.order} exists."
        elif row.refusal is None and row.order is None:
            yield row.key, f"Key {row.key} of buyer {row.buyer} is finished with neither an order nor a refusal."
        elif row.refusal is None and not exists:
            message = f"Key {row.key} of buyer {row.buyer} made order {row.order}, which does not exist."
            yield row.key, message
        elif row.order is not None and row.refusal is None:
            made = books.orders[row.order]
            if (made.buyer, made.key) != (row.buyer, row.key):
                yield (
                    row.key,
                    f"Key {row.key} of buyer {row.buyer} tells of order {row.order}, which buyer {made.buyer} made "
                    f"under key {made.key}.",
                )


def orders_have_a_finished_key(books: Books) -> Iterator[Finding]:
    """An order and its finished key are one commit: an order that no key tells can be made twice."""
    keys: dict[tuple[str, str], KeyRow] = {(row.buyer, row.key): row for row in books.rows.keys}
    for row in books.rows.orders:
        key = keys.get((row.buyer, row.key))
        if key is None:
            yield row.order, f"Order {row.order} was made under key {row.key} of buyer {row.buyer}, which is unknown."
        elif key.state != "finished":
            yield row.order, f"Order {row.order} exists, but its key {row.key} of buyer {row.buyer} is only claimed."
        elif key.order != row.order and key.refusal is None:
            message = f"Order {row.order} was made under key {row.key}, which tells of order {key.order}."
            yield row.order, message
        elif key.order != row.order:
            yield row.order, f"Order {row.order} was made under key {row.key}, which was refused."


def every_row_is_there_once(books: Books) -> Iterator[Finding]:
    """Two rows of one name would hide each other from every other rule."""
    rows = books.rows
    names: dict[str, list[str]] = {
        "order": [row.order for row in rows.orders],
        "payment": [row.payment for row in rows.payments],
        "parcel": [row.parcel for row in rows.parcels],
        "ledger entry": [row.entry for row in rows.ledger],
        "flash sale": [row.flash_sale for row in rows.flash_sales],
        "bank line": [row.payment for row in rows.bank],
        "stock": [f"{row.sku} at {row.place}" for row in rows.stock],
        "key": [f"{row.key} of buyer {row.buyer}" for row in rows.keys],
    }
    for kind, listed in names.items():
        if len(set(listed)) < len(listed):
            seen: set[str] = set()
            for name in listed:
                if name in seen:
                    yield name, f"The {kind} {name} is in the books more than once."
                seen.add(name)


RULES = (
    every_row_is_there_once,
    legal_moves_only,
    history_runs_forward,
    payable_is_the_sum_of_lines,
    one_order_per_key,
    finished_keys_have_an_answer,
    orders_have_a_finished_key,
)


def _table(moves: Mapping[Any, frozenset[Any]]) -> Table:
    led_to = frozenset[str]().union(*moves.values())
    return Table({str(state): after for state, after in moves.items()}, frozenset(moves) - led_to)


ORDER_TABLE = _table(order.MOVES)
PAYMENT_TABLE = _table(payment.MOVES)
PARCEL_TABLE = _table(shipment.MOVES)


def _histories(books: Books) -> Iterator[tuple[str, str, str, History, Table]]:
    for row in books.rows.orders:
        yield "Order", row.order, row.state, row.history, ORDER_TABLE
    for paid in books.rows.payments:
        yield "Payment", paid.payment, paid.state, paid.history, PAYMENT_TABLE
    for parcel in books.rows.parcels:
        yield "Parcel", parcel.parcel, parcel.state, parcel.history, PARCEL_TABLE


def figures(books: Books) -> dict[str, float | str]:
    """What became of orders, a till's among them, and of tries that made none."""
    rows, refusals = books.rows.orders, [key.refusal for key in books.rows.keys if key.refusal is not None]
    paid_at = {row.order: _first(row.history, order.OrderState.PAID) for row in rows}
    waited_s = [at - row.placed_at for row in rows if (at := paid_at[row.order]) is not None and row.tender is None]
    return {
        "placed_orders": len(rows),
        "paid_orders": sum(at is not None for at in paid_at.values()),
        "ended_unpaid_orders": sum(paid_at[row.order] is None and not row.is_live for row in rows),
        "bought_units": sum(line.quantity for row in rows if row.is_live for line in row.lines),
        "placed_to_paid_median_s": round(median(waited_s), 2) if waited_s else "none yet",
        "refused_tries": len(refusals),
        "refused_as_sold_out_tries": refusals.count("sold_out"),
    }


def _first(history: History, state: str) -> float | None:
    return next((at for step, at in history if step == state), None)
