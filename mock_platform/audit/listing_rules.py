"""Listing: what a merchant brought and asked for is that merchant's, and prices follow one another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.marketplace_rules import PriceListRow, RestockRow
from mock_platform.domain.restock import RestockState


def restocks_are_of_their_merchants_goods(books: Books) -> Iterator[Finding]:
    """Nobody brings units of another's SKU, nor fewer than one."""
    listers = {row.sku: row.merchant for row in books.table("price_lists", PriceListRow)}
    for row in books.table("restocks", RestockRow):
        lister = listers.get(row.sku, "nobody")
        if listers and lister != row.merchant:
            what = f"{row.quantity} units of SKU {row.sku}, which {lister} lists"
            yield row.restock, f"Restock {row.restock} of merchant {row.merchant} brings {what}."
        if row.quantity < 1 or row.state not in frozenset(RestockState):
            yield row.restock, f"Restock {row.restock} brings {row.quantity} units and is {row.state}."


def price_lists_run_forward(books: Books) -> Iterator[Finding]:
    """A price is in force from one instant to the next, above zero, and none is of tomorrow."""
    for row in books.table("price_lists", PriceListRow):
        if not row.prices or min(fen for _, fen in row.prices) < 1:
            yield row.sku, f"SKU {row.sku} is listed at {row.prices[-1][1] if row.prices else 'no price'}."
            continue
        instants = [at for at, _ in row.prices]
        if any(later < at for at, later in pairwise(instants)) or instants[-1] > books.rows.taken_at + 1e-3:
            yield row.sku, f"The prices of SKU {row.sku} do not follow one another: {instants}."


RULES = (
    restocks_are_of_their_merchants_goods,
    price_lists_run_forward,
)
