"""What an answer must hold before a shopper calls it served: None, or the promise that it breaks.

A status of 200 is not a sale. The types in `answers` have already refused missing fields, empty ids and negative
money; here an answer is held against what was asked and against itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from loadtests.shop.answers import (
    Cart,
    CartLine,
    FlashSales,
    Order,
    OrderLine,
    Parcels,
    Payment,
    Session,
    SkuDetail,
    SkuPage,
    WantedLine,
)

PAID_STATES = frozenset({"paid", "shipped", "delivered", "collected"})
WHOLE_PHONE = re.compile(r"1\d{10}")


class Broken(NamedTuple):
    """`promise` is one of few sentences, since Locust keeps a line for each; `detail` holds the ids and figures."""

    promise: str
    detail: str


def sum_fen(lines: Iterable[WantedLine | OrderLine | CartLine]) -> int:
    """What lines cost together at the prices they carry."""
    return sum(line.quantity * line.unit_price_fen for line in lines)


def due_fen(lines: Iterable[OrderLine]) -> int:
    """What an order's lines come to: less what they save, and with their duty."""
    return sum(line.quantity * line.unit_price_fen - line.discount_fen + line.duty_fen for line in lines)


def broken_session(session: Session, buyer: str, now: float) -> Broken | None:
    if session.customer != buyer:
        return Broken("the session is another customer's", f"asked for {buyer}, got {session.customer}")
    if session.expires_at <= now:
        return Broken("the new session has expired already", f"{buyer}, {now - session.expires_at:.1f} s ago")
    return None


def broken_page(page: SkuPage, number: int, per_page: int, category: str | None = None) -> Broken | None:
    if page.page != number:
        return Broken("this is another page", f"asked for {number}, got {page.page}")
    if page.pages != -(-page.total // per_page):
        return Broken("the pages don't match the total", f"{page.total} SKUs at {per_page} on {page.pages} pages")
    expected = max(0, min(per_page, page.total - per_page * (number - 1)))
    if len(page.skus) != expected:
        return Broken("the page is not full", f"page {number} of {page.total} SKUs holds {len(page.skus)}")
    if len({sku.sku for sku in page.skus}) != len(page.skus):
        return Broken("a SKU is on the page twice", _twice(sku.sku for sku in page.skus))
    for sku in page.skus:
        if category is not None and sku.category != category:
            return Broken("a SKU is of another category", f"asked for {category}, got {sku.sku} of {sku.category}")
    return None


def broken_search(page: SkuPage, words: str, per_page: int, *, known: bool = False) -> Broken | None:
    """The first page of what was found: every title has every word. `known` words are those of a title on sale."""
    if known and not page.total:
        return Broken("nothing was found for a word of a title", words)
    wanted = words.split()
    for sku in page.skus:
        for word in wanted:
            # Mostly the word is there as it was typed; folding every title would triple the cost of this check.
            if word not in sku.title and word.casefold() not in sku.title.casefold():
                return Broken("a SKU was found that lacks a word", f"asked for {words}, got {sku.sku}: {sku.title}")
    return broken_page(page, 1, per_page)


def broken_detail(detail: SkuDetail, sku: str) -> Broken | None:
    return None if detail.sku == sku else Broken("this is another SKU", f"asked for {sku}, got {detail.sku}")


def broken_cart(cart: Cart) -> Broken | None:
    if len({line.sku for line in cart.lines}) != len(cart.lines):
        return Broken("a SKU is in the cart twice", _twice(line.sku for line in cart.lines))
    total_fen = sum_fen(cart.lines) + sum(line.duty_fen for line in cart.lines)
    if cart.total_fen != total_fen:
        return Broken("the cart's total is not its sum", f"the lines sum to {total_fen}, the total is {cart.total_fen}")
    return None


def broken_addition(cart: Cart, sku: str, quantity: int) -> Broken | None:
    found = [line.quantity for line in cart.lines if line.sku == sku]
    if found != [quantity]:
        return Broken("the cart does not hold what was put in", f"put in {quantity} of {sku}, it holds {found}")
    return broken_cart(cart)


def broken_sales(sales: FlashSales) -> Broken | None:
    ids = [sale.flash_sale for sale in sales.flash_sales]
    if len(set(ids)) != len(ids):
        return Broken("a flash sale is listed twice", _twice(ids))
    for sale in sales.flash_sales:
        if sale.closes_at <= sale.opens_at:
            return Broken("a flash sale closes before it opens", sale.flash_sale)
    return None


def broken_order(
    order: Order,
    buyer: str,
    wanted: Sequence[WantedLine],
    flash_sale: str | None,
    *,
    replayed: bool,
    told_fen: int | None = None,
) -> Broken | None:
    """The order as asked: these lines at the prices shown, their sum to pay, for this buyer.

    `told_fen` is the sum that the buyer was told; None: promotions run and nobody told, so only its lines can.
    """
    if order.buyer != buyer:
        return Broken("the order is another buyer's", f"{buyer} ordered, {order.order} is {order.buyer}'s")
    if order.flash_sale != flash_sale:
        return Broken("the order is not of this flash sale", f"asked for {flash_sale}, got {order.flash_sale}")
    if _lines(order.lines) != _lines(wanted):
        return Broken("the order's lines are not those asked for", _asked_and_got(wanted, order.lines))
    if told_fen not in (None, order.payable_fen):
        return Broken("the order asks for another sum", f"{order.payable_fen} for {told_fen} fen that were told")
    if order.payable_fen != due_fen(order.lines):
        return Broken("the order is not the sum of its lines", f"{order.payable_fen} for {due_fen(order.lines)} fen")
    for line in order.lines:
        if line.discount_fen > line.quantity * line.unit_price_fen:
            return Broken("a line saves more than it costs", f"{line.discount_fen} fen off {line.sku}")
    if order.state != "placed" and not replayed:
        return Broken("a new order is not placed", f"{order.order} is {order.state}")
    if order.pay_before <= order.placed_at:
        return Broken("the order had to be paid before it was placed", order.order)
    return None


def broken_copy(order: Order, known: Order, *, paid: bool) -> Broken | None:
    """An order asked for later: the very one the buyer placed, and paid if the buyer was told so."""
    if order.order != known.order:
        return Broken("this is another order", f"asked for {known.order}, got {order.order}")
    if (order.buyer, order.payable_fen) != (known.buyer, known.payable_fen):
        return Broken("the order has changed its buyer or its sum", order.order)
    if _lines(order.lines) != _lines(known.lines):
        return Broken("the order's lines have changed", _asked_and_got(known.lines, order.lines))
    if paid and order.state not in PAID_STATES:
        return Broken("a paid order is not paid", f"{order.order} is {order.state}")
    return None


def broken_payment(payment: Payment, order: Order, *, replayed: bool) -> Broken | None:
    """The payment of this order in full. A quick bank may have decided it already."""
    if payment.order != order.order:
        return Broken("the payment is for another order", f"paid {order.order}, got {payment.order}")
    if payment.amount_fen != order.payable_fen:
        return Broken("the payment is of another sum", f"{payment.amount_fen} for an order of {order.payable_fen} fen")
    if payment.state in ("refunding", "refunded") and not replayed:
        return Broken("a new payment is refunded already", payment.payment)
    return None


def broken_progress(payment: Payment, known: Payment) -> Broken | None:
    """The same payment asked for later."""
    if payment.payment != known.payment:
        return Broken("this is another payment", f"asked for {known.payment}, got {payment.payment}")
    if (payment.order, payment.amount_fen) != (known.order, known.amount_fen):
        return Broken("the payment has changed its order or its sum", payment.payment)
    return None


def broken_parcels(parcels: Parcels, order: Order) -> Broken | None:
    """Parcels of this order only, with no more in them than was bought, and nobody's phone number in full."""
    packed: Counter[str] = Counter()
    for parcel in parcels.shipments:
        if parcel.order != order.order:
            return Broken("a parcel is of another order", f"asked for {order.order}, got {parcel.order}")
        if WHOLE_PHONE.search(parcel.waybill.phone):
            return Broken("a waybill shows the whole phone number", parcel.parcel)
        for line in parcel.lines:
            packed[line.sku] += line.quantity
    bought: Counter[str] = Counter()
    for ordered in order.lines:
        bought[ordered.sku] += ordered.quantity
    for sku, quantity in packed.items():
        if quantity > bought[sku]:
            return Broken("more is in parcels than was bought", f"{quantity} of {sku}, {bought[sku]} bought")
    return None


def _lines(lines: Iterable[WantedLine | OrderLine]) -> list[tuple[str, int, int]]:
    return sorted((line.sku, line.quantity, line.unit_price_fen) for line in lines)


def _asked_and_got(asked: Sequence[WantedLine | OrderLine], got: Sequence[OrderLine]) -> str:
    return f"asked for {_in_words(asked)}, got {_in_words(got)}"


def _in_words(lines: Sequence[WantedLine | OrderLine]) -> str:
    return ", ".join(f"{line.quantity} x {line.sku} at {line.unit_price_fen}" for line in lines) or "nothing"


def _twice(names: Iterable[str]) -> str:
    return ", ".join(name for name, times in Counter(names).items() if times > 1)
