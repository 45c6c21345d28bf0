"""Splitting discounts: exact to the fen, bounded by each line, fair, and the same whatever order the lines come in."""

from __future__ import annotations

import itertools
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_platform.domain.discount_split import SUBSIDISED, Deduction, Kind, savings, split_fen

SKUS = [f"S{number}" for number in range(1, 9)]
DUE = st.dictionaries(st.sampled_from(SKUS), st.integers(0, 10**7) | st.integers(0, 20), min_size=1)


@st.composite
def splits(draw: st.DrawFn) -> tuple[int, dict[str, int]]:
    due_fen = draw(DUE)
    return draw(st.integers(0, sum(due_fen.values()))), due_fen


@given(splits())
def test_the_shares_sum_to_the_discount_and_stay_within_their_lines(split: tuple[int, dict[str, int]]) -> None:
    off_fen, due_fen = split
    shares = split_fen(off_fen, due_fen)
    assert sum(shares.values()) == off_fen
    assert shares.keys() == due_fen.keys()
    assert all(0 <= shares[sku] <= due_fen[sku] for sku in due_fen)


@given(splits())
def test_each_share_is_within_a_fen_of_its_proportion(split: tuple[int, dict[str, int]]) -> None:
    off_fen, due_fen = split
    sum_fen = sum(due_fen.values())
    for sku, share_fen in split_fen(off_fen, due_fen).items():
        assert abs(share_fen * sum_fen - off_fen * due_fen[sku]) < max(1, sum_fen)


@given(splits())
def test_a_dearer_line_never_saves_less(split: tuple[int, dict[str, int]]) -> None:
    off_fen, due_fen = split
    shares = split_fen(off_fen, due_fen)
    dearest_last = sorted(due_fen, key=lambda sku: due_fen[sku])
    for cheaper, dearer in itertools.pairwise(dearest_last):
        if due_fen[cheaper] < due_fen[dearer]:
            assert shares[cheaper] <= shares[dearer]


@given(splits(), st.integers(0, 10**6))
def test_the_order_of_the_lines_does_not_matter(split: tuple[int, dict[str, int]], seed: int) -> None:
    off_fen, due_fen = split
    shuffled = list(due_fen.items())
    Random(seed).shuffle(shuffled)
    assert split_fen(off_fen, dict(shuffled)) == split_fen(off_fen, due_fen)


@pytest.mark.parametrize(
    ("off_fen", "due_fen", "shares"),
    [
        (5_000, {"S1": 10_000, "S2": 20_000}, {"S1": 1_667, "S2": 3_333}),
        (100, {"S1": 1, "S2": 1, "S3": 1000}, {"S1": 0, "S2": 0, "S3": 100}),
        (1, {"S2": 10, "S1": 10}, {"S1": 1, "S2": 0}),  # of equals, the first by name
        (2, {"S1": 1, "S2": 1}, {"S1": 1, "S2": 1}),
        (0, {"S1": 0}, {"S1": 0}),
    ],
)
def test_known_splits(off_fen: int, due_fen: dict[str, int], shares: dict[str, int]) -> None:
    assert split_fen(off_fen, due_fen) == shares


@pytest.mark.parametrize(
    ("off_fen", "due_fen"), [(11, {"S1": 10}), (-1, {"S1": 10}), (1, {}), (1, {"S1": 2, "S2": -1})]
)
def test_what_cannot_be_taken_off_is_an_error(off_fen: int, due_fen: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="cannot be taken off"):
        split_fen(off_fen, due_fen)


@given(splits(), st.lists(st.tuples(st.sampled_from(Kind), st.integers(1, 5))))
def test_discounts_one_after_the_other_still_add_up(
    split: tuple[int, dict[str, int]], steps: list[tuple[Kind, int]]
) -> None:
    """Each takes a part of what is left of some of the lines."""
    _, due_fen = split
    left_fen = dict(due_fen)
    deductions = []
    for number, (kind, part) in enumerate(steps):
        skus = tuple(sorted(due_fen))[: 1 + number % len(due_fen)]
        off_fen = sum(left_fen[sku] for sku in skus) // part
        deductions.append(Deduction(f"D{number}", kind, off_fen, skus))
        saved = savings(due_fen, deductions)
        left_fen = {sku: due_fen[sku] - (saved[sku].discount_fen if sku in saved else 0) for sku in due_fen}
    saved = savings(due_fen, deductions)
    assert sum(saving.discount_fen for saving in saved.values()) == sum(each.off_fen for each in deductions)
    assert sum(saving.subsidy_fen for saving in saved.values()) == sum(
        each.off_fen for each in deductions if each.kind in SUBSIDISED
    )
    for sku, saving in saved.items():
        assert 0 <= saving.subsidy_fen <= saving.discount_fen <= due_fen[sku]
