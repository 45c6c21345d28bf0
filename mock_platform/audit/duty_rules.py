"""Duty and limits: what goods from abroad cost is exact, and nobody gets more of them than the law lets in.

Prices, duties and years are worked out here in another way than the shop does, with fractions and not with its
integers, and the limits are the law's own figures: an audit that asked the shop for them would believe any mistake.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from time import gmtime

from mock_platform.audit.customs_books import ImportedLineRow, imported_lines, rates
from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import LineRow, OrderRow
from mock_platform.domain.currency import MINOR_DIGITS
from mock_platform.domain.ledger import DUTY
from mock_platform.domain.tariff import tariff_of

ORDER_LIMIT_FEN, YEARLY_LIMIT_FEN = 500_000, 2_600_000
"""5,000 yuan an order and 26,000 a year: the notice on retail imports of 2018, in force since 1 January 2019."""
AHEAD_OF_UTC_S = 8 * 3_600
"""China's clocks, summer and winter."""


def imported_price_follows_its_rate(books: Books) -> Iterator[Finding]:
    """A line's unit price is the price abroad at the rate it names, half to even; domestic lines name none."""
    sources = _sources(books)
    for order, line in _lines(books):
        source = sources.pop((order.order, line.sku), None)
        if not order.declared:
            continue
        if source is None:
            yield order.order, f"Order {order.order} does not say where the price of SKU {line.sku} came from."
            continue
        price_fen = _price_fen(source)
        if line.unit_price_fen != price_fen:
            yield (
                order.order,
                f"Order {order.order}: SKU {line.sku} at {source.price_minor} minor {source.currency} and "
                f"{source.rate_micro_yuan} millionths is {price_fen} fen, the line says {line.unit_price_fen} fen.",
            )
    for name, sku in sources:
        yield name, f"SKU {sku} has a price from abroad in order {name}, which has no such line."


def imported_price_is_at_a_given_rate(books: Books) -> Iterator[Finding]:
    """An order's rate was once given, and was the latest when it was placed, to the instant if it was given beforehand.

    Excused for the grace: an order placed while a rate that holds at once was being given.
    """
    grace_s = books.rows.settings.grace_s
    known: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    given = set()
    for rate in rates(books):
        known[rate.currency].append((rate.dated_at, max(rate.dated_at, rate.given_at + grace_s)))
        given.add((rate.currency, rate.micro_yuan, rate.dated_at))
    for line in imported_lines(books):
        order = books.orders.get(line.order)
        named = f"{line.currency} at {line.rate_micro_yuan} millionths, dated {line.rated_at:.3f},"
        if (line.currency, line.rate_micro_yuan, line.rated_at) not in given:
            yield line.order, f"Order {line.order} takes {named} which was never given."
        elif order is not None:
            later = any(line.rated_at < at and holds_at < order.placed_at for at, holds_at in known[line.currency])
            if later or line.rated_at > order.placed_at + grace_s:
                yield line.order, f"Order {line.order} of {order.placed_at:.3f} takes {named} not the rate in force."


def duty_is_exact(books: Books) -> Iterator[Finding]:
    """Of every unit what the tariff says of its price, and nothing of goods that are in the country."""
    headings = {pair: source.heading for pair, source in _sources(books).items()}
    for order, line in _lines(books):
        heading = headings.get((order.order, line.sku))
        due_fen = line.quantity * _duty_fen(line.unit_price_fen, heading) if order.declared and heading else 0
        if line.duty_fen != due_fen:
            yield (
                order.order,
                f"Order {order.order} takes {line.duty_fen} fen of duty on {line.quantity} of SKU {line.sku} "
                f"at {line.unit_price_fen} fen, the tariff says {due_fen} fen.",
            )


def order_from_abroad_keeps_its_limit(books: Books) -> Iterator[Finding]:
    """At most 5,000 yuan an order, unless it is one single unit."""
    for order in books.rows.orders:
        if order.declared and (total_fen := _value_fen(order)) > ORDER_LIMIT_FEN:
            units = sum(line.quantity for line in order.lines)
            if units > 1:
                message = (
                    f"Order {order.order} of buyer {order.buyer} has {units} units for {total_fen} fen from abroad."
                )
                yield order.order, f"{message} The limit is {ORDER_LIMIT_FEN}."


def buyer_keeps_the_yearly_limit(books: Books) -> Iterator[Finding]:
    """At most 26,000 yuan a year for each buyer, over all live orders."""
    spent: defaultdict[tuple[str, int], int] = defaultdict(int)
    orders: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for order in books.rows.orders:
        if order.declared and order.is_live:
            year = order.buyer, gmtime(order.placed_at + AHEAD_OF_UTC_S).tm_year
            spent[year] += _value_fen(order)
            orders[year].append(order.order)
    for (buyer, number), spent_fen in spent.items():
        if spent_fen > YEARLY_LIMIT_FEN:
            named = ", ".join(sorted(orders[buyer, number]))
            yield (
                f"{buyer} in {number}",
                f"Buyer {buyer} has {spent_fen} fen from abroad in {number}, the limit is {YEARLY_LIMIT_FEN}: {named}.",
            )


def duty_account_is_duty_of_live_orders(books: Books) -> Iterator[Finding]:
    """What the ledger owes customs for an order is its duty while it lives. Excused: a refund not booked yet."""
    due = {order.order: -_order_duty_fen(order) for order in books.rows.orders if order.is_live}
    booked = {order: fen for (order, account), fen in books.balances_fen.items() if account == DUTY}
    for name in due.keys() | booked.keys():
        due_fen, booked_fen = due.get(name, 0), booked.get(name, 0)
        if due_fen != booked_fen and not books.awaits_refund(name):
            yield name, f"Order {name} means {due_fen} fen on {DUTY}, the ledger says {booked_fen} fen."


RULES = (
    imported_price_follows_its_rate,
    imported_price_is_at_a_given_rate,
    duty_is_exact,
    order_from_abroad_keeps_its_limit,
    buyer_keeps_the_yearly_limit,
    duty_account_is_duty_of_live_orders,
)


def _lines(books: Books) -> Iterator[tuple[OrderRow, LineRow]]:
    return ((order, line) for order in books.rows.orders for line in order.lines)


def _sources(books: Books) -> dict[tuple[str, str], ImportedLineRow]:
    return {(line.order, line.sku): line for line in imported_lines(books)}


def _value_fen(order: OrderRow) -> int:
    return sum([line.quantity * line.unit_price_fen for line in order.lines])


def _order_duty_fen(order: OrderRow) -> int:
    return sum([line.duty_fen for line in order.lines])


def _price_fen(source: ImportedLineRow) -> int:
    minor = 10 ** MINOR_DIGITS.get(source.currency, 0)
    return max(1, round(Fraction(source.price_minor, minor) * Fraction(source.rate_micro_yuan, 10**6) * 100))


def _duty_fen(price_fen: int, heading: str) -> int:
    """The formulas of FACTS 3 as they are written there."""
    tariff = tariff_of(heading)
    vat, consumption = Fraction(tariff.vat_bp, 10**4), Fraction(tariff.consumption_bp, 10**4)
    duty, taxes = Fraction(tariff.duty_bp, 10**4), (consumption + vat) / (1 - consumption)
    share = taxes * Fraction(7, 10) if price_fen <= ORDER_LIMIT_FEN else duty + (1 + duty) * taxes
    return round(price_fen * share)
