"""What the comparison promises, held against thousands of imagined ones: few false alarms, and real changes found."""

from __future__ import annotations

import numpy as np
import pytest

from loadtests.comparison.deciding import answer
from loadtests.comparison.margins import Margins
from loadtests.comparison.runs_needed import runs_needed
from tests.loadtests.comparison.imagined_runs import SLOWED, World

WORLDS = {
    "each operation by itself": World(),
    "mostly the machine": World(noise=0.02, shared_noise=0.04),
    "with runs that go astray": World(outliers=0.05),
    "many operations": World(operations=30, phases=0),
}


def test_a_version_against_itself_raises_an_alarm_in_two_of_a_hundred_comparisons_at_most() -> None:
    # The whole comparison, that is: any figure of any operation. By construction 3 of 252 labellings, 1.2 %.
    rng, trials = np.random.default_rng(20171111), 150
    alarms = {
        name: sum(bool(world.named(world.compare(rng, runs=5))) for _ in range(trials))
        for name, world in WORLDS.items()
    }
    assert sum(alarms.values()) <= 0.02 * trials * len(WORLDS), alarms


def test_15_percent_on_one_operation_is_found_with_five_runs_a_side_and_only_that_one_is_named() -> None:
    rng, trials, world = np.random.default_rng(20171111), 150, World()
    named = [world.named(world.compare(rng, runs=5, slower=0.15)) for _ in range(trials)]
    assert sum(names == {SLOWED} for names in named) >= 0.8 * trials
    assert sum(bool(names - {SLOWED}) for names in named) <= 0.03 * trials


def test_what_became_faster_is_found_likewise() -> None:
    rng, trials, world = np.random.default_rng(20171111), 100, World()
    named = [world.named(world.compare(rng, runs=5, slower=1 / 1.15 - 1), "better") for _ in range(trials)]
    assert sum(names == {SLOWED} for names in named) >= 0.8 * trials


def test_with_as_many_runs_as_it_asks_for_a_change_is_found_four_times_in_five() -> None:
    world = World(operations=6, phases=1)
    deviation = float(np.hypot(world.noise, world.within[0]))
    runs = runs_needed(np.log1p(0.10), deviation, figures=6 * 8)
    assert runs is not None and 6 <= runs <= 12
    rng, trials = np.random.default_rng(20171111), 25
    found = sum(SLOWED in world.named(world.compare(rng, runs, slower=0.10)) for _ in range(trials))
    assert found >= 0.8 * trials


@pytest.mark.parametrize("runs", [5, 6])
def test_the_interval_holds_the_truth_in_95_of_100_cases(runs: int) -> None:
    rng, world = np.random.default_rng(20171111), World(operations=40, phases=0)
    held = [
        found.change_low <= (0.15 if whose == SLOWED else 0.0) <= found.change_high
        for _ in range(40)
        for whose, found in list(zip(world.operation_of, world.compare(rng, runs, slower=0.15), strict=True))[:120]
    ]
    assert 0.93 <= np.mean(held) <= 0.97


@pytest.mark.parametrize("runs", [1, 2, 3])
def test_fewer_than_four_runs_a_side_never_decide_anything(runs: int) -> None:
    rng = np.random.default_rng(20171111)
    for slower in (0.0, 0.5, 5.0):
        answers = answer(World().figures(rng, runs, slower), Margins())
        assert {found.word for found in answers} == {"inconclusive"}
