"""Whatever is in a run directory, the gate judges it or says in one sentence which file is wrong; it never breaks."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from loadtests.judgement.gate import judge_run
from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import PlannedFault, Profile
from loadtests.plan.thresholds import parse_threshold
from loadtests.record.books import Account
from loadtests.record.histogram import Histogram
from loadtests.record.run_record import RunRecord, RunRecordError, read_run, write_whole
from loadtests.record.second import BusinessOfSecond, Event, RequestsOfSecond, Second, WorkerOfSecond
from loadtests.record.soundness import check_soundness
from loadtests.terminal.verdict_text import print_verdict

PROFILE = Profile(
    "p",
    (Stage("warm", 1, 0, 100, measured=False), Stage("steady", 2, 100, 100)),
    path=Path("p.toml"),
    scenarios={"Pinger": 1.0},
    scenarios_by_phase={"warm": {"Pinger": 2.0}},
    thresholds=tuple(
        parse_threshold(selector, expression)
        for selector, expression in (
            ("response{phase=steady}", "p(95) < 500ms"),
            ("failures", "rate < 1%"),
            ("schedule_lag", "p(99) < 1s"),
            ("recovery{fault=latency}", "value < 1s"),
            ("gmv", "rate > 1/s"),
            ('promql("up")', "value >= 1"),
        )
    ),
    faults=(PlannedFault("steady", 0.0, 1.0, "latency", "/", {"delay_s": 0.1}),),
    platform={"bank_latency_s": "0.5"},
)
WHOLE = ("run.json", "ended.json", "audit.json")
ODD = st.sampled_from(
    [None, True, False, -1, 0, 1, 7.5, -2.5, 1e308, 10**30, "", "word", "1s", [], [[]], [1], [None], {}, {"a": 1}]
)


def record(directory: Path) -> Path:
    histogram = Histogram()
    histogram.record_many([0.01 * number for number in range(1, 400)])
    delta = histogram.delta()
    run = RunRecord.create(directory, {"schema": 1, "run": "r1", "profile": PROFILE.to_json()})
    for number, phase in enumerate(("warm", "steady", "steady")):
        run.append(
            Second(
                number,
                arrivals={phase: Account(offered=399, started=399, completed=399)},
                requests=[RequestsOfSecond("/ping", "Pinger", phase, "ok", delta, delta)],
                lag={phase: delta},
                business={phase: BusinessOfSecond(1, 1, 100)},
                workers=[WorkerOfSecond(0, cpu=0.3, shoppers=50)],
                events=[Event(number + 0.5, ("fault_started", "fault_ended", "stopped")[number], "latency")],
            )
        )
    violation = {"invariant": "stock", "subject": "S1", "message": "sold 501 of 500"}
    write_whole(directory / "audit.json", {"checked": 14, "violations": [violation], "explained": {"x": 1}})
    aborted = {"threshold": "failures: rate < 1%", "at_s": 2.0}
    run.end({"stopped_s": 2.5, "aborted": aborted, "interrupted": True, "lost_workers": [1], "promql": {"up": 1.0}})
    return directory


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("records") / "run")


def judged(directory: Path) -> str:
    """What the gate prints, or its sentence."""
    try:
        verdict = judge_run(directory)
    except RunRecordError as error:
        assert str(error).count("\n") == 0
        return str(error)
    page = io.StringIO()
    print_verdict(Console(file=page, width=140), verdict, "run")
    return page.getvalue()


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value[:6]):
            yield from places(inner, (*path, key))


def changed(value: Any, path: tuple[Any, ...], to: Any) -> Any:
    if not path:
        return to
    value = copy.copy(value)
    value[path[0]] = changed(value[path[0]], path[1:], to)
    return value


def test_the_sound_record_is_judged(sound: Path) -> None:
    assert "sold 501 of 500" in judged(sound)


def damaged(change: Any) -> Any:
    """run.json with something else in its profile."""
    content = {"run": "r1", "profile": json.loads(json.dumps(PROFILE.to_json()))}
    change(content["profile"])
    return content


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("audit.json", {"checked": 1, "violations": None}, "Expected `array`, got `null` - at `$.violations`"),
        ("audit.json", {"checked": 1, "violations": [7]}, "at `$.violations[0]`"),
        ("audit.json", {}, "missing required field `checked`"),
        ("ended.json", {"stopped_s": "soon"}, "at `$.stopped_s`"),
        ("ended.json", {"aborted": True}, "at `$.aborted`"),
        ("ended.json", [], "Expected `object`, got `array`"),
        ("run.json", {"profile": PROFILE.to_json()}, "missing required field `run`"),
        ("run.json", {"run": "r1"}, "KeyError('profile')"),
        ("run.json", damaged(lambda profile: profile["stages"][0].update(from_rate="fast")), "$.stages[0].from_rate"),
        ("run.json", damaged(lambda profile: profile.pop("stages")), "missing required field `stages`"),
        ("run.json", damaged(lambda profile: profile.update(seed="x")), "$.seed"),
    ],
)
def test_the_sentence_names_the_file_and_what_is_wrong(tmp_path: Path, name: str, content: Any, says: str) -> None:
    directory = record(tmp_path / "run")
    (directory / name).write_text(json.dumps(content))
    with pytest.raises(RunRecordError) as refused:
        judge_run(directory)
    assert f"{directory / name} " in str(refused.value)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("buckets", "says"),
    [
        ([5, 1, 6], "a bucket without a count"),
        ([10**12, 1, 6, 1], "do not ascend"),
        ([5, 1, 6, -1], "holds nothing"),
        ([5, 1, 10**12, 1], "beyond its minimum or maximum"),
    ],
)
def test_a_histogram_nobody_recorded_is_said_to_be_damaged(tmp_path: Path, buckets: list[int], says: str) -> None:
    directory = record(tmp_path / "run")
    lines = (directory / "seconds.jsonl").read_text().splitlines()
    second = json.loads(lines[1])
    second["requests"][0]["response"] = [buckets, 1, 1, 1]
    (directory / "seconds.jsonl").write_text("\n".join([lines[0], json.dumps(second), lines[2], ""]))
    with pytest.raises(RunRecordError, match=rf"seconds\.jsonl is damaged in line 2: the /ping response .*{says}"):
        check_soundness(read_run(directory))
    assert judged(directory)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from([*WHOLE, "seconds.jsonl"]), data=st.data())
def test_any_value_replaced_by_any_other_is_judged_or_refused_in_one_sentence(
    sound: Path, name: str, data: st.DataObject
) -> None:
    before = (sound / name).read_bytes()
    lines = [json.loads(line) for line in before.splitlines()] if name not in WHOLE else [json.loads(before)]
    number = data.draw(st.integers(0, len(lines) - 1))
    path = data.draw(st.sampled_from(list(places(lines[number]))))
    lines[number] = changed(lines[number], path, data.draw(ODD))
    try:
        (sound / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
        said = judged(sound)
    finally:
        (sound / name).write_bytes(before)
    assert said


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from([*WHOLE, "seconds.jsonl"]), cut=st.floats(0, 1), put=st.binary(max_size=8))
def test_any_bytes_anywhere_are_judged_or_refused_in_one_sentence(
    sound: Path, name: str, cut: float, put: bytes
) -> None:
    before = (sound / name).read_bytes()
    at = int(cut * len(before))
    try:
        (sound / name).write_bytes(before[:at] + put + before[at + len(put) :])
        said = judged(sound)
    finally:
        (sound / name).write_bytes(before)
    assert said
