"""Currencies and their dated rates: what a price abroad is in fen, exact and rounded once.

A price is whole minor units of its currency (cents; yen have none). A rate is millionths of a yuan for one whole unit,
as the bank quotes it: 58_440 for a yen at 0.058440 yuan. So

    fen = price_minor / 10**digits x rate / 10**6 x 100        half to even, once for each unit price
"""

from __future__ import annotations

import msgspec

from mock_platform.domain.errors import MalformedRequest
from mock_platform.domain.rounding import half_even

MINOR_DIGITS = {"USD": 2, "EUR": 2, "GBP": 2, "AUD": 2, "JPY": 0, "KRW": 0}
"""Digits after the point (ISO 4217), of every currency that goods are priced in."""
RATE_MICRO_YUAN_MIN, RATE_MICRO_YUAN_MAX = 100, 10**9
"""0.0001 to 1,000 yuan for one unit: beyond that somebody forgot the point."""
FEN_OF_MICRO_YUAN = 10**4


class ExchangeRate(msgspec.Struct, frozen=True, gc=False):
    """What one unit of a currency costs from an instant on, until a later rate takes its place."""

    currency: str
    micro_yuan: int
    dated_at: float


class GivenRate(msgspec.Struct, frozen=True, gc=False):
    """A rate, and when it was given: often before its date, never after it."""

    rate: ExchangeRate
    given_at: float


def check_rate(rate: ExchangeRate) -> None:
    """MalformedRequest for a currency nothing is priced in, or a rate that cannot be meant."""
    if rate.currency not in MINOR_DIGITS:
        raise MalformedRequest(f"a currency is one of {', '.join(MINOR_DIGITS)}")
    if not RATE_MICRO_YUAN_MIN <= rate.micro_yuan <= RATE_MICRO_YUAN_MAX:
        raise MalformedRequest(
            f"a rate is between {RATE_MICRO_YUAN_MIN} and {RATE_MICRO_YUAN_MAX} millionths of a yuan"
        )


def in_fen(price_minor: int, currency: str, micro_yuan: int) -> int:
    """A unit price in fen at that rate; at least one, since nothing is sold for nothing."""
    return max(1, half_even(price_minor * micro_yuan, FEN_OF_MICRO_YUAN * 10 ** MINOR_DIGITS[currency]))
