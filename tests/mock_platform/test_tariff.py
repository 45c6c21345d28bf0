"""The tariff's formulas, held against fractions."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_platform.domain.tariff import GENERAL, TARIFFS, Tariff, tariff_of

tariffs = st.builds(Tariff, st.just("any"), st.integers(0, 5_000), st.integers(0, 9_000), st.integers(0, 20_000))


@given(tariffs, st.integers(0, 10**13))
def test_the_reduced_rate_is_seventy_percent_of_both_taxes(tariff: Tariff, value_fen: int) -> None:
    vat, consumption = Fraction(tariff.vat_bp, 10_000), Fraction(tariff.consumption_bp, 10_000)
    rate = (consumption + vat) / (1 - consumption) * Fraction(70, 100)
    assert tariff.duty_fen(value_fen, is_reduced=True) == round(value_fen * rate)


@given(tariffs, st.integers(0, 10**13))
def test_the_full_rate_is_duty_then_consumption_tax_then_vat(tariff: Tariff, value_fen: int) -> None:
    """Each tax on what the goods are worth with those before it, as it is assessed: not the closed formula."""
    vat, consumption = Fraction(tariff.vat_bp, 10_000), Fraction(tariff.consumption_bp, 10_000)
    duty_fen = value_fen * Fraction(tariff.duty_bp, 10_000)
    consumption_fen = (value_fen + duty_fen) / (1 - consumption) * consumption
    vat_fen = (value_fen + duty_fen + consumption_fen) * vat
    assert tariff.duty_fen(value_fen, is_reduced=False) == round(duty_fen + consumption_fen + vat_fen)


@pytest.mark.parametrize(
    ("heading", "reduced_fen", "full_fen"),
    [
        ("数码", 910, 1_300),  # 13 % VAT alone: 9.1 % of 100 yuan
        ("美妆护肤", 2_306, 3_959),  # (15 + 13) / 85 x 70 % = 23.06 %
        ("图书文具", 630, 900),
        ("no such heading", 910, 2_430),
    ],
)
def test_what_is_due_on_a_hundred_yuan(heading: str, reduced_fen: int, full_fen: int) -> None:
    tariff = tariff_of(heading)
    assert (tariff.duty_fen(10_000, is_reduced=True), tariff.duty_fen(10_000, is_reduced=False)) == (
        reduced_fen,
        full_fen,
    )


def test_a_heading_names_itself() -> None:
    assert all(heading == tariff.heading for heading, tariff in TARIFFS.items())
    assert GENERAL.heading not in TARIFFS
