"""Every field of every table of a real export is changed, every row dropped and doubled: what does nobody notice?"""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from mock_platform.audit import AuditError, audit
from tests.mock_platform.audit.festival_books import festival
from tests.mock_platform.audit.harmless_fields import UNNOTICED
from tests.mock_platform.audit.mutations import changes, doubled, dropped, places, put, tables

pytestmark = pytest.mark.xdist_group("festival-books")

SEED = 11
ROWS_TRIED = 40
"""Rows of a field changed before it counts as unnoticed; mostly the first is noticed."""
EXACT_ROWS = 2
EXACT = (
    *("orders.order", "orders.buyer", "orders.key", "orders.state", "orders.payable_fen", "orders.history.0"),
    *("orders.lines.sku", "orders.lines.quantity", "orders.lines.unit_price_fen", "orders.lines.merchant"),
    *("orders.lines.discount_fen", "orders.lines.subsidy_fen", "orders.lines.duty_fen", "orders.placed_at"),
    *("payments.order", "payments.amount_fen", "payments.buyer", "payments.history.0", "payments.state"),
    *("bank.payment", "bank.order", "bank.captures", "bank.captured_fen", "bank.refunded_fen"),
    *("ledger.entry", "ledger.order", "ledger.legs.account", "ledger.legs.amount_fen"),
    *("allocations.order", "allocations.sku", "allocations.place", "allocations.quantity", "allocations.state"),
    *("stock.initial", "stock.restocked", "stock.free", "stock.held", "stock.sold"),
    *("parcels.order", "parcels.state", "parcels.merchant", "parcels.warehouse", "parcels.lines.quantity"),
    *("coupons.campaign", "coupons.used_by", "coupon_campaigns.spent_fen", "coupon_campaigns.claimed"),
    *("order_discounts.order", "order_discounts.deductions.off_fen", "order_discounts.deductions.source"),
    *("settlements.orders", "settlements.statements.merchant", "settlements.statements.gross_fen"),
    *("settlements.statements.fee_fen", "settlements.statements.net_fen", "settlements.statements.orders"),
    *("imported_lines.price_minor", "imported_lines.rated_at", "declarations.value_fen", "declarations.duty_fen"),
    *("pickups.order", "pickups.outlet", "pickups.collect_before", "restocks.quantity", "restocks.sku"),
    *("presales.price_fen", "presales.deposit_fen", "flash_sales.price_fen", "flash_sales.allotment"),
)
"""Money, units and whose they are: of these every single change is noticed, to the fen."""
ROUNDED = {"imported_lines.price_minor": "a unit of a small currency may be less than half a fen"}
ODD = (None, "", -1, 0, 10**30, -1e300, 1e300, [], {}, "名" * 50)
LOSSES = {
    "keys": "of a refused try: nothing was made under it",
    "bank": "of a declined payment: the bank took nothing",
    "exchange_rates": "at which nobody bought",
    "merchant_accounts": "who never listed anything",
    "merchant_views": "only the latest are kept",
    "access_log": "only the latest are exported: the oldest may be gone",
    "coupon_goods": "which a coupon without categories was spent on",
    "outlets": "in which nobody bought",
    "pickups": "that ended: their orders were refunded, and that is noticed",
    "price_lists": "of goods that nobody bought or brought",
    "price_lists.prices": "at which nobody bought",
    "stock": "of outlets' shelves from which nothing was sold",
    "orders.coupons": "of an order that ended: its coupon is free again",
    "parcels": "of an order that was refunded: nothing left for it",
    "declarations": "likewise",
    "master_keys": "destroyed, and nothing is under it",
}
"""Of which tables a row may be missing unnoticed, and which."""


@pytest.fixture(scope="module")
def books() -> dict[str, Any]:
    return festival()


def is_noticed(books: dict[str, Any]) -> bool:
    """A finding, or one sentence that the books cannot be read; anything else the audit raises is a failure."""
    try:
        return bool(audit(books).violations)
    except AuditError:
        return True


def test_every_field_is_watched_or_harmless(books: dict[str, Any]) -> None:
    rng, unnoticed = Random(SEED), set()
    for field, found in places(books).items():
        column = [place.value for place in found]
        tried = rng.sample(found, min(ROWS_TRIED, len(found)))
        if field not in UNNOTICED and not any(_changes_noticed(books, place, column, rng) for place in tried):
            unnoticed.add(field)
    assert unnoticed == set(), "close the hole, or say in harmless_fields.py why it is none"


def _changes_noticed(books: dict[str, Any], place: Any, column: list[Any], rng: Random) -> bool:
    return any(_noticed(books, place, value) for value in changes(place, column, rng).values())


def _noticed(books: dict[str, Any], place: Any, value: Any) -> bool:
    with put(place, value):
        return is_noticed(books)


@pytest.mark.parametrize("field", EXACT)
def test_of_money_units_and_whose_they_are_every_change_is_noticed(books: dict[str, Any], field: str) -> None:
    rng, found = Random(SEED), places(books)[field]
    column = [place.value for place in found]
    for place in rng.sample(found, min(EXACT_ROWS, len(found))):
        for kind, value in changes(place, column, rng).items():
            if field in ROUNDED and kind in ("more", "less"):
                continue
            assert _noticed(books, place, value), f"{place.value!r} -> {value!r} ({kind}) in {place.holder}"


def test_no_row_is_doubled_and_none_is_lost_unnoticed(books: dict[str, Any]) -> None:
    rng, unnoticed = Random(SEED), []
    for table, lists in tables(books).items():
        filled = [rows for rows in lists if rows and isinstance(rows[0], dict)]
        for rows in rng.sample(filled, min(4, len(filled))):
            index = rng.randrange(len(rows))
            row = rows[index]
            with doubled(rows, index):
                if not is_noticed(books):
                    unnoticed.append((table, "doubled", row))
            with dropped(rows, index):
                if not is_noticed(books) and table not in LOSSES:
                    unnoticed.append((table, "dropped", row))
    assert unnoticed == []


def test_no_table_is_lost_or_emptied_unnoticed(books: dict[str, Any]) -> None:
    unnoticed = []
    for table in [name for name, rows in books.items() if isinstance(rows, list)]:
        rows = books.pop(table)
        if not is_noticed(books):
            unnoticed.append(f"{table} lost")
        books[table] = []
        if not is_noticed(books) and table not in LOSSES:
            unnoticed.append(f"{table} emptied")
        books[table] = rows
    assert unnoticed == []


def test_what_is_called_harmless_is_there(books: dict[str, Any]) -> None:
    assert set(UNNOTICED) | set(EXACT) <= set(places(books))
    assert not set(UNNOTICED) & set(EXACT)
    assert set(LOSSES) <= set(tables(books))


def test_the_audit_never_raises_but_a_sentence(books: dict[str, Any]) -> None:
    """Whatever stands in a field: the audit finds it, passes over it, or says that it cannot read."""
    rng = Random(SEED)
    for found in places(books).values():
        with put(rng.choice(found), rng.choice(ODD)):
            is_noticed(books)
