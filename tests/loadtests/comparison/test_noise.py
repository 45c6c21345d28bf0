"""Differences and their errors, under the true labels and any other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from loadtests.comparison import noise
from loadtests.comparison.noise import ASSUMED_TAU, PRIOR_RUNS, spread


def seen(values: Any, base: int, sampling: float = 0.0) -> noise.Spread:
    table = np.array(values, dtype=float)
    runs, figures = table.shape
    truth = np.array([[0.0] * base + [1.0] * (runs - base)])
    every = np.ones(figures)
    return spread(table, truth, every * sampling, np.zeros(figures, int), every.astype(bool))


def test_without_a_prior_it_is_students_t(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise, "PRIOR_RUNS", 0.0)
    values = np.random.default_rng(3).normal(size=(9, 4))
    assert seen(values, 4).t[0] == pytest.approx(ttest_ind(values[4:], values[:4]).statistic)


def test_what_is_usual_moderates_a_figure_that_happens_to_be_steady() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(scale=0.04, size=(10, 41))
    values[:, 0] = [0.0001 * (run % 2) for run in range(10)]
    values[5:, 0] += 0.01
    steady, others = seen(values, 5).error[0, 0], np.median(seen(values, 5).error[0, 1:])
    assert steady == pytest.approx(others * math.sqrt(PRIOR_RUNS / (8 + PRIOR_RUNS)), rel=0.2)


def test_one_run_a_side_shows_no_noise_so_some_is_assumed() -> None:
    assert seen([[0.0], [0.1]], 1).error[0, 0] == pytest.approx(ASSUMED_TAU * math.sqrt(2))
    rates = spread(np.array([[0.0], [0.0]]), np.array([[0.0, 1.0]]), np.array([1e-6]), np.array([0]), np.array([False]))
    assert rates.error[0, 0] == pytest.approx(math.sqrt(2e-6))


def test_chance_within_a_run_is_never_forgotten() -> None:
    assert seen(np.zeros((10, 3)), 5, sampling=0.01).error[0, 0] > 0


@given(st.lists(st.floats(-5, 5), min_size=4, max_size=10), st.floats(-3, 3), st.integers(1, 3))
def test_where_all_runs_lie_changes_nothing(values: list[float], shift: float, base: int) -> None:
    column = np.array(values)[:, None]
    here, there = seen(column, base, 0.01), seen(column + shift, base, 0.01)
    assert here.difference == pytest.approx(there.difference, abs=1e-9)
    assert here.error == pytest.approx(there.error, abs=1e-6)


@given(st.lists(st.floats(-5, 5), min_size=4, max_size=10), st.integers(1, 3))
def test_swapping_the_sides_swaps_the_sign(values: list[float], base: int) -> None:
    column = np.array(values)[:, None]
    here, there = seen(column, base, 0.01), seen(np.roll(column, -base, axis=0), len(values) - base, 0.01)
    assert here.difference == pytest.approx(-there.difference, abs=1e-9)
    assert here.error == pytest.approx(there.error, abs=1e-6)
