from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loadtests.judgement.gate import judge_run, write_verdict
from loadtests.judgement.verdict import EXIT_CODES
from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import Profile
from loadtests.plan.thresholds import Threshold, parse_threshold
from loadtests.record.books import Account
from loadtests.record.histogram import Histogram, HistogramDelta
from loadtests.record.run_record import RunRecord, RunRecordError, write_whole
from loadtests.record.second import Event, RequestsOfSecond, Second, WorkerOfSecond

DURATION_S = 10
Change = Callable[[int, Second], None]


def delta(*durations_s: float) -> HistogramDelta:
    histogram = Histogram()
    histogram.record_many(durations_s)
    return histogram.delta()


def thresholds(*pairs: tuple[str, str]) -> tuple[Threshold, ...]:
    return tuple(parse_threshold(selector, expression) for selector, expression in pairs)


HELD = thresholds(("response", "p(95) < 500ms"), ("failures", "rate < 1%"))
PROFILE = Profile("p", (Stage("steady", 5, 100, 100), Stage("peak", 5, 100, 100)), thresholds=HELD)
CLEAN: dict[str, Any] = {"checked": 14, "violations": []}
OVERSOLD = {"invariant": "stock", "subject": "S0000001", "message": "sold 501 of 500"}


def healthy(number: int) -> Second:
    phase = "steady" if number < 5 else "peak"
    return Second(
        number,
        arrivals={phase: Account(offered=100, started=100, completed=100)},
        requests=[RequestsOfSecond("/ping", "Pinger", phase, "ok", delta(*([0.1] * 100)), delta(*([0.09] * 100)))],
        lag={phase: delta(*([0.001] * 100))},
        workers=[WorkerOfSecond(0, cpu=0.3, shoppers=50, in_flight=10)],
    )


def recorded(
    directory: Path,
    *,
    change: Change = lambda number, second: None,
    seconds: int = DURATION_S,
    profile: Profile = PROFILE,
    audit: dict[str, Any] | None = CLEAN,
    ended: dict[str, Any] | None = {},  # noqa: B006 (not changed)
) -> Path:
    record = RunRecord.create(directory, {"schema": 1, "run": "r1", "profile": profile.to_json()})
    for number in range(seconds):
        second = healthy(number)
        change(number, second)
        record.append(second)
    if audit is not None:
        write_whole(directory / "audit.json", audit)
    if ended is not None:
        record.end(ended)
    record.close()
    return directory


def slow(number: int, second: Second) -> None:
    if number >= 4:
        second.requests[0].response = delta(*([2.0] * 100))


def starved(number: int, second: Second) -> None:
    second.workers[0].cpu = 1.0


def both(number: int, second: Second) -> None:
    slow(number, second)
    starved(number, second)


VERDICTS = [
    # what happened, audit, verdict, exit code
    (None, CLEAN, "PASS", 0),
    (slow, CLEAN, "FAIL", 10),
    (starved, CLEAN, "INVALID", 20),
    (both, CLEAN, "INVALID", 20),
    (None, {"checked": 14, "violations": [OVERSOLD]}, "BROKEN", 12),
    (both, {"checked": 14, "violations": [OVERSOLD]}, "BROKEN", 12),
]


@pytest.mark.parametrize(("change", "audit", "word", "exit_code"), VERDICTS)
def test_broken_outweighs_invalid_and_invalid_outweighs_fail(
    tmp_path: Path, change: Change | None, audit: dict[str, Any], word: str, exit_code: int
) -> None:
    run = recorded(tmp_path / "run", audit=audit, **({"change": change} if change else {}))
    verdict = judge_run(run)
    assert (verdict["verdict"], verdict["exit_code"]) == (word, exit_code)


def test_exit_codes_are_those_of_the_design() -> None:
    assert EXIT_CODES == {"PASS": 0, "FAIL": 10, "REGRESSION": 11, "BROKEN": 12, "INVALID": 20}


def test_an_invalid_run_still_lists_the_thresholds_it_missed(tmp_path: Path) -> None:
    verdict = judge_run(recorded(tmp_path / "run", change=both))
    assert [row["result"] for row in verdict["thresholds"]] == ["FAIL", "PASS"]
    assert [reason["rule"] for reason in verdict["validity"]["reasons"]] == ["generator_cpu"]


def test_the_verdict_is_of_the_shape_the_design_fixes(tmp_path: Path) -> None:
    directory = recorded(tmp_path / "run", change=slow)
    write_verdict(directory, judge_run(directory))
    verdict = json.loads((directory / "verdict.json").read_text())
    head = ("schema", "verdict", "exit_code", "partial", "run", "duration_s")
    assert [verdict[key] for key in head] == [1, "FAIL", 10, False, "r1", 10.0]
    assert verdict["thresholds"][0] == {
        "metric": "response",
        "labels": {},
        "expression": "p(95) < 500ms",
        "observed": 2.0,
        "limit": 0.5,
        "unit": "s",
        "samples": 1000,
        "result": "FAIL",
        "first_breach_s": 4.0,
    }
    columns = ("offered", "completed", "failed", "dropped", "unfinished")
    assert verdict["arrivals"]["by_phase"]["peak"] == dict(zip(columns, (500, 500, 0, 0, 0), strict=True))
    assert verdict["arrivals"]["offered"] == 1000
    row = verdict["requests"][0]
    names = ("operation", "scenario", "phase", "outcome", "count")
    assert [row[name] for name in names] == ["/ping", "Pinger", "peak", "ok", 500]
    assert row["response_s"] == {"p50": 2.0, "p95": 2.0, "p99": 2.0, "p99_9": 2.0, "max": 2.0, "mean": 2.0}
    assert row["service_s"]["p99_9"] == 0.09
    assert verdict["validity"] == {"valid": True, "reasons": []}
    assert verdict["audit"] == CLEAN


@pytest.mark.parametrize(
    ("change", "seconds", "word", "note"),
    [
        (lambda number, second: None, DURATION_S, "PASS", ""),
        (lambda number, second: None, 0, "FAIL", "no arrival fell due"),
        (lambda number, second: second.requests.clear(), DURATION_S, "FAIL", "no request was made"),
    ],
)
def test_without_any_threshold_a_sound_run_passes_and_an_idle_one_fails(
    tmp_path: Path, change: Change, seconds: int, word: str, note: str
) -> None:
    profile = replace(PROFILE, thresholds=())
    verdict = judge_run(recorded(tmp_path / "run", profile=profile, change=change, seconds=seconds))
    assert (verdict["verdict"], "".join(verdict["notes"])[: len(note)]) == (word, note)


def test_a_threshold_on_nothing_fails_the_run(tmp_path: Path) -> None:
    profile = replace(PROFILE, thresholds=thresholds(("failures{operation=/pay}", "rate < 1%")))
    verdict = judge_run(recorded(tmp_path / "run", profile=profile))
    assert (verdict["verdict"], verdict["thresholds"][0]["result"]) == ("FAIL", "NO_DATA")


@pytest.mark.parametrize(
    ("selector", "expression", "first_breach_s"),
    [
        ("response", "p(95) < 500ms", 4.0),
        ("response", "p(50) < 500ms", 8.0),
        ("response{phase=peak}", "p(95) < 500ms", 5.0),
        ("response", "max < 1s", 4.0),
        ("response", "avg < 1s", 7.0),
        ("requests", "count < 650", 6.0),
        ("requests", "count > 5000", None),
        ("requests", "rate < 99/s", 0.0),
    ],
)
def test_the_first_breach_is_the_second_in_which_the_value_so_far_first_missed(
    tmp_path: Path, selector: str, expression: str, first_breach_s: float | None
) -> None:
    verdict = judge_run(recorded(tmp_path / "run", change=slow), thresholds((selector, expression)))
    assert verdict["thresholds"][0]["result"] == "FAIL"
    assert verdict["thresholds"][0]["first_breach_s"] == first_breach_s


def test_too_few_samples_are_no_breach(tmp_path: Path) -> None:
    table = {"threshold": "p(95) < 500ms", "min_samples": 700}
    verdict = judge_run(recorded(tmp_path / "run", change=slow), [parse_threshold("response", table)])
    assert verdict["thresholds"][0]["first_breach_s"] == 6.0


def test_a_run_can_be_judged_again_by_other_thresholds_and_is_left_as_it_was(tmp_path: Path) -> None:
    directory = recorded(tmp_path / "run")
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    assert judge_run(directory)["verdict"] == "PASS"
    assert judge_run(directory, thresholds(("response", "p(95) < 50ms")))["verdict"] == "FAIL"
    assert judge_run(directory, thresholds(("service", "p(95) < 91ms")))["verdict"] == "PASS"
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before


@pytest.mark.parametrize(("done", "word"), [(90, "PASS"), (89, "FAIL")])
def test_a_killed_run_is_partial_and_what_nobody_saw_end_is_unfinished(tmp_path: Path, done: int, word: str) -> None:
    def open_at_the_end(number: int, second: Second) -> None:
        second.arrivals["steady"].completed = done

    verdict = judge_run(recorded(tmp_path / "run", change=open_at_the_end, seconds=4, audit=None, ended=None))
    assert (verdict["verdict"], verdict["partial"], verdict["validity"]["valid"]) == (word, True, True)
    steady, under_way = verdict["arrivals"]["by_phase"]["steady"], 400 - 4 * done
    assert (steady["offered"], steady["unfinished"]) == (400, under_way)
    assert verdict["audit"] == {"checked": 0, "violations": [], "skipped": "the run was cut off before its audit"}
    assert f"{under_way} arrivals whose end nobody saw count as unfinished" in verdict["notes"][0]


def test_a_killed_run_whose_threshold_was_missed_by_then_fails(tmp_path: Path) -> None:
    assert judge_run(recorded(tmp_path / "run", change=slow, seconds=6, ended=None))["verdict"] == "FAIL"


def test_a_killed_run_has_no_data_for_the_phase_it_never_reached(tmp_path: Path) -> None:
    asked = thresholds(("response{phase=peak}", "p(95) < 500ms"))
    verdict = judge_run(recorded(tmp_path / "run", seconds=4, ended=None), asked)
    assert (verdict["verdict"], verdict["thresholds"][0]["result"]) == ("FAIL", "NO_DATA")


def test_more_endings_than_arrivals_stay_a_mistake_in_a_killed_run_too(tmp_path: Path) -> None:
    def doubled(number: int, second: Second) -> None:
        second.arrivals["steady"].completed = 120

    verdict = judge_run(recorded(tmp_path / "run", change=doubled, seconds=4, ended=None))
    assert (verdict["verdict"], verdict["validity"]["reasons"][0]["rule"]) == ("INVALID", "books")


def test_books_of_a_complete_run_are_not_straightened_out(tmp_path: Path) -> None:
    def vanished(number: int, second: Second) -> None:
        second.arrivals["steady" if number < 5 else "peak"].completed = 99

    verdict = judge_run(recorded(tmp_path / "run", change=vanished))
    assert (verdict["verdict"], verdict["arrivals"]["unfinished"]) == ("INVALID", 0)


def test_a_run_aborted_by_a_threshold_fails_even_if_it_holds_again_at_the_end(tmp_path: Path) -> None:
    ended = {"stopped_s": 4.5, "aborted": {"threshold": "failures: rate < 1%", "at_s": 4.0}}
    verdict = judge_run(recorded(tmp_path / "run", seconds=5, ended=ended))
    assert (verdict["verdict"], verdict["duration_s"]) == ("FAIL", 4.5)
    assert verdict["aborted"] == "aborted by failures: rate < 1% at 4.0 s"


def test_a_run_killed_while_an_abort_drained_fails_too(tmp_path: Path) -> None:
    def aborted(number: int, second: Second) -> None:
        if number == 4:
            second.events = [Event(4.1, "aborted", "failures: rate < 1%")]

    verdict = judge_run(recorded(tmp_path / "run", seconds=5, change=aborted, ended=None))
    assert (verdict["verdict"], verdict["aborted"]) == ("FAIL", "aborted by failures: rate < 1% at 4.1 s")


def test_a_restarted_target_makes_the_run_invalid(tmp_path: Path) -> None:
    verdict = judge_run(recorded(tmp_path / "run", ended={"restarted": True}))
    assert verdict["validity"]["reasons"][0]["rule"] == "target_restarted"


def test_a_target_that_cannot_be_audited_says_why(tmp_path: Path) -> None:
    skipped = {"checked": 0, "violations": [], "skipped": "the target is not the mock platform"}
    assert judge_run(recorded(tmp_path / "run", audit=skipped))["audit"] == skipped


def test_what_prometheus_answered_is_taken_from_the_end_mark(tmp_path: Path) -> None:
    asked = thresholds(('promql("up")', "value >= 1"))
    assert judge_run(recorded(tmp_path / "a", ended={"promql": {"up": 1.0}}), asked)["verdict"] == "PASS"
    assert judge_run(recorded(tmp_path / "b"), asked)["thresholds"][0]["result"] == "NO_DATA"


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunRecordError, match="is not a run directory"):
        judge_run(tmp_path)
    write_whole(tmp_path / "run.json", {"run": "r1", "profile": {"name": "p"}})
    with pytest.raises(RunRecordError, match="holds no profile this version understands"):
        judge_run(tmp_path)


def test_judging_pulls_in_neither_locust_nor_gevent_nor_numpy() -> None:
    script = "import sys, loadtests.judgement.gate; print({'locust', 'gevent', 'numpy'} & set(sys.modules) or [])"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
