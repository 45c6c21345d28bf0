"""The audit's reckoning of discounts and the shop's: two hands, one result; each is the other's oracle."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_platform.audit.reckoning import PAID_BY_THE_PLATFORM, STACK, saved_fen, shares_fen
from mock_platform.domain.discount_split import SUBSIDISED, Deduction, Kind, savings, split_fen

SKUS = [f"S{number}" for number in range(1, 12)]
DUE = st.dictionaries(st.sampled_from(SKUS), st.integers(0, 10**13) | st.integers(0, 3), min_size=1)


@st.composite
def splits(draw: st.DrawFn) -> tuple[int, dict[str, int]]:
    due_fen = draw(DUE)
    return draw(st.integers(0, sum(due_fen.values()))), due_fen


def by_definition(off_fen: int, due_fen: dict[str, int]) -> dict[str, int]:
    """Fractions, and a fen at a time to whoever is owed most: slow and plain."""
    whole_fen = sum(due_fen.values())
    owed = {sku: Fraction(off_fen * due, whole_fen) if whole_fen else Fraction(0) for sku, due in due_fen.items()}
    shares = {sku: int(each) for sku, each in owed.items()}
    while sum(shares.values()) < off_fen:
        neediest = min(due_fen, key=lambda sku: (shares[sku] - owed[sku], sku))
        shares[neediest] += 1
    return shares


@given(splits())
def test_three_ways_to_split_agree_to_the_fen(split: tuple[int, dict[str, int]]) -> None:
    off_fen, due_fen = split
    assert shares_fen(off_fen, due_fen) == split_fen(off_fen, due_fen) == by_definition(off_fen, due_fen)


@pytest.mark.parametrize(
    ("off_fen", "due_fen"), [(11, {"S1": 10}), (-1, {"S1": 10}), (1, {}), (1, {"S1": 2, "S2": -1})]
)
def test_what_cannot_be_taken_off_is_an_error_here_too(off_fen: int, due_fen: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="fen off"):
        shares_fen(off_fen, due_fen)


@given(st.data(), DUE)
def test_discounts_after_one_another_come_to_the_same(data: Any, due_fen: dict[str, int]) -> None:
    left_fen, deductions = dict(due_fen), []
    for number in range(data.draw(st.integers(1, 5))):
        skus = tuple(sorted(data.draw(st.sets(st.sampled_from(sorted(due_fen)), min_size=1))))
        off_fen = data.draw(st.integers(0, sum(left_fen[sku] for sku in skus)))
        deductions.append(Deduction(f"D{number}", data.draw(st.sampled_from(Kind)), off_fen, skus))
        for sku, (saved, _) in saved_fen(due_fen, deductions).items():
            left_fen[sku] = due_fen[sku] - saved
    ours = {sku: each for sku, each in saved_fen(due_fen, deductions).items() if any(each)}
    theirs = {sku: (each.discount_fen, each.subsidy_fen) for sku, each in savings(due_fen, deductions).items()}
    assert ours == {sku: each for sku, each in theirs.items() if any(each)}


def test_both_know_the_same_stack_and_the_same_payer() -> None:
    assert tuple(Kind) == STACK
    assert PAID_BY_THE_PLATFORM == SUBSIDISED
