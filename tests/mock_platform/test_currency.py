"""Foreign prices in fen: exact against fractions, and rounded once."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_platform.domain.currency import MINOR_DIGITS, ExchangeRate, check_rate, in_fen
from mock_platform.domain.errors import MalformedRequest
from mock_platform.domain.rounding import half_even


@pytest.mark.parametrize(
    ("price_minor", "currency", "micro_yuan", "fen"),
    [
        (1_999, "USD", 6_628_200, 13_250),  # 19.99 dollars: 132.4977 yuan
        (3_980, "JPY", 58_440, 23_259),  # yen have no cents
        (10_000, "KRW", 5_935, 5_935),
        (1, "USD", 500_000, 1),  # half a fen is even at none, but nothing is sold for nothing
        (3, "USD", 500_000, 2),  # 1.5 fen: half to even
        (5, "USD", 500_000, 2),  # 2.5 fen: half to even
        (1, "KRW", 100, 1),
    ],
)
def test_a_price_abroad_is_so_many_fen(price_minor: int, currency: str, micro_yuan: int, fen: int) -> None:
    assert in_fen(price_minor, currency, micro_yuan) == fen


@given(st.integers(1, 10**10), st.sampled_from(sorted(MINOR_DIGITS)), st.integers(100, 10**9))
def test_a_price_is_the_fraction_rounded_half_to_even(price_minor: int, currency: str, micro_yuan: int) -> None:
    exact = Fraction(price_minor, 10 ** MINOR_DIGITS[currency]) * Fraction(micro_yuan, 10**6) * 100
    assert in_fen(price_minor, currency, micro_yuan) == max(1, round(exact))


@given(st.integers(-(10**20), 10**20), st.integers(1, 10**12))
def test_rounding_is_what_fractions_do(numerator: int, denominator: int) -> None:
    assert half_even(numerator, denominator) == round(Fraction(numerator, denominator))


@pytest.mark.parametrize(
    ("currency", "micro_yuan"), [("CNY", 1_000_000), ("usd", 6_000_000), ("USD", 99), ("USD", 10**9 + 1)]
)
def test_a_rate_that_cannot_be_meant_is_refused(currency: str, micro_yuan: int) -> None:
    with pytest.raises(MalformedRequest):
        check_rate(ExchangeRate(currency, micro_yuan, 0.0))
