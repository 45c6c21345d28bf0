"""How many runs a side it takes: checked against the comparison itself in test_false_alarms."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loadtests.comparison.runs_needed import RUNS_MAX, RUNS_MIN, runs_needed

CHANGES = st.floats(0.001, 1.0)
NOISE = st.floats(0.0001, 0.5)


def test_a_change_of_15_percent_at_4_percent_noise_takes_five_or_six_runs() -> None:
    assert runs_needed(0.14, 0.04, figures=1) == RUNS_MIN
    assert runs_needed(0.14, 0.04, figures=100) in (5, 6)


def test_what_cannot_be_seen_with_any_number_of_runs_is_said_to_be_so() -> None:
    assert runs_needed(0.001, 0.2, figures=10) is None
    assert runs_needed(0.1, 0.0, figures=10) == RUNS_MIN


@given(CHANGES, NOISE, st.integers(1, 500))
def test_more_noise_more_figures_or_a_smaller_change_never_take_fewer_runs(
    change: float, noise: float, figures: int
) -> None:
    runs = runs_needed(change, noise, figures) or RUNS_MAX + 1
    assert runs >= RUNS_MIN
    assert (runs_needed(change, 1.5 * noise, figures) or RUNS_MAX + 1) >= runs
    assert (runs_needed(change, noise, 2 * figures) or RUNS_MAX + 1) >= runs
    assert (runs_needed(change / 2, noise, figures) or RUNS_MAX + 1) >= runs
