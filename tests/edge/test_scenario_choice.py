"""Which User classes are refused before a run: those the profile names in vain, and those with nothing to do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from locust import User, task

from loadtests.crowd.scenario_choice import check_scenarios, fixed_counts
from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import Profile

LOCUSTFILE = Path("shoppers.py")
STAGES = (Stage("warm", 1, 1, 1), Stage("steady", 1, 1, 1))


class Walker(User):
    @task
    def walk(self) -> None:
        """Nothing that takes long."""


class Stroller(Walker):
    """Inherits what it does."""


class Idler(User):
    def on_start(self) -> None:
        """Forgot its @task."""


class Planner(User):
    """Locust looks for tasks only after `on_start`."""

    def on_start(self) -> None:
        self.tasks = [lambda user: None]


class Dancer(Idler):
    tasks = [lambda user: None]  # noqa: RUF012 (as locustfiles write it)


REFUSED = ["the User class Idler of shoppers.py has no tasks; give it one with a @task, or no weight"]
EVERYBODY = (Walker, Stroller, Idler, Planner, Dancer)


@pytest.mark.parametrize(
    ("weights", "by_phase", "refused"),
    [
        ({}, {}, REFUSED),
        ({"Walker": 1.0, "Idler": 0.5}, {}, REFUSED),
        ({"Walker": 1.0, "Idler": 0.0}, {}, []),
        ({"Walker": 1.0}, {}, []),
        ({"Walker": 1.0}, {"warm": {"Idler": 1.0}}, REFUSED),
        ({"Stroller": 1.0, "Planner": 1.0, "Dancer": 1.0}, {}, []),
    ],
)
def test_a_class_without_tasks_is_refused_if_it_is_to_come(
    weights: Mapping[str, float], by_phase: Mapping[str, Mapping[str, float]], refused: list[str]
) -> None:
    profile = Profile("p", STAGES, scenarios=weights, scenarios_by_phase=by_phase)
    assert check_scenarios(profile, {cls.__name__: cls for cls in EVERYBODY}, LOCUSTFILE) == refused


class Guard(Walker):
    fixed_count = 1


@pytest.mark.parametrize(
    ("weights", "told"),
    [({}, ["Guard has a fixed_count"]), ({"Walker": 1.0, "Guard": 0.1}, [])],
    ids=["Locust's own weights", "the profile's weights"],
)
def test_a_fixed_count_that_is_passed_over_is_told_of(weights: Mapping[str, float], told: list[str]) -> None:
    profile = Profile("p", STAGES, max_shoppers=10, scenarios=weights)
    said = fixed_counts(profile, {"Walker": Walker, "Guard": Guard})
    assert [sentence.partition(",")[0] for sentence in said] == told
