"""Accounts: money moves between accounts that the shop has, by moves that it knows, each in its order's own time."""

from __future__ import annotations

from collections.abc import Iterator

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import LegRow, Row
from mock_platform.audit.ledger_rules import MERCHANT, RECEIVABLE
from mock_platform.domain.ledger import BANK, DUTY, FEES, FORFEITS, PROMOTIONS, payout
from mock_platform.domain.outlet import till_of

SINGLE = frozenset({BANK, DUTY, FEES, PROMOTIONS})
FAMILIES = (MERCHANT, RECEIVABLE, FORFEITS, payout(""), till_of(""))
MOVES = frozenset(
    {"placed", "deposited", "paid", "cancelled", "forfeited", "refunded", "returned", "deposit_returned"}
    | {"till_sold", "settled"}
)
"""See the table in `domain/ledger.py`: what an entry may be of, as the second part of its name."""
TICK_S = 1e-3


class DatedEntryRow(Row, frozen=True, gc=False):
    entry: str
    order: str
    at: float
    legs: list[LegRow]


def ledger_knows_its_accounts(books: Books) -> Iterator[Finding]:
    """Whatever is moved to an account that nobody looks at is gone, though everything sums to zero."""
    for entry in books.rows.ledger:
        for leg in entry.legs:
            if leg.account not in SINGLE and not leg.account.startswith(FAMILIES):
                yield entry.entry, f"Ledger entry {entry.entry} moves {leg.amount_fen} fen to {leg.account}."


def entries_are_moves_of_their_order(books: Books) -> Iterator[Finding]:
    """An entry is named after its order and one of the moves, so that none is booked twice under two names."""
    for entry in books.rows.ledger:
        order, _, move = entry.entry.rpartition(":")
        if order != entry.order or move not in MOVES:
            yield entry.entry, f"Ledger entry {entry.entry} of order {entry.order} is none of that order's moves."


def entries_are_booked_in_their_orders_time(books: Books) -> Iterator[Finding]:
    """Nothing is booked of an order before it was placed, or after the books were taken."""
    for entry in books.table("ledger", DatedEntryRow):
        order = books.orders.get(entry.order)
        if order is not None and not order.placed_at <= entry.at <= books.rows.taken_at + TICK_S:
            off_s = entry.at - order.placed_at
            yield entry.entry, f"Ledger entry {entry.entry} is booked {off_s:.3f} s after its order was placed."


RULES = (
    ledger_knows_its_accounts,
    entries_are_moves_of_their_order,
    entries_are_booked_in_their_orders_time,
)
