"""The tables of cross-border trade as typed rows, and which orders customs have not decided yet."""

from __future__ import annotations

from collections import defaultdict

from mock_platform.audit.exported_books import Books
from mock_platform.audit.exported_rows import History, Row
from mock_platform.domain.declaration import UNDER_WAY, DeclarationState
from mock_platform.domain.events import OrderCleared


class RateRow(Row, frozen=True, gc=False):
    currency: str
    micro_yuan: int
    dated_at: float
    given_at: float


class ImportedLineRow(Row, frozen=True, gc=False):
    """Where the price of one order's line of one SKU came from."""

    order: str
    sku: str
    heading: str
    currency: str
    price_minor: int
    rate_micro_yuan: int
    rated_at: float


class DeclarationRow(Row, frozen=True, gc=False):
    declaration: str
    order: str
    value_fen: int
    duty_fen: int
    state: str
    history: History
    chased_at: float
    """From when on the shop asks by itself what became of it."""

    def reached_at(self, state: DeclarationState) -> float | None:
        return next((at for reached, at in self.history if reached == state), None)


class BrokerRow(Row, frozen=True, gc=False):
    """What the customs broker's own books say."""

    declaration: str
    order: str
    value_fen: int
    duty_fen: int
    verdict: str | None
    heard_by: float | None
    """When the shop knows the verdict at the latest."""
    withdrawn: bool


def rates(books: Books) -> list[RateRow]:
    return books.table("exchange_rates", RateRow)


def imported_lines(books: Books) -> list[ImportedLineRow]:
    return books.table("imported_lines", ImportedLineRow)


def declarations(books: Books) -> list[DeclarationRow]:
    return books.table("declarations", DeclarationRow)


def broker_entries(books: Books) -> list[BrokerRow]:
    return books.table("customs_broker", BrokerRow)


def declarations_by_order(books: Books) -> dict[str, list[DeclarationRow]]:
    found: defaultdict[str, list[DeclarationRow]] = defaultdict(list)
    for declaration in declarations(books):
        found[declaration.order].append(declaration)
    return dict(found)


def at_customs(books: Books) -> frozenset[str]:
    """Orders that must not be packed yet: customs have not spoken."""
    return frozenset(declaration.order for declaration in declarations(books) if declaration.state in UNDER_WAY)


def awaits_clearance(books: Books) -> frozenset[str]:
    """Orders that have no parcels yet, since customs have not decided or their word is still an event."""
    return at_customs(books) | {
        order.order for order in books.rows.orders if order.declared and books.awaits(order.order, OrderCleared)
    }
