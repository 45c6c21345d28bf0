"""A profile is plain frozen data: it survives its way to the workers, and derives its schedule and its day."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import PlannedFault, Profile, ValidityLimits
from loadtests.plan.thresholds import parse_threshold
from loadtests.shapes import SHAPES

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True)
AMOUNTS = st.floats(0, 1000)
WEIGHTS = st.dictionaries(NAMES, AMOUNTS, max_size=3)
PROFILES = st.builds(
    Profile,
    name=NAMES,
    stages=st.lists(
        st.builds(Stage, NAMES, st.floats(0.001, 100), AMOUNTS, AMOUNTS, st.booleans()), min_size=1, max_size=4
    ).map(tuple),
    seed=st.integers(-(2**63), 2**63 - 1),
    path=st.none() | st.just(Path("/x/y.toml")),
    locustfile=st.none() | st.just(Path("/x/locustfile.py")),
    arrivals=st.sampled_from(["even", "poisson"]),
    connections=st.sampled_from(["keep", "per_arrival"]),
    max_shoppers=st.integers(1, 10**6),
    patience_s=AMOUNTS,
    drain_s=AMOUNTS,
    host=st.none() | st.just("http://127.0.0.1:9000"),
    timeout_s=AMOUNTS,
    shape=st.none(),
    peak_rate=st.none(),
    scenarios=WEIGHTS,
    scenarios_by_phase=st.dictionaries(NAMES, WEIGHTS, max_size=2),
    thresholds=st.lists(
        st.sampled_from(
            [
                parse_threshold("response{operation=/orders/{id},phase=a}", "p(99.9) < 1.5s"),
                parse_threshold("failures", {"threshold": "rate < 0.1%", "min_samples": 9}),
                parse_threshold("gmv", {"threshold": "rate > 5/s", "abort_on_fail": True, "delay_abort": "3s"}),
                parse_threshold('promql("up{a=\\"b\\"}")', "value == 1"),
            ]
        ),
        max_size=3,
    ).map(tuple),
    validity=st.builds(ValidityLimits, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS),
    faults=st.lists(
        st.builds(
            PlannedFault,
            NAMES,
            AMOUNTS,
            AMOUNTS,
            NAMES,
            st.just("/payments"),
            st.dictionaries(NAMES, AMOUNTS | NAMES, max_size=2),
        ),
        max_size=2,
    ).map(tuple),
    warnings=st.lists(NAMES, max_size=2).map(tuple),
)


@given(PROFILES)
@settings(max_examples=100)
def test_a_profile_survives_its_way_through_json(profile: Profile) -> None:
    sent = json.dumps(profile.to_json(), allow_nan=False)
    assert Profile.from_json(json.loads(sent)) == profile


def test_every_field_is_sent() -> None:
    profile = Profile("a", (Stage("a", 1, 1, 1),))
    assert set(profile.to_json()) == {field.name for field in dataclasses.fields(Profile)}


def test_a_record_that_is_no_profile_is_refused() -> None:
    with pytest.raises(TypeError):
        Profile.from_json({**Profile("a", (Stage("a", 1, 1, 1),)).to_json(), "speed": 3})


def test_nobody_can_change_a_profile_under_way() -> None:
    profile = Profile("a", (Stage("a", 1, 1, 1),))
    with pytest.raises(dataclasses.FrozenInstanceError):
        profile.seed = 12  # type: ignore[misc]


def test_the_schedule_is_the_profiles_stages_kind_and_seed() -> None:
    profile = Profile("a", (Stage("a", 2, 50, 50), Stage("b", 1, 0, 10)), seed=5, arrivals="even")
    schedule = profile.schedule()
    assert (schedule.stages, schedule.arrivals, schedule.seed) == (profile.stages, "even", 5)
    assert profile.duration_s == 3
    assert schedule.offered() == {"a": 100, "b": 5}


def test_a_phases_own_weights_stand_in_place_of_the_general_ones() -> None:
    profile = Profile(
        "a",
        (Stage("a", 1, 1, 1), Stage("b", 1, 1, 1)),
        scenarios={"Looker": 8, "Buyer": 2},
        scenarios_by_phase={"b": {"Buyer": 1}},
    )
    assert profile.weights("a") == {"Looker": 8, "Buyer": 2}
    assert profile.weights("b") == {"Buyer": 1}


def test_a_shaped_profile_knows_its_day_and_another_has_none() -> None:
    stages = tuple(part.stage for part in SHAPES["double11_2017"](50, 100))
    day = Profile("a", stages, shape="double11_2017", peak_rate=100).shaped_day()
    assert day is not None
    assert day.day_s(5) == pytest.approx(0)
    assert day.stages == pytest.approx(stages) or [s.phase for s in day.stages] == [s.phase for s in stages]
    assert Profile("a", stages).shaped_day() is None
