"""Values set from the command line win over the file, and whatever is set, the reader answers in sentences."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loadtests.plan.profile import Profile
from loadtests.plan.profile_reader import ProfileError, read_profile

PROFILE = """\
[run]
name = "mine"
seed = 12
[target]
timeout = "1m"
[[stages]]
phase = "warm_up"
duration = "500ms"
from = 0
to = 100
[[stages]]
phase = "steady"
duration = "12s"
rate = 100
[scenarios]
Pinger = 1
[scenarios.steady]
Pinger = 2
[thresholds]
failures = "rate < 0.1%"
[[faults]]
phase = "steady"
lasts = "3s"
kind = "latency"
delay = "800ms"
"""

Write = Callable[[str], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a profile and returns its path."""

    def to_file(text: str) -> str:
        (tmp_path / "mine.toml").write_text(text, "utf-8")
        return str(tmp_path / "mine.toml")

    return to_file


def mistakes(path: str, *overrides: str, **options: Any) -> list[str]:
    with pytest.raises(ProfileError) as refusal:
        read_profile(path, overrides, **options)
    assert all("\n" not in sentence for sentence in refusal.value.mistakes)
    return refusal.value.mistakes


def test_an_override_wins_over_the_file(write: Write) -> None:
    path = write(PROFILE)
    overrides = ["run.max_shoppers=7", "run.patience=5s", "stages.1.rate=50", "stages[0].to=40",
                 'target.timeout="9s"', 'thresholds.failures=["rate < 2%"]', "scenarios.steady.Ponger=3",
                 "run.arrivals = poisson"]  # fmt: skip
    profile = read_profile(path, overrides, seed=5, host="http://127.0.0.1:1")
    assert (profile.max_shoppers, profile.patience_s, profile.timeout_s, profile.arrivals) == (7, 5, 9, "poisson")
    assert [(stage.from_rate, stage.to_rate) for stage in profile.stages] == [(0, 40), (50, 50)]
    assert "failures: rate < 2%" in [threshold.name for threshold in profile.thresholds]
    assert profile.scenarios_by_phase == {"steady": {"Pinger": 2, "Ponger": 3}}
    assert (profile.seed, profile.host) == (5, "http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("run", "is not path=value, like run.peak_rate=400"),
        ("=5", "is not path=value"),
        ("run.seed=", "no value that TOML could read"),
        ("run.seed=[1,", "no value that TOML could read"),
        ("run.seed=1\nrun.drain='1s'", "no value that TOML could read"),
        ("run.sed=1", 'run.sed (--set): there is no such key; did you mean "seed"?'),
        ("run.seed=abc", 'run.seed (--set): "abc" is not a whole number'),
        ("run.seed.x=1", "run.seed (line 3): it is a value and holds no"),
        ("stages.9.rate=1", "it has 2, counted from 0"),
        ("stages.x.rate=1", "it has 2, counted from 0"),
        ("rnu.seed=1", 'rnu (--set): there is no such table; did you mean "run"?'),
        ("stages=3", "stages (--set): it is a list"),
        ("faults=3", "faults (--set): it is a list"),
        ("stages.0=3", "stages[0] (--set): 3 stands where a table"),
        ("run=" + "[" * 5000, "no value that TOML could read"),
        ("run.seed=" + "9" * 5000, "no value that TOML could read"),
    ],
)
def test_a_wrong_override_is_refused_in_a_sentence(write: Write, override: str, told: str) -> None:
    assert told in " | ".join(mistakes(write(PROFILE), override))


def test_a_seed_of_zero_is_a_seed(write: Write) -> None:
    assert read_profile(write(PROFILE), seed=0).seed == 0


def test_a_wrong_host_on_the_command_line_is_told_as_such(write: Write) -> None:
    assert mistakes(write(PROFILE), host="localhost") == [
        'target.host (--host): "localhost" is not a URL; did you mean "http://localhost"?'
    ]


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=10),
        st.sampled_from(["1s", "1%", "5/s", "p(95) < 1s"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PATHS = st.sampled_from(
    ["run", "run.name", "run.seed", "run.shape", "run.duration", "run.peak_rate", "run.patience", "run.locustfile",
     "target", "target.host", "stages", "stages.0", "stages.0.phase", "stages.0.rate", "stages.0.duration", "scenarios",
     "stages.0.from", "scenarios.A", "scenarios.steady", "scenarios.steady.A", "thresholds", "thresholds.failures",
     "thresholds.response", "validity", "validity.max_dropped", "faults", "faults.0", "faults.0.kind", "faults.0.delay"]
)  # fmt: skip


def toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return (
            '"' + "".join(c if c.isalnum() or c in " %<>()./" else f"\\U{min(ord(c), 0xD7FF):08x}" for c in value) + '"'
        )
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
    return repr(value)


@given(st.lists(st.tuples(PATHS, VALUES), min_size=1, max_size=4))
@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_written_breaks_the_reader(write: Write, changes: list[tuple[str, Any]]) -> None:
    path = write(PROFILE)
    try:
        profile = read_profile(path, [f"{place}={toml(value)}" for place, value in changes])
    except ProfileError as refusal:
        assert refusal.mistakes
    else:
        assert Profile.from_json(profile.to_json()) == profile
