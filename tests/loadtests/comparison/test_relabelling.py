"""Every way to label the runs, and how rare the true one's largest t is among them."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.comparison.relabelling import LABELLINGS_MAX, adjusted_p, how_many_labellings, labellings


@pytest.mark.parametrize(("base", "candidate"), [(1, 1), (3, 3), (4, 4), (5, 5), (6, 6), (4, 7)])
def test_all_ways_are_looked_at_once_the_true_one_first(base: int, candidate: int) -> None:
    ways = labellings(base, candidate, 9, random.Random(1))
    assert list(ways[0]) == [0.0] * base + [1.0] * candidate
    assert len({tuple(way) for way in ways}) == len(ways) == math.comb(base + candidate, candidate)
    assert set(ways.sum(axis=1)) == {candidate}


def test_of_very_many_ways_some_are_chosen_the_same_each_time() -> None:
    ways = labellings(10, 10, 9, random.Random(1))
    assert ways.shape == (LABELLINGS_MAX, 20)
    assert set(ways.sum(axis=1)) == {10}
    assert (ways == labellings(10, 10, 9, random.Random(1))).all()


def test_very_many_figures_are_looked_at_in_fewer_ways() -> None:
    assert [how_many_labellings(10, 10, figures) for figures in (9, 4000, 100_000)] == [2000, 1000, 500]
    assert how_many_labellings(5, 5, 100_000) == 252


def test_a_p_is_the_share_of_labellings_whose_largest_t_reaches_it() -> None:
    t = np.array([[3.0, 1.0], [2.0, 2.5], [0.0, 0.5], [3.0, 0.0]])
    # 3.0 is reached by rows 0 and 3. Below it, of the second figure alone: 1.0 by rows 0 and 1, but a smaller t is
    # never the rarer one.
    assert list(adjusted_p(t)) == [0.5, 0.5]
    assert list(adjusted_p(np.array([[3.0, 0.4], [2.0, 0.6], [0.0, 0.5], [1.0, 0.0]]))) == [0.25, 0.75]


def test_among_twenty_labellings_nothing_is_rarer_than_five_per_cent() -> None:
    t = np.zeros((20, 3))
    t[0] = 100.0
    assert list(adjusted_p(t)) == [0.05] * 3


@given(st.lists(st.lists(st.floats(-9, 9), min_size=4, max_size=4), min_size=2, max_size=30))
def test_correcting_for_more_figures_makes_nothing_rarer_and_keeps_the_order(rows: list[list[float]]) -> None:
    t = np.array(rows)
    p, alone = adjusted_p(t), np.array([adjusted_p(t[:, [figure]])[0] for figure in range(4)])
    assert (p >= alone - 1e-12).all()
    assert (np.diff(p[np.argsort(-t[0], kind="stable")]) >= -1e-12).all()
    assert (p >= 1 / len(rows)).all()
