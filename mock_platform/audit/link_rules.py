"""Links: rows that name one another mean one another, each is there once, and none of a system's tables is missing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import Row
from mock_platform.domain.payment import Instalment, PaymentState

SYSTEM_TABLES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "cross-border": {
        "exchange_rates": ("currency", "dated_at", "micro_yuan"),
        "imported_lines": ("order", "sku"),
        "declarations": ("declaration",),
        "customs_broker": ("declaration",),
    },
    "promotions": {
        "promotions": ("promotion",),
        "coupon_campaigns": ("campaign",),
        "coupons": ("coupon",),
        "order_discounts": ("order",),
        "coupon_goods": ("sku",),
    },
    "marketplace": {
        "marketplace_terms": (),
        "price_lists": ("sku",),
        "merchant_accounts": ("merchant",),
        "restocks": ("restock",),
        "settlements": ("settlement",),
        "merchant_views": ("merchant", "order"),
    },
    "outlets": {"outlets": ("outlet",), "pickups": ("order",)},
    "data protection": {
        "personal_data": (),
        "master_keys": ("key",),
        "clear_reads": ("who", "why"),
        "access_log": ("number",),
        "erasures": ("customer",),
    },
    "risk": {
        "risk_terms": (),
        "risk_rules": ("rule",),
        "risk_memory": ("rule",),
        "risk_decisions": ("order",),
        "risk_hits": ("rule",),
    },
    "presale": {"presales": ("presale",)},
    "logistics": {"warehouses": ("warehouse",), "carrier_terms": ()},
    "stock": {"allocations": ("order", "sku", "place")},
}
"""The tables that each system adds to the books, and what names a row of them; nothing: there is one row at most."""


class DecidedRow(Row, frozen=True, gc=False):
    order: str
    key: str
    buyer: str
    sale: str


def no_table_is_missing(books: Books) -> Iterator[Finding]:
    """A system exports all of its tables, or it is not there: a table that is gone would hide what stood in it."""
    for system, tables in SYSTEM_TABLES.items():
        there = [table for table in tables if table in books.snapshot]
        for table in tables if there else ():
            if table not in books.snapshot:
                yield table, f"The books have {', '.join(there)} of {system}, but no {table}."
            elif not tables[table] and not books.snapshot[table]:
                yield table, f"The books have {', '.join(there)} of {system}, but nothing in {table}."


def systems_rows_are_there_once(books: Books) -> Iterator[Finding]:
    """Two rows of one name would hide each other, or count twice."""
    for tables in SYSTEM_TABLES.values():
        for table, names in tables.items():
            rows = books.snapshot.get(table, [])
            if not all(isinstance(row, dict) for row in rows):
                continue  # as whoever reads the table says
            counts = Counter(" ".join([str(row.get(name)) for name in names]) for row in rows)
            for named, times in counts.items() if len(counts) < len(rows) else ():
                if times > 1:
                    yield f"{table} {named}".strip(), f"The books have {times} rows of {table} for {named or 'one'}."


def one_buyer_to_an_order(books: Books) -> Iterator[Finding]:
    """Who ordered is who pays, whom the units are held for, and whom risk judged."""
    for payment in books.rows.payments:
        order = books.orders.get(payment.order)
        if order is not None and payment.buyer != order.buyer:
            message = f"Payment {payment.payment} is of buyer {payment.buyer}, order {order.order} of {order.buyer}."
            yield order.order, message
    for row in books.rows.allocations:
        order = books.orders.get(row.order)
        if order is not None and row.buyer != order.buyer:
            units = f"{row.quantity} of SKU {row.sku} at {row.place}"
            yield order.order, f"{units} are for buyer {row.buyer}, order {order.order} is of {order.buyer}."
    for decision in books.table("risk_decisions", DecidedRow):
        order = books.orders.get(decision.order)
        if order is None:
            continue
        made = order.buyer, order.key, order.flash_sale
        if made != (decision.buyer, decision.key, decision.sale):
            yield (
                order.order,
                f"Order {order.order} of buyer {order.buyer} under key {order.key} in sale {order.flash_sale} was "
                f"judged as buyer {decision.buyer}'s under key {decision.key} in sale {decision.sale}.",
            )


def one_payment_to_a_key(books: Books) -> Iterator[Finding]:
    """However often a payment is asked for under one key, it is one; and a key that orders does not pay."""
    made: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for payment in books.rows.payments:
        made[payment.buyer, payment.key].append(payment.payment)
    ordering = {(order.buyer, order.key) for order in books.rows.orders}
    for (buyer, key), payments in made.items():
        if len(payments) > 1:
            named = ", ".join(sorted(payments))
            yield key, f"Key {key} of buyer {buyer} made {len(payments)} payments: {named}."
        if (buyer, key) in ordering:
            yield key, f"Key {key} of buyer {buyer} made an order, and payment {payments[0]} as well."


def payments_are_of_an_instalment(books: Books) -> Iterator[Finding]:
    """What is bought for a deposit is paid in deposit and balance, all else whole."""
    for payment in books.rows.payments:
        order = books.orders.get(payment.order)
        due = (
            (Instalment.DEPOSIT, Instalment.BALANCE) if order is not None and order.deposit_fen else (Instalment.WHOLE,)
        )
        if order is not None and payment.instalment not in due:
            yield (
                order.order,
                f"Payment {payment.payment} is of the {payment.instalment}, order {order.order} is paid in "
                f"{' and '.join(due)}.",
            )


def parcels_hold_what_was_bought(books: Books) -> Iterator[Finding]:
    """Nothing is in a parcel, not even in one that was recalled, that its order does not have."""
    for name, parcels in books.parcels_by_order.items():
        order = books.orders.get(name)
        bought = Counter[str]()
        for line in () if order is None else order.lines:
            bought[line.sku] += line.quantity
        for parcel in parcels if order is not None else ():
            for row in parcel.lines:
                if not 0 < row.quantity <= bought[row.sku]:
                    what = f"{row.quantity} of SKU {row.sku}, of which order {name} has {bought[row.sku]}"
                    yield parcel.parcel, f"Parcel {parcel.parcel} holds {what}."


def bank_lines_name_their_order(books: Books) -> Iterator[Finding]:
    """The bank takes a payment's money for the order it pays; it is never asked for one that is not written down."""
    for line in books.rows.bank:
        payment = books.payments.get(line.payment)
        if payment is None:
            yield (
                line.order,
                f"The bank has payment {line.payment} for order {line.order}, which the shop does not know.",
            )
        elif payment.order != line.order:
            yield line.order, f"The bank has payment {line.payment} for order {line.order}, it pays {payment.order}."


def under_way_is_counted(books: Books) -> Iterator[Finding]:
    """What the shop knows to be under way is what its rows say: what is not counted is what nobody asks after."""
    pending = books.rows.pending
    payments = sum(row.state in (PaymentState.PENDING, PaymentState.REFUNDING) for row in books.rows.payments)
    if payments != pending.payments:
        yield "payments", f"The shop knows of {pending.payments} payments under way, its rows say {payments}."
    holds = len({row.order for row in books.rows.allocations if row.state == "held"})
    if holds != pending.holds:
        yield "holds", f"The shop knows of {pending.holds} orders that hold stock, its rows say {holds}."


RULES = (
    no_table_is_missing,
    systems_rows_are_there_once,
    one_buyer_to_an_order,
    one_payment_to_a_key,
    payments_are_of_an_instalment,
    parcels_hold_what_was_bought,
    bank_lines_name_their_order,
    under_way_is_counted,
)
