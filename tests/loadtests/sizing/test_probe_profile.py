"""A probe is a profile anybody can run: it is read back as one, with the same crowd and the same promises."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli_w

from loadtests.plan.profile import Profile
from loadtests.plan.profile_reader import read_profile, shipped_profiles
from loadtests.plan.profile_source import read_source
from loadtests.sizing.probe_profile import ProbeError, Probing, probing_of

TEXT = """
[run]
name = "busy"
locustfile = "own.py"
audit = "books.py"
arrivals = "even"
patience = "7s"
[target]
timeout = "4s"
[platform]
commit_s = 0.02
[[stages]]
phase = "eve"
duration = "5s"
rate = 20
[[stages]]
phase = "peak"
duration = "10s"
from = 50
to = 150
[scenarios]
Looker = 3
[scenarios.peak]
Buyer = 2
Looker = 1
[thresholds]
"response{operation=/pay,phase=peak}" = { threshold = "p(95) < 500ms", abort_on_fail = true, min_samples = 50 }
"response{phase=eve}" = "p(95) < 100ms"
"payments{phase=peak}" = ["rate > 25/s", "count > 200"]
"gmv{phase=peak}" = "rate > 1000/s"
"failures" = "rate < 1%"
"recovery{fault=latency}" = "value < 5s"
[[faults]]
phase = "peak"
lasts = "2s"
kind = "latency"
"""


def probing(tmp_path: Path, phase: str | None = None, whole: bool = False, text: str = TEXT) -> Probing:
    (tmp_path / "own.py").write_text("")
    (tmp_path / "books.py").write_text("")
    path = tmp_path / "busy.toml"
    path.write_text(text)
    return probing_of(read_profile(str(path)), read_source(str(path)).written, 8.0, phase, whole)


def probe(tmp_path: Path, made: Probing, rate: float, seed: int = 5) -> Profile:
    elsewhere = tmp_path / "search"
    elsewhere.mkdir(exist_ok=True)
    path = elsewhere / "probe.toml"
    path.write_text(tomli_w.dumps(made.tables(rate, seed)))
    return read_profile(str(path))


def test_a_steady_probe_is_the_busiest_phases_crowd_at_one_rate(tmp_path: Path) -> None:
    read = probe(tmp_path, probing(tmp_path), 60)
    assert [(s.phase, s.duration_s, s.from_rate, s.to_rate, s.measured) for s in read.stages] == [
        ("warm_up", 3.0, 15.0, 60.0, False),
        ("probe", 8.0, 60.0, 60.0, True),
    ]
    assert read.scenarios == {"Buyer": 2, "Looker": 1}
    assert read.scenarios_by_phase == {}
    assert read.faults == ()
    assert (read.seed, read.patience_s, read.timeout_s, read.arrivals) == (5, 7.0, 4.0, "even")
    assert read.locustfile == tmp_path / "own.py"
    assert read.audit == tmp_path / "books.py"
    assert read.platform == {"commit_s": "0.02"}


def test_bounds_on_how_much_is_done_grow_with_the_arrivals_and_times_and_shares_stay(tmp_path: Path) -> None:
    read = probe(tmp_path, probing(tmp_path), 200)  # the peak's mean rate is 100, its arrivals 1,000
    promises = {f"{threshold.metric} {threshold.agg}": threshold for threshold in read.thresholds}
    assert set(promises) == {"response p", "payments rate", "payments count", "gmv rate", "failures rate"}
    assert all("phase" not in threshold.labels for threshold in read.thresholds)
    assert promises["payments rate"].limit == pytest.approx(50)
    assert promises["payments count"].limit == pytest.approx(320)  # 1,600 arrivals instead of 1,000
    assert promises["gmv rate"].limit == pytest.approx(200_000)  # fen
    assert promises["failures rate"].limit == 0.01
    assert promises["response p"].limit == 0.5
    assert promises["response p"].abort_on_fail and promises["response p"].min_samples == 50


def test_another_phase_brings_its_own_crowd_and_promises(tmp_path: Path) -> None:
    read = probe(tmp_path, probing(tmp_path, "eve"), 60)
    assert read.scenarios == {"Looker": 3}
    assert {threshold.name for threshold in read.thresholds} == {"response: p(95) < 100ms", "failures: rate < 1%"}


def test_what_has_nothing_to_judge_is_left_out(tmp_path: Path) -> None:
    made = probing(tmp_path)
    assert made.general == {"failures"}
    assert "failures" not in made.tables(60, 1, {"failures"})["thresholds"]


def test_the_whole_course_with_another_peak(tmp_path: Path) -> None:
    read = probe(tmp_path, probing(tmp_path, whole=True), 300)
    assert [(s.phase, s.from_rate, s.to_rate) for s in read.stages] == [("eve", 40, 40), ("peak", 100, 300)]
    assert len(read.faults) == 1 and len(read.thresholds) == 7
    payments = next(t for t in read.thresholds if t.metric == "payments" and t.agg == "rate")
    assert payments.labels == {"phase": "peak"} and payments.limit == pytest.approx(50)


@pytest.mark.parametrize("name", shipped_profiles())
@pytest.mark.parametrize("whole", [False, True])
def test_every_shipped_profile_can_be_probed(tmp_path: Path, name: str, whole: bool) -> None:
    profile = read_profile(name)
    made = probing_of(profile, read_source(name).written, 10.0, whole=whole)
    read = probe(tmp_path, made, made.peak / 2)
    planned = max(max(stage.from_rate, stage.to_rate) for stage in read.stages)
    assert planned == pytest.approx(made.peak / 2, rel=1e-6)
    assert read.thresholds
    if not whole:
        assert sum(read.scenarios.values()) > 0 or not profile.weights(made.phase)


@pytest.mark.parametrize(
    ("phase", "step_s", "text", "why"),
    [
        ("paek", 8.0, TEXT, 'did you mean "peak"'),
        (None, 1.0, TEXT, "a step lasts"),
        (None, 1e6, TEXT, "a step lasts"),
        ("peak", 8.0, TEXT.split("[thresholds]")[0] + '[thresholds]\n"response{phase=eve}" = "p(95) < 1s"', "--phase"),
        (
            None,
            8.0,
            TEXT.replace("rate = 20", "rate = 0").replace("from = 50", "from = 0").replace("to = 150", "to = 0"),
            "nobody",
        ),
    ],
)
def test_what_can_not_be_probed_is_refused(
    tmp_path: Path, phase: str | None, step_s: float, text: str, why: str
) -> None:
    made = tmp_path / "busy.toml"
    made.write_text(text)
    (tmp_path / "own.py").write_text("")
    (tmp_path / "books.py").write_text("")
    with pytest.raises(ProbeError, match=why):
        probing_of(read_profile(str(made)), read_source(str(made)).written, step_s, phase)
