"""Warehouses: each SKU lies in one, and a sorter is never faster than it is."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_platform.domain.warehouse import CITIES, WAREHOUSES, sorted_at, stocked_in


def test_most_of_a_merchants_goods_lie_in_one_warehouse_and_some_elsewhere() -> None:
    places = Counter(stocked_in("M0001", f"S{number:07d}") for number in range(1_000))
    assert set(places) == set(CITIES)
    assert 700 < places.most_common()[0][1] < 900


def test_merchants_are_spread_over_all_warehouses() -> None:
    homes = Counter(stocked_in(f"M{number:04d}", "S0000001") for number in range(200))
    assert len(homes) == len(WAREHOUSES)
    assert max(homes.values()) < 80


def test_where_a_sku_lies_never_changes() -> None:
    assert [stocked_in("M0001", "S0000001"), stocked_in("M0002", "S0000002")] == ["guangzhou", "wuhan"]


@pytest.mark.parametrize(
    ("since", "free_at", "now", "done"),
    [
        ([], 0.0, 9.0, []),
        ([5.0], 0.0, 5.4, []),
        ([5.0], 0.0, 5.5, [5.5]),
        ([5.0, 5.0, 5.0], 0.0, 6.2, [5.5, 6.0]),
        ([5.0, 5.0], 7.0, 8.0, [7.5, 8.0]),
        ([5.0, 9.0], 0.0, 99.0, [5.5, 9.5]),
    ],
)
def test_a_sorter_of_two_a_second(since: list[float], free_at: float, now: float, done: list[float]) -> None:
    assert sorted_at(since, free_at, 2.0, now) == done


instants = st.floats(0.0, 100.0)


@given(st.lists(instants, max_size=60), instants, st.sampled_from([0.5, 2.0, 20.0]), instants, instants)
def test_in_two_goes_or_in_one_the_same_is_sorted_and_never_too_fast(
    queue: list[float], free_at: float, per_s: float, first: float, second: float
) -> None:
    queue.sort()
    first, second = sorted((first, second))
    whole = sorted_at(queue, free_at, per_s, second)
    begun = sorted_at(queue, free_at, per_s, first)
    rest = sorted_at(queue[len(begun) :], begun[-1] if begun else free_at, per_s, second)
    assert begun + rest == whole
    assert all(later - sooner >= 0.999 / per_s for sooner, later in pairwise([free_at, *whole]))
    assert all(since < done <= second for since, done in zip(queue, whole, strict=False))
