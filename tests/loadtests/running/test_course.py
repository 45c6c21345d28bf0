"""A run's seconds as they come: on disk before anybody hears of them, judged so far, ended by what may end a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loadtests.plan.profile_reader import read_profile
from loadtests.record.books import Account
from loadtests.record.histogram import Histogram
from loadtests.record.run_record import RunRecord, read_run
from loadtests.record.second import RequestsOfSecond, Second
from loadtests.running.course import Course, Heard

STRICT = """
[run]
name = "strict"
[target]
host = "http://127.0.0.1:9000"
[[stages]]
phase = "steady"
duration = "10s"
rate = 1
[thresholds]
response = [{ threshold = "p(95) < 500ms", abort_on_fail = true, delay_abort = "3s" }, "max < 2s"]
"""


def second(number: int, response_s: float) -> Second:
    seen = Histogram()
    seen.record(response_s)
    rows = [RequestsOfSecond("/", "B", "steady", "ok", response=seen.delta(), service=seen.delta())]
    return Second(number, {"steady": Account(offered=1, started=1, completed=1)}, rows)


@pytest.fixture
def record(tmp_path: Path) -> RunRecord:
    (tmp_path / "strict.toml").write_text(STRICT)
    profile = read_profile(str(tmp_path / "strict.toml"))
    return RunRecord.create(tmp_path / "run", {"run": "strict-1", "profile": profile.to_json()})


def test_a_second_is_on_disk_before_anybody_hears_of_it(tmp_path: Path, record: RunRecord) -> None:
    written: list[tuple[int, int]] = []

    def look(heard: Heard) -> None:
        run = read_run(record.directory)
        written.append((len(list(run.seconds)), len(run.journal)))
        assert heard.tally is not None and heard.told is not None

    course = Course(read_profile(str(tmp_path / "strict.toml")), record, pytest.fail, [look, look])
    entry: dict[str, Any] = {"buyer": "C1", "key": "k", "step": "order", "state": "trying"}
    course.second(second(0, 0.1), [entry])
    course.second(second(1, 0.1), [])
    assert written == [(1, 1), (1, 1), (2, 1), (2, 1)]


def test_only_what_may_end_a_run_does_and_not_before_its_delay(tmp_path: Path, record: RunRecord) -> None:
    aborted: list[str] = []
    states: list[list[str]] = []
    course = Course(
        read_profile(str(tmp_path / "strict.toml")),
        record,
        aborted.append,
        [lambda heard: states.append([result.result for result in heard.results])],
    )
    course.second(second(0, 3.0), [])
    course.second(second(1, 0.6), [])
    assert states[-1] == ["FAIL", "FAIL"] and aborted == []
    course.second(second(2, 0.6), [])
    assert aborted == ["response: p(95) < 500ms"]
