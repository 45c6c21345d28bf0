"""The ledger: double entry, so that money is only ever moved, and each order's accounts follow from its state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import OrderRow
from mock_platform.domain.ledger import BANK, FORFEITS, receivable
from mock_platform.domain.order import OrderState

MERCHANT = "merchant/"
RECEIVABLE = receivable("")

Balances = Mapping[tuple[str, str], int]
"""Fen per (order, account)."""


def ledger_sums_to_zero(books: Books) -> Iterator[Finding]:
    """Every entry's legs sum to zero, and so does the whole."""
    for entry in books.rows.ledger:
        sum_fen = sum([leg.amount_fen for leg in entry.legs])
        if sum_fen:
            legs = ", ".join(f"{leg.account} {leg.amount_fen:+d}" for leg in entry.legs)
            yield entry.entry, f"Ledger entry {entry.entry} of order {entry.order} is off by {sum_fen} fen: {legs}."


def receivable_is_what_is_owed(books: Books) -> Iterator[Finding]:
    """An order's receivable is its price while it is placed, its balance once the deposit is paid, and zero otherwise.

    Excused: a payment that came too late and is on its way back.
    """
    owed = {
        (order.order, receivable(order.order)): owed_fen
        for order in books.rows.orders
        if (owed_fen := _owed_fen(order))
    }
    for name, account, owed_fen, booked_fen in _differences(owed, _booked(books, RECEIVABLE)):
        if not books.awaits_refund(name):
            message = f"{_named(books, name)} means {owed_fen} fen on {account}, the ledger says {booked_fen} fen."
            yield name, message


def bank_account_is_captured_less_refunded(books: Books) -> Iterator[Finding]:
    """Per order. Excused: a capture not heard of yet, a refund not booked yet."""
    moved: defaultdict[tuple[str, str], int] = defaultdict(int)
    for row in books.rows.bank:
        moved[row.order, BANK] += row.captured_fen - row.refunded_fen
    for name, _, moved_fen, booked_fen in _differences(moved, _booked(books, BANK)):
        if not books.awaits_bank(name) and not books.awaits_refund(name):
            yield name, f"The bank keeps {moved_fen} fen of order {name}, the ledger says {booked_fen} fen."


def merchant_account_is_live_sales(books: Books) -> Iterator[Finding]:
    """A merchant is owed the lines of live orders until they are settled, and nothing else.

    Excused: a refund not booked yet.
    """
    due: defaultdict[tuple[str, str], int] = defaultdict(int)
    for order in books.rows.orders:
        for line in order.lines if order.is_live and order.settlement is None else ():
            due[order.order, MERCHANT + line.merchant] -= line.merchant_fen
    for name, account, due_fen, booked_fen in _differences(due, _booked(books, MERCHANT)):
        if not books.awaits_refund(name):
            message = f"{_named(books, name)} means {due_fen} fen on {account}, the ledger says {booked_fen} fen."
            yield name, message


def forfeits_are_deposits_given_up_too_late(books: Books) -> Iterator[Finding]:
    """A merchant is owed the deposit of an order that was given up too late, whole, until it is settled."""
    due = {
        (order.order, FORFEITS + order.lines[0].merchant): -order.deposit_fen
        for order in books.rows.orders
        if order.deposit_fen and order.is_forfeited and order.settlement is None
    }
    for name, account, due_fen, booked_fen in _differences(due, _booked(books, FORFEITS)):
        message = f"{_named(books, name)} means {due_fen} fen on {account}, the ledger says {booked_fen} fen."
        yield name, message


RULES = (
    ledger_sums_to_zero,
    receivable_is_what_is_owed,
    bank_account_is_captured_less_refunded,
    merchant_account_is_live_sales,
    forfeits_are_deposits_given_up_too_late,
)


def _owed_fen(order: OrderRow) -> int:
    if order.state == OrderState.PLACED:
        return order.payable_fen
    return order.payable_fen - order.deposit_fen if order.state == OrderState.DEPOSITED else 0


def _booked(books: Books, account: str) -> Balances:
    """What the ledger says of the accounts that begin so, where it is not zero."""
    return {pair: fen for pair, fen in books.balances_fen.items() if fen and pair[1].startswith(account)}


def _differences(expected: Balances, booked: Balances) -> Iterator[tuple[str, str, int, int]]:
    expected = {pair: fen for pair, fen in expected.items() if fen}
    if expected == booked:  # as in nearly every audit, and soon told
        return
    for pair in expected.keys() | booked.keys():
        expected_fen, booked_fen = expected.get(pair, 0), booked.get(pair, 0)
        if expected_fen != booked_fen:
            yield *pair, expected_fen, booked_fen


def _named(books: Books, order: str) -> str:
    row = books.orders.get(order)
    return f"Order {order}, which does not exist," if row is None else f"Order {order}, {row.state},"
