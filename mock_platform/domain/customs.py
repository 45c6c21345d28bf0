"""Customs for buyers: who may have how much sent from abroad, and what is due on it.

At most 5,000 yuan an order and 26,000 yuan a year for each person, of goods without their duty, both bounds included.
Within them the reduced rate is due. An order beyond 5,000 is refused unless it is one single unit, which nobody can
divide: that one is let in at the full rate and counts for the year all the same (the rule of 1 January 2019).
Beyond the year's sum it would be trade, and is refused.

So a unit's duty follows from its own price alone, and is shown with it: beyond 5,000 it can only be bought singly.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from msgspec.structs import replace

from mock_platform.domain.currency import ExchangeRate, in_fen
from mock_platform.domain.errors import OrderLimit, YearlyLimit
from mock_platform.domain.imported import Imported
from mock_platform.domain.money import yuan
from mock_platform.domain.order import Line, Order
from mock_platform.domain.sku import Sku
from mock_platform.domain.tariff import tariff_of

ORDER_LIMIT_FEN = 5_000 * 100
YEARLY_LIMIT_FEN = 26_000 * 100
CHINA = timezone(timedelta(hours=8))


def unit_duty_fen(price_fen: int, heading: str) -> int:
    """What is due on one unit at that price."""
    return tariff_of(heading).duty_fen(price_fen, is_reduced=price_fen <= ORDER_LIMIT_FEN)


def imported_sku(sku: Sku, origin: str, price_minor: int, rate: ExchangeRate) -> Sku:
    """The SKU as it is sold from abroad, at that rate; its category is its heading in the tariff."""
    price_fen = in_fen(price_minor, rate.currency, rate.micro_yuan)
    duty_fen = unit_duty_fen(price_fen, sku.category)
    imported = Imported(origin, rate.currency, price_minor, rate.micro_yuan, rate.dated_at, sku.category, duty_fen)
    return replace(sku, price_fen=price_fen, imported=imported)


def at_rate(sku: Sku, rate: ExchangeRate) -> Sku:
    """An imported SKU at that rate, the very same if it is at it already: what it costs abroad has not changed."""
    if sku.imported is None:
        raise ValueError(f"{sku.sku} is not imported")
    if (rate.micro_yuan, rate.dated_at) == (sku.imported.rate_micro_yuan, sku.imported.rated_at):
        return sku
    return imported_sku(sku, sku.imported.origin, sku.imported.price_minor, rate)


def value_fen(lines: Sequence[Line]) -> int:
    """What the limits count: the goods without their duty."""
    return sum([line.quantity * line.unit_price_fen for line in lines])


def check_order(lines: Sequence[Line]) -> None:
    """OrderLimit for more than 5,000 yuan of goods that could be divided."""
    total_fen = value_fen(lines)
    if total_fen > ORDER_LIMIT_FEN and sum(line.quantity for line in lines) > 1:
        raise OrderLimit(
            f"goods from abroad for {yuan(total_fen)} yuan are more than {yuan(ORDER_LIMIT_FEN)} an order; "
            "beyond that only a single unit is let in"
        )


def check_year(spent_fen: int, more_fen: int) -> None:
    """YearlyLimit if the year's sum would go beyond 26,000 yuan."""
    if spent_fen + more_fen > YEARLY_LIMIT_FEN:
        left_fen = max(0, YEARLY_LIMIT_FEN - spent_fen)
        raise YearlyLimit(f"of {yuan(YEARLY_LIMIT_FEN)} yuan from abroad this year {yuan(left_fen)} are left")


def counted_fen(order: Order) -> int:
    """What an order counts for its buyer's year: nothing once it has ended."""
    return value_fen(order.lines) if order.declared and order.is_live else 0


def year_of(at: float) -> int:
    """The calendar year in China."""
    return datetime.fromtimestamp(at // 1, CHINA).year  # a fraction would be rounded, at times into the next year
