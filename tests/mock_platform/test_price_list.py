"""Price lists: which price was in force when, and what is remembered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_platform.domain.price_list import PRICES_KEPT, PriceList, in_force

CHANGES = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 5)), max_size=12)


def listed(changes: list[tuple[int, int]]) -> PriceList:
    prices = PriceList("S1", "M1", ((0.0, 100),))
    for at, price_fen in sorted(changes, key=lambda change: change[0]):
        prices = prices.repriced(price_fen, float(at))
    return prices


@pytest.mark.parametrize(
    ("from_at", "to_at", "prices_fen"),
    [
        (5.0, 5.0, {100}),
        (9.9, 9.99, {100}),
        (9.9, 10.0, {100, 110}),
        (10.0, 10.0, {100, 110}),
        (10.1, 19.9, {110}),
        (0.0, 99.0, {100, 110, 90}),
        (20.1, 99.0, {90}),
    ],
)
def test_a_price_is_in_force_until_the_next_one_and_at_that_instant_both(
    from_at: float, to_at: float, prices_fen: set[int]
) -> None:
    assert in_force([(0.0, 100), (10.0, 110), (20.0, 90)], from_at, to_at) == prices_fen


@given(CHANGES, st.integers(0, 20), st.integers(0, 5))
def test_it_is_what_reading_the_whole_list_says(changes: list[tuple[int, int]], from_at: int, for_s: int) -> None:
    prices = listed(changes).prices
    ends = [*(at for at, _ in prices[1:]), float("inf")]
    overlapping = {fen for (at, fen), end in zip(prices, ends, strict=True) if at <= from_at + for_s and end >= from_at}
    assert in_force(prices, from_at, from_at + for_s) == overlapping


@given(CHANGES)
def test_a_list_runs_forward_and_no_price_follows_itself(changes: list[tuple[int, int]]) -> None:
    prices = listed(changes).prices
    assert [at for at, _ in prices] == sorted(at for at, _ in prices)
    assert all(prices[n][1] != prices[n + 1][1] for n in range(len(prices) - 1))


def test_what_is_forgotten_is_said_to_be() -> None:
    prices = PriceList("S1", "M1", ((0.0, 1),))
    for at in range(1, PRICES_KEPT):
        prices = prices.repriced(1 + at, float(at))
    assert (len(prices.prices), prices.is_whole) == (PRICES_KEPT, True)
    prices = prices.repriced(7, 9_999.0)
    assert (len(prices.prices), prices.is_whole) == (PRICES_KEPT, False)
    assert prices.prices[0] == (1.0, 2) and prices.prices[-1] == (9_999.0, 7)
