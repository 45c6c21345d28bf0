"""The marketplace's goods: prices as listed, deliveries counted once, and no merchant looking into another's books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import History, OrderRow, Row
from mock_platform.audit.settlement_rules import terms_of
from mock_platform.domain.merchant import MerchantState
from mock_platform.domain.price_list import in_force
from mock_platform.domain.reservation import WEB
from mock_platform.domain.restock import RestockState

DECIDED = (
    [MerchantState.APPROVED],
    [MerchantState.APPLIED],
    [MerchantState.APPLIED, MerchantState.APPROVED],
    [MerchantState.APPLIED, MerchantState.DECLINED],
)
"""Every way of an application; those who were there before the festival are approved from the beginning."""


class PriceListRow(Row, frozen=True, gc=False):
    sku: str
    merchant: str
    prices: list[tuple[float, int]]
    is_whole: bool


class AccountRow(Row, frozen=True, gc=False):
    merchant: str
    state: str
    history: History

    def came_to(self, state: MerchantState) -> float | None:
        return next((at for step, at in self.history if step == state), None)


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


def only_admitted_merchants_list(books: Books) -> Iterator[Finding]:
    """Every SKU is listed by a merchant who was let in, and none before. Those of the beginning were there already."""
    accounts = {row.merchant: row for row in _accounts(books)}
    if terms_of(books) is None:
        return
    for row in (row for row in _price_lists(books) if row.prices):  # the others are told of
        account, listed_at = accounts.get(row.merchant), row.prices[0][0]
        admitted_at = None if account is None else account.came_to(MerchantState.APPROVED)
        if account is None or account.state != MerchantState.APPROVED or admitted_at is None:
            state = "unknown" if account is None else account.state
            yield row.sku, f"SKU {row.sku} is listed by merchant {row.merchant}, whose application is {state}."
        elif row.is_whole and 0.0 < listed_at < admitted_at:
            early_s = admitted_at - listed_at
            yield row.sku, f"SKU {row.sku} was listed {early_s:.1f} s before merchant {row.merchant} was let in."


def applications_are_decided_once_and_soon(books: Books) -> Iterator[Finding]:
    """Applied, then approved or declined for good; nobody waits much longer than a review takes."""
    for row in _accounts(books):
        steps = [step for step, _ in row.history]
        began, ended = steps[:1], steps[1:]
        if row.state not in steps[-1:] or steps not in DECIDED:
            named = ", ".join(steps) or "nothing"
            yield row.merchant, f"The application of merchant {row.merchant} is {row.state} after: {named}."
        elif began == [MerchantState.APPLIED] and not ended:
            waits_s = books.rows.taken_at - row.history[0][1]
            if waits_s > books.rows.settings.grace_s:
                yield row.merchant, f"Merchant {row.merchant} applied {waits_s:.1f} s ago and was not reviewed."


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
    only_admitted_merchants_list,
    applications_are_decided_once_and_soon,
    lines_cost_the_listed_price,
    lines_are_sold_by_their_merchant,
    restocked_is_what_was_brought,
    merchants_saw_only_their_own,
)


def figures(books: Books) -> dict[str, float | str]:
    """How much moved while the festival ran."""
    applied = [row for row in _accounts(books) if row.came_to(MerchantState.APPLIED) is not None]
    return {
        "merchants_admitted": sum(row.state == MerchantState.APPROVED for row in applied),
        "skus_listed": sum(row.is_whole and row.prices[0][0] > 0.0 for row in _price_lists(books) if row.prices),
        "price_changes": sum(len(row.prices) - 1 for row in _price_lists(books)),
        "restocked_units": sum(row.quantity for row in books.table("restocks", RestockRow)),
        "orders_shown_to_merchants": len(books.table("merchant_views", ViewRow)),
    }


def _accounts(books: Books) -> list[AccountRow]:
    return books.table("merchant_accounts", AccountRow)


def _price_lists(books: Books) -> list[PriceListRow]:
    return books.table("price_lists", PriceListRow)


def _listed_fen(row: PriceListRow | None, order: OrderRow, within_s: float) -> set[int | None] | None:
    """Prices in force while the order's were read; None where the list no longer reaches back so far."""
    if row is None:
        return set()
    if not row.is_whole and order.placed_at < row.prices[0][0]:
        return None
    return {*in_force(row.prices, order.placed_at, order.placed_at + within_s)}
