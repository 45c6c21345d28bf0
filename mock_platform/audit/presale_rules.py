"""Presales: deposit and balance are the price, units wait for depositors, no deposit is both kept and given back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import OrderRow, PaymentRow, Row
from mock_platform.domain.order import OrderState
from mock_platform.domain.payment import Instalment, PaymentState

GOING_BACK = frozenset({PaymentState.REFUNDING, PaymentState.REFUNDED})
SETTLED = frozenset({OrderState.PAID, OrderState.SHIPPED, OrderState.DELIVERED})


class PresaleRow(Row, frozen=True, gc=False):
    presale: str
    sku: str
    place: str
    price_fen: int
    deposit_fen: int
    allotment: int
    limit_per_buyer: int
    deposit_opens_at: float
    deposit_closes_at: float
    balance_opens_at: float
    balance_closes_at: float
    refundable_until: float


def deposit_and_balance_are_the_price(books: Books) -> Iterator[Finding]:
    """An order keeps its presale's terms: the price of each unit, the deposit as a part of it, and until when."""
    presales = _presales(books)
    for order in _bought(books):
        presale = presales.get(order.presale or "")
        if presale is None:
            yield order.order, f"Order {order.order} paid a deposit for presale {order.presale}, which does not exist."
            continue
        units = sum(line.quantity for line in order.lines)
        price_fen, deposit_fen = units * presale.price_fen, units * presale.deposit_fen
        if (order.payable_fen, order.deposit_fen) != (price_fen, deposit_fen):
            yield (
                order.order,
                f"Order {order.order} of presale {order.presale} asks for {order.deposit_fen} fen of "
                f"{order.payable_fen} as its deposit, {units} units mean {deposit_fen} of {price_fen}.",
            )
        if (order.balance_closes_at, order.refundable_until) != (presale.balance_closes_at, presale.refundable_until):
            yield order.order, f"Order {order.order} has other instants than its presale {order.presale}."


def instalments_follow_the_state(books: Books) -> Iterator[Finding]:
    """Posted is nothing of an order placed, the deposit of one deposited, the price of one paid, each once."""
    for order in _bought(books):
        if order.is_given_up:
            continue  # the two rules on deposits say what is kept
        kept = {row.instalment: row.amount_fen for row in _payments(books, order) if row.state == PaymentState.POSTED}
        due: dict[str, int] = {}
        if order.state == OrderState.DEPOSITED or order.state in SETTLED:
            due[Instalment.DEPOSIT] = order.deposit_fen
        if order.state in SETTLED:
            due[Instalment.BALANCE] = order.payable_fen - order.deposit_fen
        if kept != due:
            message = f"Order {order.order} is {order.state} and keeps {_named(kept)} of its price, not {_named(due)}."
            yield order.order, message


def forfeited_deposits_stay(books: Books) -> Iterator[Finding]:
    """Who gave up too late has no deposit back, neither from the shop nor from the bank."""
    for order in _bought(books):
        if order.is_forfeited:
            for row in _deposits(books, order):
                bank = books.bank.get(row.payment)
                back_fen = 0 if bank is None else bank.refunded_fen
                if row.state != PaymentState.POSTED or back_fen:
                    yield (
                        order.order,
                        f"Order {order.order} was given up too late, yet its deposit {row.payment} over "
                        f"{row.amount_fen} fen is {row.state} and the bank gave back {back_fen} fen.",
                    )


def refundable_deposits_go_back(books: Books) -> Iterator[Finding]:
    """Who gave up in time has the deposit back, or it is on its way."""
    for order in _bought(books):
        if order.is_given_up and not order.is_forfeited:
            for row in _deposits(books, order):
                if row.state not in GOING_BACK:
                    yield (
                        order.order,
                        f"Order {order.order} was given up in time, yet its deposit {row.payment} over "
                        f"{row.amount_fen} fen is {row.state}.",
                    )


def presale_keeps_its_allotment(books: Books) -> Iterator[Finding]:
    """Live orders, most of all those of depositors, never have more units than were set aside for them."""
    units: defaultdict[str, int] = defaultdict(int)
    for order in _bought(books):
        if order.is_live and order.presale is not None:
            units[order.presale] += sum(line.quantity for line in order.lines)
    for presale in books.table("presales", PresaleRow):
        if units[presale.presale] > presale.allotment:
            yield (
                presale.presale,
                f"Presale {presale.presale} sold {units[presale.presale]} of SKU {presale.sku}, its allotment is "
                f"{presale.allotment}.",
            )


def presale_keeps_its_limit(books: Books) -> Iterator[Finding]:
    limits = {presale.presale: presale.limit_per_buyer for presale in books.table("presales", PresaleRow)}
    units: defaultdict[tuple[str, str], int] = defaultdict(int)
    for order in _bought(books):
        if order.is_live and order.presale is not None:
            units[order.presale, order.buyer] += sum(line.quantity for line in order.lines)
    for (presale, buyer), bought in units.items():
        if bought > limits.get(presale, bought):
            yield (
                f"{presale} for {buyer}",
                f"Buyer {buyer} has {bought} units of presale {presale}, the limit is {limits[presale]}.",
            )


def no_deposit_outlives_its_balance(books: Books) -> Iterator[Finding]:
    """Once the balance has closed, and a sweep had time to come, nobody is left who has paid a deposit only.

    Excused: a balance asked for in time, of which the bank has yet to speak.
    """
    for order in _bought(books):
        if order.state == OrderState.DEPOSITED and order.balance_closes_at is not None:
            late_s = books.rows.taken_at - order.balance_closes_at
            if late_s > books.rows.settings.grace_s and not books.awaits_bank(order.order):
                yield order.order, f"Order {order.order} is deposited {late_s:.1f} s after its balance closed."


def balances_asked_for_in_time_count(books: Books) -> Iterator[Finding]:
    """Nobody's order ends with the window because the bank was slow to take a balance asked for before."""
    for order in _bought(books):
        if not order.is_given_up or order.balance_closes_at is None or order.history[-1][1] < order.balance_closes_at:
            continue
        for row in _balances(books, order):
            if row.state != PaymentState.VOIDED:
                yield (
                    order.order,
                    f"Order {order.order} ended with its balance's window, yet payment {row.payment} over "
                    f"{row.amount_fen} fen was asked for in time and is {row.state}.",
                )


def instalments_keep_their_windows(books: Books) -> Iterator[Finding]:
    """Orders are placed while deposits are open, and balances asked for while the balance is."""
    presales = _presales(books)
    for order in _bought(books):
        presale = presales.get(order.presale or "")
        if presale is None:
            continue
        if not presale.deposit_opens_at <= order.placed_at < presale.deposit_closes_at:
            yield order.order, f"Order {order.order} was placed while presale {order.presale} took no deposits."
        for row in _payments(books, order):
            asked_at = row.history[0][1] if row.history else 0.0
            in_time = presale.balance_opens_at <= asked_at < presale.balance_closes_at
            if row.instalment == Instalment.BALANCE and not in_time:
                yield (
                    order.order,
                    f"The balance of order {order.order} was asked for by payment {row.payment} while presale "
                    f"{order.presale} took none.",
                )


RULES = (
    deposit_and_balance_are_the_price,
    instalments_follow_the_state,
    forfeited_deposits_stay,
    refundable_deposits_go_back,
    presale_keeps_its_allotment,
    presale_keeps_its_limit,
    no_deposit_outlives_its_balance,
    balances_asked_for_in_time_count,
    instalments_keep_their_windows,
)


def figures(books: Books) -> dict[str, float | str]:
    """What became of those who paid a deposit."""
    deposited = [order for order in _bought(books) if any(step == OrderState.DEPOSITED for step, _ in order.history)]
    forfeited = [order for order in deposited if order.is_forfeited]
    return {
        "presales": len(books.table("presales", PresaleRow)),
        "deposits_paid_orders": len(deposited),
        "balances_paid_orders": sum(any(step == OrderState.PAID for step, _ in order.history) for order in deposited),
        "deposits_refunded_orders": sum(order.is_given_up for order in deposited) - len(forfeited),
        "deposits_forfeited_orders": len(forfeited),
        "deposits_forfeited_fen": sum(order.deposit_fen for order in forfeited),
    }


def _presales(books: Books) -> dict[str, PresaleRow]:
    return {row.presale: row for row in books.table("presales", PresaleRow)}


def _bought(books: Books) -> list[OrderRow]:
    return [order for order in books.rows.orders if order.presale is not None or order.deposit_fen]


def _payments(books: Books, order: OrderRow) -> list[PaymentRow]:
    return books.payments_by_order.get(order.order, [])


def _deposits(books: Books, order: OrderRow) -> list[PaymentRow]:
    rows = [row for row in _payments(books, order) if row.instalment == Instalment.DEPOSIT]
    return [row for row in rows if row.state != PaymentState.VOIDED]


def _balances(books: Books, order: OrderRow) -> list[PaymentRow]:
    return [row for row in _payments(books, order) if row.instalment == Instalment.BALANCE]


def _named(parts: dict[str, int]) -> str:
    return " and ".join(f"{fen} fen ({part})" for part, fen in sorted(parts.items())) or "nothing"
