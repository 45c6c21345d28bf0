"""Settlement: every delivered order's money reaches its merchants once, less a fee exact to the fen; forfeits whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import OrderRow, Row
from mock_platform.domain.ledger import FEES, payout
from mock_platform.domain.order import FULFILLED
from mock_platform.domain.payout import BatchState, fee_fen_of

PAYOUT = payout("")
SETTLED = ":settled"


class TermsRow(Row, frozen=True, gc=False):
    fee_basis_points: int
    settle_every_s: float
    priced_within_s: float
    """After an order's `placed_at` its prices are read within this."""


class StatementRow(Row, frozen=True, gc=False):
    merchant: str
    orders: int
    gross_fen: int
    fee_fen: int
    net_fen: int


class BatchRow(Row, frozen=True, gc=False):
    settlement: str
    opened_at: float
    state: BatchState
    orders: list[str]
    statements: list[StatementRow]


def terms_of(books: Books) -> TermsRow | None:
    """On which terms merchants sell; None for books of a shop without a marketplace."""
    return next(iter(books.table("marketplace_terms", TermsRow)), None)


def settled_once_and_when_delivered(books: Books) -> Iterator[Finding]:
    """Nothing is settled that was not delivered, or was refunded; nothing twice, nothing by halves."""
    entries: defaultdict[str, int] = defaultdict(int)
    for entry in books.rows.ledger:
        if entry.entry.endswith(SETTLED):
            entries[entry.order] += 1
    batches: defaultdict[str, list[str]] = defaultdict(list)
    for batch in _batches(books):
        for name in batch.orders:
            batches[name].append(batch.settlement)
    is_open = _open(books)
    for order in books.rows.orders:
        times, within = entries.pop(order.order, 0), batches.pop(order.order, [])
        settlement, named = order.settlement, f"Order {order.order}, {order.state},"
        if settlement is None and (times or within):
            yield order.order, f"{named} is not settled, yet {times} entries and {len(within)} batches say that it is."
        elif settlement is None:
            continue
        elif not _is_due(order):
            yield order.order, f"{named} is settled in {settlement}, and was not delivered."
        elif times != 1:
            yield order.order, f"{named} is settled in {settlement} by {times} ledger entries, not by one."
        elif within != [settlement] and not (not within and settlement in is_open):
            yield order.order, f"{named} is settled in {settlement}, the batches that have it: {within or 'none'}."
    for name in entries.keys() | batches.keys():
        yield name, f"Order {name} is settled and does not exist."


def settled_is_sales_less_fees(books: Books) -> Iterator[Finding]:
    """What a settled order brings each merchant and the platform is its lines, less a fee each; or a deposit, whole."""
    terms = terms_of(books)
    if terms is None:
        return
    due: defaultdict[tuple[str, str], int] = defaultdict(int)
    for order in books.rows.orders:
        for merchant, gross_fen, fee_fen in _shares(order, terms) if order.settlement is not None else ():
            due[order.order, payout(merchant)] -= gross_fen - fee_fen
            due[order.order, FEES] -= fee_fen
    booked = {pair: fen for pair, fen in books.balances_fen.items() if pair[1] == FEES or pair[1].startswith(PAYOUT)}
    for name, account in due.keys() | booked.keys():
        due_fen, booked_fen = due.get((name, account), 0), booked.get((name, account), 0)
        if due_fen != booked_fen:
            yield name, f"Order {name} means {due_fen} fen on {account}, the ledger says {booked_fen} fen."


def payables_are_sales_less_refunds_and_fees(books: Books) -> Iterator[Finding]:
    """Each closed batch states each merchant's delivered orders, sales, fees, and the rest. Refunds are no sales."""
    terms = terms_of(books)
    if terms is None:
        return
    is_open = _open(books)
    sold: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for order in books.rows.orders:
        if order.settlement is None or order.settlement in is_open or not _is_due(order):
            continue
        for merchant in {line.merchant for line in order.lines}:
            sold[order.settlement, merchant][0] += 1
        for merchant, gross_fen, fee_fen in _shares(order, terms):
            _add(sold[order.settlement, merchant], 0, gross_fen, fee_fen, gross_fen - fee_fen)
    stated: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for batch in _batches(books):
        for row in batch.statements:
            _add(stated[batch.settlement, row.merchant], row.orders, row.gross_fen, row.fee_fen, row.net_fen)
    for settlement, merchant in sold.keys() | stated.keys():
        means, says = sold[settlement, merchant], stated[settlement, merchant]
        if means != says:
            yield (
                merchant,
                f"Merchant {merchant} means {_money(means)} in {settlement}; the statements say {_money(says)}.",
            )


def batches_are_closed_in_time(books: Books) -> Iterator[Finding]:
    """No batch stays open: what is marked with it would never be stated, and whoever waits be excused for good."""
    for batch in _batches(books):
        if batch.state == BatchState.OPEN and _is_stuck(books, batch):
            open_s = books.rows.taken_at - batch.opened_at
            yield (
                batch.settlement,
                f"Settlement batch {batch.settlement} was opened {open_s:.1f} s ago and is still open.",
            )


def delivered_orders_are_settled_in_time(books: Books) -> Iterator[Finding]:
    """Nothing that is due waits much longer than the pause between two batches. Excused: while one is at work."""
    terms = terms_of(books)
    at_work = [row for row in _batches(books) if row.state == BatchState.OPEN and not _is_stuck(books, row)]
    if terms is None or at_work:
        return
    before = books.rows.taken_at - terms.settle_every_s - books.rows.settings.grace_s
    for order in books.rows.orders:
        if _awaits_settlement(order) and order.history[-1][1] < before:
            waits_s = books.rows.taken_at - order.history[-1][1]
            yield order.order, f"Order {order.order} was {order.state} {waits_s:.1f} s ago and is not settled."


RULES = (
    settled_once_and_when_delivered,
    settled_is_sales_less_fees,
    payables_are_sales_less_refunds_and_fees,
    batches_are_closed_in_time,
    delivered_orders_are_settled_in_time,
)


def figures(books: Books) -> dict[str, float | str]:
    """What the batches brought."""
    closed = [batch for batch in _batches(books) if batch.state == BatchState.CLOSED]
    statements = [row for batch in closed for row in batch.statements]
    return {
        "settlement_batches": len(closed),
        "settled_orders": sum(len(batch.orders) for batch in closed),
        "merchants_payable_yuan": sum(row.net_fen for row in statements) / 100,
        "platform_fees_yuan": sum(row.fee_fen for row in statements) / 100,
    }


def _batches(books: Books) -> list[BatchRow]:
    return books.table("settlements", BatchRow)


def _open(books: Books) -> set[str]:
    return {batch.settlement for batch in _batches(books) if batch.state == BatchState.OPEN}


def _is_stuck(books: Books, batch: BatchRow) -> bool:
    return books.rows.taken_at - batch.opened_at > books.rows.settings.grace_s


def _awaits_settlement(order: OrderRow) -> bool:
    return _is_due(order) and order.settlement is None


def _is_due(order: OrderRow) -> bool:
    """Whether the buyer has the goods, or has lost the deposit."""
    return order.state in FULFILLED or (order.deposit_fen > 0 and order.is_forfeited)


def _shares(order: OrderRow, terms: TermsRow) -> Iterator[tuple[str, int, int]]:
    """Merchant, gross and fee of what a settled order brings, piece by piece."""
    if order.state not in FULFILLED:
        yield order.lines[0].merchant, order.deposit_fen, 0
        return
    for line in order.lines:
        yield line.merchant, line.merchant_fen, fee_fen_of(line.merchant_fen, terms.fee_basis_points)


def _add(sums: list[int], *amounts_fen: int) -> None:
    for at, amount_fen in enumerate(amounts_fen):
        sums[at] += amount_fen


def _money(sums: list[int]) -> str:
    orders, gross_fen, fee_fen, net_fen = sums
    return f"{orders} orders, sales of {gross_fen} fen, fees of {fee_fen} and {net_fen} payable"
