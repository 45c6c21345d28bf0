"""The marketplace's goods: prices as listed, deliveries counted once, and no merchant looking into another's books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import OrderRow, Row
from mock_platform.audit.settlement_rules import terms_of
from mock_platform.domain.price_list import in_force
from mock_platform.domain.reservation import WEB
from mock_platform.domain.restock import RestockState


class PriceListRow(Row, frozen=True, gc=False):
    sku: str
    merchant: str
    prices: list[tuple[float, int]]
    is_whole: bool


class RestockRow(Row, frozen=True, gc=False):
    restock: str
    merchant: str
    sku: str
    place: str
    quantity: int
    state: str


class ViewRow(Row, frozen=True, gc=False):
    merchant: str
    order: str


def lines_cost_the_listed_price(books: Books) -> Iterator[Finding]:
    """Each line's unit price was the listed one when the order was placed; a flash sale's is the sale's own.

    Presales have a price of their own, and goods from abroad one that follows a rate: their systems' rules hold those.
    """
    terms = terms_of(books)
    if terms is None:
        return
    lists = {row.sku: row for row in _price_lists(books)}
    sales_fen = {sale["flash_sale"]: sale.get("price_fen") for sale in books.snapshot["flash_sales"]}
    for order in books.rows.orders:
        if order.presale is not None or order.declared:
            continue
        for line in order.lines:
            if order.flash_sale is not None:
                right_fen: set[int | None] | None = {sales_fen.get(order.flash_sale)}
            else:
                right_fen = _listed_fen(lists.get(line.sku), order, terms.priced_within_s)
            if right_fen is not None and line.unit_price_fen not in right_fen:
                named = " or ".join(str(fen) for fen in right_fen if fen is not None) or "nothing"
                yield (
                    order.order,
                    f"Order {order.order} pays {line.unit_price_fen} fen for SKU {line.sku}, listed was {named}.",
                )


def lines_are_sold_by_their_merchant(books: Books) -> Iterator[Finding]:
    """Each line's money is due to the merchant who lists the SKU."""
    merchants = {row.sku: row.merchant for row in _price_lists(books)}
    for order in books.rows.orders if merchants else ():
        for line in order.lines:
            lister = merchants.get(line.sku, "nobody")
            if lister != line.merchant:
                yield order.order, f"Order {order.order} buys SKU {line.sku} of {line.merchant}, {lister} lists it."


def restocked_is_what_was_brought(books: Books) -> Iterator[Finding]:
    """The stock's restocked units are those of the restocks written down, each once. Excused: one half-way done."""
    if terms_of(books) is None:
        return
    added: defaultdict[tuple[str, str], int] = defaultdict(int)
    asked: defaultdict[tuple[str, str], int] = defaultdict(int)
    for row in books.table("restocks", RestockRow):
        (added if row.state == RestockState.ADDED else asked)[row.sku, row.place] += row.quantity
    restocked = {(row.sku, row.place): row.restocked for row in books.rows.stock if row.place == WEB and row.restocked}
    for sku, place in restocked.keys() | added.keys():
        units, least = restocked.get((sku, place), 0), added.get((sku, place), 0)
        if not least <= units <= least + asked.get((sku, place), 0):
            yield (
                f"{sku} at {place}",
                f"SKU {sku} at {place} was restocked by {units} units, its merchant brought {least}.",
            )


def merchants_saw_only_their_own(books: Books) -> Iterator[Finding]:
    """Every order a merchant was shown has a line of that merchant's."""
    for view in books.table("merchant_views", ViewRow):
        order = books.orders.get(view.order)
        if order is None or view.merchant not in {line.merchant for line in order.lines}:
            yield view.order, f"Merchant {view.merchant} was shown order {view.order}, which has no line of theirs."


RULES = (
    lines_cost_the_listed_price,
    lines_are_sold_by_their_merchant,
    restocked_is_what_was_brought,
    merchants_saw_only_their_own,
)


def figures(books: Books) -> dict[str, float | str]:
    """How much moved while the festival ran."""
    return {
        "price_changes": sum(len(row.prices) - 1 for row in _price_lists(books)),
        "restocked_units": sum(row.quantity for row in books.table("restocks", RestockRow)),
        "orders_shown_to_merchants": len(books.table("merchant_views", ViewRow)),
    }


def _price_lists(books: Books) -> list[PriceListRow]:
    return books.table("price_lists", PriceListRow)


def _listed_fen(row: PriceListRow | None, order: OrderRow, within_s: float) -> set[int | None] | None:
    """Prices in force while the order's were read; None where the list no longer reaches back so far."""
    if row is None:
        return set()
    if not row.is_whole and order.placed_at < row.prices[0][0]:
        return None
    return {*in_force(row.prices, order.placed_at, order.placed_at + within_s)}
