"""At even arrivals whoever is owed most comes next: as many of each kind as were meant to, at every moment."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.crowd.even_mix import EvenMix
from loadtests.plan.arrivals import Schedule, Stage

CROWDS = {"Looker": "looks", "Idler": "looks", "Buyer": "buys", "Haggler": "buys", "Tracker": "comes again"}

tables = st.lists(
    st.dictionaries(st.sampled_from(sorted(CROWDS)), st.floats(0.01, 1), min_size=1).map(
        lambda table: {name: share / sum(table.values()) for name, share in table.items()}
    ),
    min_size=1,
    max_size=6,
)


def schedule(stages: int, arrivals: int = 60) -> Schedule:
    return Schedule([Stage(f"p{i}", 1.0, arrivals, arrivals) for i in range(stages)], "even")


@settings(max_examples=60)
@given(tables=tables, seed=st.integers(0, 99))
def test_at_every_moment_each_crowd_has_had_what_it_is_owed(tables: list[dict[str, float]], seed: int) -> None:
    plan = schedule(len(tables))
    mix = EvenMix(plan, tables, CROWDS.__getitem__, seed)
    owed: dict[str, float] = dict.fromkeys(CROWDS.values(), 0.0)
    for arrival in plan.stripe(0, 1):
        for name, share in tables[plan.line.stage_index(arrival.due_s)].items():
            owed[CROWDS[name]] += share
        owed[CROWDS[mix(arrival)]] -= 1.0
        assert max(map(abs, owed.values())) < 4.0


def test_over_changing_stages_buyers_stay_within_one_of_the_plan() -> None:
    shares = [{"Looker": 1 - buyers, "Buyer": 0.7 * buyers, "Haggler": 0.3 * buyers} for buyers in (0.1, 0.37, 0.05)]
    plan = schedule(3, 97)
    mix = EvenMix(plan, shares, CROWDS.__getitem__, 11)
    due = bought = 0.0
    for arrival in plan.stripe(0, 1):
        stage = shares[plan.line.stage_index(arrival.due_s)]
        due += 1 - stage["Looker"]
        bought += CROWDS[mix(arrival)] == "buys"
        assert abs(due - bought) < 1.6


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_every_worker_chooses_the_same_for_an_arrival(workers: int) -> None:
    shares = [{"Looker": 0.6, "Idler": 0.1, "Buyer": 0.3}, {"Looker": 0.9, "Buyer": 0.1}]
    plan = schedule(2)
    alone = EvenMix(plan, shares, CROWDS.__getitem__, 3)
    chosen = {arrival.index: alone(arrival) for arrival in plan.stripe(0, 1)}
    for worker in range(workers):
        mix = EvenMix(plan, shares, CROWDS.__getitem__, 3)
        assert all(mix(arrival) == chosen[arrival.index] for arrival in plan.stripe(worker, workers))


def test_an_arrival_asked_about_again_is_who_it_was() -> None:
    plan = schedule(1)
    mix = EvenMix(plan, [{"Looker": 0.6, "Buyer": 0.4}], CROWDS.__getitem__, 3)
    arrivals = list(plan.stripe(0, 1))
    first = [mix(arrival) for arrival in arrivals]
    assert [mix(arrival) for arrival in arrivals] == first
    assert mix(arrivals[7]) == mix(arrivals[7]) == first[7]
