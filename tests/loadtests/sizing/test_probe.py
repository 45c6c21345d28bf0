"""What a probe's run says of the shop: who gave in, and figures that follow from its seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import Profile
from loadtests.plan.thresholds import parse_threshold
from loadtests.record.books import Account
from loadtests.record.histogram import Histogram, HistogramDelta
from loadtests.record.run_record import RunRecord
from loadtests.record.second import BusinessOfSecond, RequestsOfSecond, Second, WorkerOfSecond
from loadtests.sizing.growth_plan import Measured
from loadtests.sizing.measured_runs import read_measured
from loadtests.sizing.probe import outcome_of, read_probe

WARM_UP_S, STEP_S = 2, 6
PROFILE = Profile(
    "p",
    (Stage("warm_up", WARM_UP_S, 50, 100, False), Stage("probe", STEP_S, 100, 100)),
    thresholds=(parse_threshold("response", "p(95) < 500ms"),),
)


def delta(*durations_s: float) -> HistogramDelta:
    histogram = Histogram()
    histogram.record_many(durations_s)
    return histogram.delta()


def recorded(directory: Path, response_s: float = 0.1, **more: Any) -> Path:
    with RunRecord.create(directory, {"run": "r1", "profile": PROFILE.to_json()}) as record:
        for number in range(WARM_UP_S + STEP_S):
            phase = "warm_up" if number < WARM_UP_S else "probe"
            slow_s = response_s if phase == "probe" else 9.0  # what is not measured must not be seen
            record.append(
                Second(
                    number,
                    arrivals={phase: Account(offered=100, started=100, completed=90, failed=10)},
                    requests=[RequestsOfSecond("/", "U", phase, "ok", delta(*[slow_s] * 200), delta(*[slow_s] * 200))],
                    lag={phase: delta(*([0.001] * 100))},
                    business={phase: BusinessOfSecond(orders=40)},
                    workers=[WorkerOfSecond(0, cpu=0.2), WorkerOfSecond(1, cpu=0.3)],
                )
            )
        record.end(more)
    return directory


def test_the_figures_follow_from_the_measured_seconds(tmp_path: Path) -> None:
    probe = read_probe(recorded(tmp_path / "run"), 3, 100.0, ("probe",))
    figures = probe.figures
    assert (probe.outcome, probe.verdict, probe.why) == ("holds", "PASS", "")
    assert figures.seconds == STEP_S
    assert figures.arrivals_per_s == 100
    assert figures.requests_per_s == 200
    assert figures.response_s == pytest.approx(0.1, rel=1e-3)
    assert figures.in_shop == pytest.approx(20, rel=1e-3)  # Little: 200 a second times 0.1 s
    assert figures.slowdown == pytest.approx(1)
    assert figures.orders_per_arrival == 0.4
    assert figures.arrivals_per_cpu_s == pytest.approx(200)  # 100 a second on half a core
    assert figures.generator_cpu == pytest.approx(0.3)


def test_a_slow_shop_fails_and_says_by_what(tmp_path: Path) -> None:
    probe = read_probe(recorded(tmp_path / "run", response_s=0.8), 1, 100.0, ("probe",))
    assert probe.outcome == "fails"
    assert probe.why == "response: p(95) < 500ms, was 800 ms"


def test_seconds_after_a_stop_are_not_the_shops_throughput(tmp_path: Path) -> None:
    directory = recorded(tmp_path / "run", stopped_s=5.0, aborted={"threshold": "response", "at_s": 4.5})
    probe = read_probe(directory, 1, 100.0, ("probe",))
    assert probe.outcome == "fails"
    assert probe.figures.seconds == 3  # of run seconds 2, 3 and 4


def test_a_single_run_is_a_bracket_with_one_end(tmp_path: Path) -> None:
    held = read_measured(recorded(tmp_path / "held"), utilisation=0.5)
    assert (held.holds, held.fails, held.highest, held.utilisation) == (100, None, 100, 0.5)
    assert held.orders_per_arrival == [0.4]
    failed = read_measured(recorded(tmp_path / "failed", response_s=0.8))
    assert isinstance(failed, Measured)
    assert (failed.holds, failed.fails) == (None, 100)


def verdict(**changed: Any) -> dict[str, Any]:
    sound: dict[str, Any] = {
        "verdict": "PASS",
        "partial": False,
        "aborted": None,
        "thresholds": [],
        "validity": {"valid": True, "reasons": []},
        "audit": {"checked": 14, "violations": []},
        "notes": [],
    }
    return {**sound, **changed}


def threshold(result: str, metric: str = "response", samples: int = 100) -> dict[str, Any]:
    row = {"metric": metric, "labels": {}, "expression": "p(95) < 1s", "observed": 2.0, "unit": "s"}
    return {**row, "samples": samples, "result": result}


def invalid(*rules: str) -> dict[str, Any]:
    return {"valid": False, "reasons": [{"rule": rule, "message": rule} for rule in rules]}


BROKEN = {"checked": 14, "violations": [{"invariant": "stock", "subject": "S1", "message": "sold 501 of 500"}]}


@pytest.mark.parametrize(
    ("changed", "all_inside", "outcome"),
    [
        ({}, False, "holds"),
        ({"thresholds": [threshold("FAIL")], "verdict": "FAIL"}, False, "fails"),
        ({"thresholds": [threshold("NO_DATA", samples=3)], "verdict": "FAIL"}, False, "undecided"),
        ({"thresholds": [threshold("NO_DATA"), threshold("FAIL")], "verdict": "FAIL"}, False, "fails"),
        ({"verdict": "FAIL", "notes": ["no request was made"]}, False, "undecided"),
        ({"verdict": "FAIL", "aborted": "aborted by response at 3.0 s"}, False, "fails"),
        ({"audit": BROKEN, "validity": invalid("schedule_lag")}, False, "fails"),
        ({"partial": True, "thresholds": [threshold("FAIL")]}, False, "broken_off"),
        ({"validity": invalid("schedule_lag")}, False, "generator"),
        ({"validity": invalid("target_restarted")}, False, "fails"),
        ({"validity": invalid("dropped"), "thresholds": [threshold("FAIL")]}, True, "fails"),
        ({"validity": invalid("dropped"), "thresholds": [threshold("FAIL")]}, False, "generator"),
        ({"validity": invalid("dropped"), "thresholds": [threshold("FAIL", "dropped")]}, True, "generator"),
        ({"validity": invalid("dropped", "stall"), "thresholds": [threshold("FAIL")]}, True, "generator"),
    ],
)
def test_who_gave_in(changed: dict[str, Any], all_inside: bool, outcome: str) -> None:
    assert outcome_of(verdict(**changed), all_inside)[0] == outcome


def test_what_was_set_aside_is_not_held_against_the_shop() -> None:
    told = verdict(thresholds=[threshold("NO_DATA", samples=0)], verdict="FAIL")
    assert outcome_of(told, False, {"response"}) == ("holds", "")
    assert outcome_of(told, False)[0] == "undecided"
