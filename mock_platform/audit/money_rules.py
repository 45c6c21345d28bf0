"""Money: every fen is taken once, for an order that was worth it, and given back whole; the shop and its bank agree."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import BankRow, OrderRow, PaymentRow
from mock_platform.domain.order import FULFILLED, OrderState
from mock_platform.domain.payment import Instalment, PaymentState

SETTLED = FULFILLED | {OrderState.PAID, OrderState.SHIPPED}
CAPTURED = frozenset({PaymentState.POSTED, PaymentState.REFUNDING, PaymentState.REFUNDED})


def at_most_one_capture(books: Books) -> Iterator[Finding]:
    """However often a payment is asked, doubled or repeated: one order is charged once, by the bank and by the shop.

    Of an order paid in instalments that holds for each of them.
    """
    for order, rows in books.bank_by_order.items():
        if sum([row.captures for row in rows]) > 1:
            for instalment in Instalment:
                yield from _charged_again(order, [row for row in rows if books.instalment(row.payment) == instalment])
    for order, payments in books.payments_by_order.items():
        captured = [payment for payment in payments if payment.state in CAPTURED]
        if len(captured) > 1:
            yield from _paid_again(order, captured)


def captured_is_payable(books: Books) -> Iterator[Finding]:
    """What was asked for and what each capture took is what the order costs, or that instalment of it."""
    for payment in books.rows.payments:
        order = books.orders.get(payment.order)
        price_fen = payment.amount_fen if order is None else _price_fen(order, payment.instalment)
        if payment.amount_fen != price_fen:
            of = f"the {payment.instalment} of " if payment.instalment != Instalment.WHOLE else ""
            yield (
                payment.order,
                f"Payment {payment.payment} asks for {payment.amount_fen} fen, {of}order {payment.order} costs "
                f"{price_fen} fen.",
            )
    for row in books.rows.bank:
        payment_row = books.payments.get(row.payment)
        due_fen = payment_row.amount_fen * row.captures if payment_row is not None else row.captured_fen
        if row.captured_fen != due_fen:
            yield (
                row.order,
                f"The bank took {row.captured_fen} fen for payment {row.payment} of order {row.order} "
                f"in {row.captures} captures, {due_fen} fen were due.",
            )


def bank_and_shop_agree(books: Books) -> Iterator[Finding]:
    """A payment is posted if and only if the bank captured it. Excused: a word of the bank's not heard yet."""
    for payment in books.rows.payments:
        row = books.bank.get(payment.payment)
        if payment.state in CAPTURED and (row is None or row.captures < 1):
            yield (
                payment.order,
                f"Payment {payment.payment} of order {payment.order} over {payment.amount_fen} fen is {payment.state}, "
                "the bank captured nothing.",
            )
    for row in books.rows.bank:
        if row.captures < 1 or books.awaits_bank(row.order):
            continue
        known = books.payments.get(row.payment)
        if known is None or known.state not in CAPTURED:
            state = "unknown to the shop" if known is None else known.state
            taken = f"The bank took {row.captured_fen} fen for payment {row.payment} of order {row.order}"
            yield row.order, f"{taken}, which is {state}."


def paid_orders_have_a_posted_payment(books: Books) -> Iterator[Finding]:
    """Order and payment move in one commit: paid, shipped, delivered or collected if and only if its payment is posted.

    A deposit pays nothing yet: what becomes of it is for `presale_rules`. A till needs no bank: `till_rules`.
    """
    for order in books.rows.orders:
        payments = books.payments_by_order.get(order.order, [])
        posted = any(
            payment.state == PaymentState.POSTED and payment.instalment != Instalment.DEPOSIT for payment in payments
        )
        if order.state in SETTLED and not posted and order.tender is None:
            message = f"Order {order.order} over {order.payable_fen} fen is {order.state}, but no payment is posted."
            yield order.order, message
        elif posted and order.state not in SETTLED:
            named = ", ".join(_named(payment) for payment in payments if payment.state == PaymentState.POSTED)
            yield order.order, f"Order {order.order} is {order.state}, yet {named} is posted."
    for name, payments in books.payments_by_order.items():
        if name not in books.orders:
            named = ", ".join(_named(payment) for payment in payments)
            yield name, f"Order {name} does not exist, yet the shop has {named}."


def refunded_is_captured(books: Books) -> Iterator[Finding]:
    """A refund gives back exactly what was taken, once. Excused: a refund that is under way."""
    for row in books.rows.bank:
        payment = books.payments.get(row.payment)
        if row.refunded_fen > row.captured_fen:
            yield row.order, _refund(row, "more than it took")
        elif payment is None:
            continue
        elif payment.state == PaymentState.REFUNDED and row.refunded_fen != row.captured_fen:
            yield row.order, _refund(row, "though it is refunded")
        elif payment.state == PaymentState.POSTED and row.refunded_fen:
            yield row.order, _refund(row, "though nobody asked for it")
    for order in books.rows.orders:
        yield from _owed(books, order)


RULES = (
    at_most_one_capture,
    captured_is_payable,
    bank_and_shop_agree,
    paid_orders_have_a_posted_payment,
    refunded_is_captured,
)


def _named(payment: PaymentRow) -> str:
    return f"payment {payment.payment} over {payment.amount_fen} fen"


def _charged_again(order: str, rows: list[BankRow]) -> Iterator[Finding]:
    captures = sum(row.captures for row in rows)
    if captures > 1:
        taken_fen = sum(row.captured_fen for row in rows)
        named = ", ".join(f"{row.payment} {row.captures} times" for row in rows if row.captures)
        yield order, f"The bank charged order {order} {captures} times, {taken_fen} fen in all: {named}."


def _paid_again(order: str, captured: list[PaymentRow]) -> Iterator[Finding]:
    for instalment in Instalment:
        named = sorted(payment.payment for payment in captured if payment.instalment == instalment)
        if len(named) > 1:
            yield order, f"Order {order} was paid {len(named)} times: {', '.join(named)}."


def _price_fen(order: OrderRow, instalment: str) -> int:
    if instalment == Instalment.WHOLE:
        return 0 if order.deposit_fen else order.payable_fen
    return order.deposit_fen if instalment == Instalment.DEPOSIT else order.payable_fen - order.deposit_fen


def _refund(row: BankRow, complaint: str) -> str:
    return (
        f"The bank gave back {row.refunded_fen} of {row.captured_fen} fen for payment {row.payment} "
        f"of order {row.order}, {complaint}."
    )


def _owed(books: Books, order: OrderRow) -> Iterator[Finding]:
    """Money of an ended order that nobody is bringing back."""
    payments = books.payments_by_order.get(order.order, [])
    for payment in payments:
        if payment.state == PaymentState.REFUNDING and not books.awaits_refund(order.order):
            message = (
                f"Order {order.order} is {order.state} and {_named(payment)} is refunding, but nothing is under way."
            )
            yield order.order, message
    if order.state == OrderState.REFUNDED and not any(payment.state in CAPTURED for payment in payments):
        yield order.order, f"Order {order.order} is refunded, but it has no payment that was ever posted."


def figures(books: Books) -> dict[str, float | str]:
    """What the bank took and gave back, by its own statement, and how long buyers waited for its word."""
    payments, bank = books.rows.payments, books.rows.bank
    answered_s = [row.history[1][1] - row.history[0][1] for row in payments if len(row.history) > 1]
    return {
        "asked_payments": len(payments),
        "posted_payments": sum(payment.state in CAPTURED for payment in payments),
        "declined_payments": sum(payment.state == PaymentState.VOIDED for payment in payments),
        "captured_yuan": sum(row.captured_fen for row in bank) / 100,
        "refunded_payments": sum(row.refunded_fen > 0 for row in bank),
        "refunded_yuan": sum(row.refunded_fen for row in bank) / 100,
        "bank_answered_median_s": round(median(answered_s), 2) if answered_s else "none yet",
        "bank_answered_slowest_s": round(max(answered_s), 2) if answered_s else "none yet",
    }
