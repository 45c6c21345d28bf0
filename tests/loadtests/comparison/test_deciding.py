"""From figures to words: what matters, what is certain, and what is neither."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Sequence

import numpy as np
import pytest

from loadtests.comparison.deciding import Answer, Figures, answer
from loadtests.comparison.margins import Margins

STEADY = np.array([-0.002, -0.001, 0.0, 0.001, 0.002])


def of(base_s: Sequence[float], candidate_s: Sequence[float], margins: Margins | None = None) -> Answer:
    """The answer to one percentile, given as seconds a run."""
    values = np.log(np.array([*base_s, *candidate_s]))[:, None]
    each = np.ones(1)
    return answer(Figures(values, len(base_s), each * 1e-6, np.zeros(1, int), each.astype(bool)), margins or Margins())[
        0
    ]


def around(seconds: float, runs: int = 5, noise: float = 1.0) -> list[float]:
    return list(seconds * np.exp(noise * np.resize(STEADY, runs)))


@pytest.mark.parametrize(
    ("base_s", "candidate_s", "word"),
    [
        (0.1, 0.115, "worse"),
        (0.1, 0.087, "better"),
        (0.1, 0.1001, "same"),
        (0.1, 0.102, "same"),  # certain, and below the floor of 3 %
        (0.001, 0.0012, "same"),  # 20 % of nothing: 0.2 ms
        (0.001, 0.0025, "worse"),
        (10.0, 10.2, "same"),
        (10.0, 10.4, "worse"),
    ],
)
def test_a_certain_change_matters_from_three_percent_and_a_millisecond_on(
    base_s: float, candidate_s: float, word: str
) -> None:
    assert of(around(base_s), around(candidate_s)).word == word


def test_the_floors_can_be_moved() -> None:
    assert of(around(0.1), around(0.102), Margins(floor=0.01)).word == "worse"
    assert of(around(0.001), around(0.0012), Margins(floor_s=0.0001)).word == "worse"
    assert of(around(0.1), around(0.115), Margins(floor=0.2)).word == "same"
    assert of(around(0.1), around(0.104), Margins(floor_s=0.01)).word == "same"


def test_what_noise_could_hide_is_inconclusive_and_says_how_many_runs_would_tell() -> None:
    noisy = of(around(0.1, noise=60), around(0.105, noise=60))
    assert noisy.word == "inconclusive"
    assert noisy.change_low < 0 < 0.1 < noisy.change_high
    assert noisy.runs_needed is not None and noisy.runs_needed > 5
    assert of(around(0.1), around(0.115)).runs_needed is None


def test_what_may_have_become_much_better_is_not_the_same() -> None:
    maybe = of(around(0.1, noise=40), around(0.094, noise=40))
    assert maybe.change_low < -0.1 and maybe.change_high < 0.1
    assert maybe.word == "inconclusive"


def test_change_and_interval_are_shares_of_the_base() -> None:
    found = of(around(0.1), around(0.115))
    assert (found.base, found.candidate) == (pytest.approx(0.1), pytest.approx(0.115))
    assert found.change == pytest.approx(0.15)
    assert found.change_low < 0.15 < found.change_high
    assert found.change_high - found.change_low < 0.01
    assert found.p == pytest.approx(1 / 252)
    assert found.p_rank == pytest.approx(2 / 252)


def test_four_against_four_can_just_decide_and_three_cannot() -> None:
    assert of(around(0.1, 4), around(0.115, 4)).word == "worse"
    assert of(around(0.1, 4), around(0.1, 4)).word == "same"
    assert of(around(0.1, 3), around(0.2, 3)).word == "inconclusive"
    assert of(around(0.1, 3), around(0.2, 20)).word == "inconclusive"


def test_one_run_that_went_astray_is_no_regression() -> None:
    assert of(around(0.1), [*around(0.1)[:4], 0.9]).word == "inconclusive"


def test_failures_are_compared_as_differences() -> None:
    rates = np.array([0.0, 0.0, 0.001, 0.0, 0.0, 0.02, 0.021, 0.019, 0.02, 0.022])[:, None]
    each = np.ones(1)
    figures = Figures(rates, 5, each * 1e-6, np.full(1, 3), np.zeros(1, bool))
    found = answer(figures, Margins())[0]
    assert found.word == "worse"
    assert found.change == pytest.approx(0.0202)
    assert answer(dataclasses.replace(figures, values=rates / 100), Margins())[0].word == "same"


def test_no_failure_anywhere_is_the_same_without_a_murmur() -> None:
    each = np.ones(1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = answer(Figures(np.zeros((10, 1)), 5, each * 1e-7, np.full(1, 3), np.zeros(1, bool)), Margins())[0]
    assert (found.word, found.change, found.p) == ("same", 0.0, 1.0)


def test_nothing_measured_is_no_answer() -> None:
    nothing = np.zeros((10, 0))
    assert answer(Figures(nothing, 5, nothing[0], np.zeros(0, int), np.zeros(0, bool)), Margins()) == []


def test_the_same_runs_get_the_same_answer_every_time_also_where_chance_picks_labellings() -> None:
    rng = np.random.default_rng(1)
    base, candidate = np.exp(rng.normal(-2, 0.05, 9)), np.exp(rng.normal(-1.95, 0.05, 9))
    assert of(list(base), list(candidate)) == of(list(base), list(candidate))
