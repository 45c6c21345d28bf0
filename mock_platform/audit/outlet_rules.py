"""Outlets' shelves and tills: what a till took is what it sold, and no unit leaves a shelf twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import OrderRow, Row
from mock_platform.domain.order import OrderState
from mock_platform.domain.outlet import Tender, outlet_place, till_of

TILL = till_of("")
PLACE = outlet_place("")
TENDERS = frozenset(Tender)
AT_ONCE = [OrderState.PLACED, OrderState.PAID, OrderState.COLLECTED]
"""The whole history of what is bought at a till."""


class OutletRow(Row, frozen=True, gc=False):
    outlet: str
    city: str
    place: str


def till_sales_are_till_money(books: Books) -> Iterator[Finding]:
    """Per sale, and so per outlet, what the ledger says is in a till is what was sold there; no bank has part in it."""
    due: defaultdict[tuple[str, str], int] = defaultdict(int)
    for order in books.rows.orders:
        if order.tender is not None:
            due[order.order, till_of(order.outlet or "")] += order.payable_fen
    booked = {pair: fen for pair, fen in books.balances_fen.items() if pair[1].startswith(TILL)}
    for name, till in due.keys() | booked.keys():
        due_fen, booked_fen = due.get((name, till), 0), booked.get((name, till), 0)
        if due_fen != booked_fen:
            yield name, f"Order {name} means {due_fen} fen in {till}, the ledger says {booked_fen} fen."
    for order in books.rows.orders:
        payments = books.payments_by_order.get(order.order, ()) if order.tender is not None else ()
        if payments:
            named = ", ".join(payment.payment for payment in payments)
            yield order.order, f"Order {order.order} was paid at the till, and by {named} as well."


def till_sales_are_done_at_once(books: Books) -> Iterator[Finding]:
    """What is bought at a till is placed, paid and taken away in one instant, by nobody but the till of an outlet."""
    known = {row.outlet for row in _outlets(books)}
    for order in books.rows.orders:
        at_till = order.buyer.startswith(TILL)
        if order.tender is None and not at_till:
            continue
        if order.tender not in TENDERS or order.outlet not in known or order.buyer != till_of(order.outlet or ""):
            message = f"Order {order.order} of {order.buyer} was paid in {order.tender} at outlet {order.outlet}."
            yield order.order, message
        elif [step for step, _ in order.history] != AT_ONCE or len({at for _, at in order.history}) > 1:
            yield order.order, f"Order {order.order} was sold at the till of {order.outlet}, yet not all at once."


def outlet_orders_take_from_their_shelf(books: Books) -> Iterator[Finding]:
    """An outlet's order takes every unit from that outlet's shelf, and nobody else takes any from there."""
    places = {row.outlet: row.place for row in _outlets(books)}
    for order in books.rows.orders:
        for line in order.lines:
            if order.outlet is None and not line.place.startswith(PLACE):
                continue
            if order.outlet is None or line.place != places.get(order.outlet):
                where = "is sent" if order.outlet is None else f"is outlet {order.outlet}'s"
                yield order.order, f"Order {order.order} {where}, but takes SKU {line.sku} from {line.place}."


def outlet_orders_are_of_no_other_kind(books: Books) -> Iterator[Finding]:
    """What an outlet sells is of no sale, no presale and not from abroad, and costs what the shelf says."""
    for order in books.rows.orders:
        if order.outlet is None:
            continue
        what = f"Order {order.order} of outlet {order.outlet}"
        if order.flash_sale is not None or order.presale is not None:
            kind = f"presale {order.presale}" if order.flash_sale is None else f"flash sale {order.flash_sale}"
            yield order.order, f"{what} is of {kind} as well."
        if order.coupons:
            yield order.order, f"{what} took coupons {', '.join(order.coupons)}."
        if order.declared:
            yield order.order, f"{what} is from abroad."
        if off_fen := sum([line.discount_fen for line in order.lines]):
            yield order.order, f"{what} was given {off_fen} fen off."


def no_unit_leaves_a_shelf_twice(books: Books) -> Iterator[Finding]:
    """What tills sold, what was handed over and what still waits is never more than stood on the shelf, less the free.

    So nothing that was sold at the till is handed over too, however close the race for the last one.
    """
    gone: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(
        lambda: {"sold at the till": 0, "handed over": 0, "waiting": 0}
    )
    for order in books.rows.orders:
        way = _way(order) if order.outlet is not None else None
        if way is None:
            continue
        for line in order.lines:
            gone[line.sku, line.place][way] += line.quantity
    shelves = {(row.sku, row.place): row for row in books.rows.stock if row.place.startswith(PLACE)}
    for (sku, place), ways in gone.items():
        shelf = shelves.get((sku, place))
        left = 0 if shelf is None else shelf.supply - shelf.free
        # A refunded order's units may still be on their way back, so there can be fewer free; never more.
        if sum(ways.values()) > left:
            named = ", ".join(f"{units} {way}" for way, units in ways.items() if units)
            yield f"{sku} at {place}", f"SKU {sku} at {place} can have lost {left} units, but they are: {named}."


RULES = (
    till_sales_are_till_money,
    till_sales_are_done_at_once,
    outlet_orders_take_from_their_shelf,
    outlet_orders_are_of_no_other_kind,
    no_unit_leaves_a_shelf_twice,
)


def figures(books: Books) -> dict[str, float | str]:
    """What outlets sold themselves, and what their shelves have left."""
    sales = [order for order in books.rows.orders if order.tender is not None]
    shelves = [row for row in books.rows.stock if row.place.startswith(PLACE)]
    return {
        "outlets": len(_outlets(books)),
        "till_sales": len(sales),
        "till_sales_yuan": sum(order.payable_fen for order in sales) / 100,
        "outlet_shelves_sold_out": sum(row.free == 0 for row in shelves),
    }


def _outlets(books: Books) -> list[OutletRow]:
    return books.table("outlets", OutletRow)


def _way(order: OrderRow) -> str | None:
    """How an outlet's order took its units off the shelf; None: it did not, or gave them back."""
    if order.tender is not None:
        return "sold at the till"
    if not order.is_live:
        return None
    return "handed over" if order.state == OrderState.COLLECTED else "waiting"
