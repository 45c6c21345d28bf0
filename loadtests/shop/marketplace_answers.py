"""What the marketplace answers its merchants, as small frozen values, and the promises that each must keep."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, Protocol

from msgspec import Struct

from loadtests.shop.answers import Count, Fen, Name, Price, Quantity
from loadtests.shop.promises import Broken

WHOLE_ID = re.compile(r"[A-Z]\d{5,}")
"""A customer's id in the clear, wherever it stands."""


class MerchantSession(Struct, frozen=True, gc=False):
    merchant: Name
    token: Name
    expires_at: float


class Application(Struct, frozen=True, gc=False):
    merchant: Name
    name: Name
    state: Literal["applied", "approved", "declined"]


class OwnSku(Struct, frozen=True, gc=False):
    sku: Name
    merchant: Name
    title: Name
    price_fen: Price
    free: Count


class OwnSkus(Struct, frozen=True, gc=False):
    skus: list[OwnSku]
    page: int
    pages: Count
    total: Count


class PriceInForce(Struct, frozen=True, gc=False):
    sku: Name
    price_fen: Price
    from_at: float
    changes: Count


class Restocked(Struct, frozen=True, gc=False):
    restock: Name
    sku: Name
    quantity: Quantity
    state: Literal["asked", "added"]
    free: Count


class SoldLine(Struct, frozen=True, gc=False):
    sku: Name
    quantity: Quantity
    unit_price_fen: Price
    due_fen: Fen


class Sale(Struct, frozen=True, gc=False):
    order: Name
    buyer: Name
    state: Name
    lines: list[SoldLine]
    due_fen: Fen


class Sales(Struct, frozen=True, gc=False):
    merchant: Name
    orders: list[Sale]
    page: int
    pages: Count
    total: Count


class Statement(Struct, frozen=True, gc=False):
    settlement: Name
    merchant: Name
    orders: Quantity
    gross_fen: Fen
    fee_fen: Fen
    net_fen: Fen


class Statements(Struct, frozen=True, gc=False):
    merchant: Name
    settlements: list[Statement]
    page: int
    pages: Count
    total: Count


class Cut(Protocol):
    """A page of a list, whatever is on it."""

    @property
    def page(self) -> int: ...
    @property
    def pages(self) -> int: ...
    @property
    def total(self) -> int: ...


def broken_cut(page: Cut, number: int, per_page: int, rows: int) -> Broken | None:
    if page.page != number or page.pages != -(-page.total // per_page):
        return Broken("this is another page", f"asked for {number}, got {page.page} of {page.pages} for {page.total}")
    if rows != max(0, min(per_page, page.total - per_page * (number - 1))):
        return Broken("the page is not full", f"page {number} of {page.total} rows holds {rows}")
    return None


def broken_goods(goods: OwnSkus, merchant: str, number: int, per_page: int) -> Broken | None:
    for sku in goods.skus:
        if sku.merchant != merchant:
            return Broken("a merchant was shown another's SKU", f"{merchant} got {sku.sku} of {sku.merchant}")
    return broken_cut(goods, number, per_page, len(goods.skus))


def broken_price(price: PriceInForce, sku: str, price_fen: int) -> Broken | None:
    """The answer to setting a price: this price, on this SKU."""
    if (price.sku, price.price_fen) != (sku, price_fen):
        return Broken("the price is not the one set", f"{sku} at {price_fen}, got {price.sku} at {price.price_fen}")
    return None


def broken_readback(price: PriceInForce, known: PriceInForce) -> Broken | None:
    """A price read later: the one set, unless a colleague has set another since."""
    if price.sku != known.sku or price.from_at < known.from_at or price.changes < known.changes:
        return Broken("the price list went backwards", f"{known.sku}: {known.changes} changes, then {price.changes}")
    if (price.changes, price.from_at) == (known.changes, known.from_at) and price.price_fen != known.price_fen:
        return Broken("the price read is not the price set", f"{known.sku}: {known.price_fen}, then {price.price_fen}")
    return None


def broken_restock(restock: Restocked, sku: str, quantity: int, first: str | None, *, replayed: bool) -> Broken | None:
    """The units asked for, added; asked again under one key it is the same restock and says so."""
    if (restock.sku, restock.quantity, restock.state) != (sku, quantity, "added"):
        return Broken("the restock is not the one asked for", f"{quantity} of {sku}, got {restock}")
    if first is not None and (restock.restock != first or not replayed):
        return Broken("a repeated restock was added again", f"{sku}: {first}, then {restock.restock}")
    return None


def broken_sales(sales: Sales, merchant: str, sellers: Mapping[str, str], number: int, per_page: int) -> Broken | None:
    """Own lines alone, as far as `sellers` knows whose SKU is whose; no buyer in the clear; sums that are sums."""
    if sales.merchant != merchant:
        return Broken("a merchant was shown another's orders", f"{merchant} got those of {sales.merchant}")
    for sale in sales.orders:
        if not sale.lines:
            return Broken("a merchant was shown an order without a line of theirs", f"{merchant} got {sale.order}")
        for line in sale.lines:
            if sellers.get(line.sku, merchant) != merchant:
                return Broken("a merchant was shown another's line", f"{merchant} got {line.sku} in {sale.order}")
        if WHOLE_ID.fullmatch(sale.buyer) or "*" not in sale.buyer:
            return Broken("a merchant was shown who the buyer is", sale.order)
        if sale.due_fen != sum(line.due_fen for line in sale.lines):
            return Broken("what is due is not the sum of its lines", sale.order)
    return broken_cut(sales, number, per_page, len(sales.orders))


def broken_statements(statements: Statements, merchant: str, number: int, per_page: int) -> Broken | None:
    for statement in statements.settlements:
        if statement.merchant != merchant:
            return Broken("a merchant was shown another's settlement", f"{merchant} got {statement.settlement}")
        if statement.net_fen != statement.gross_fen - statement.fee_fen:
            return Broken("a settlement does not add up", f"{statement.settlement} of {merchant}")
    return broken_cut(statements, number, per_page, len(statements.settlements))
