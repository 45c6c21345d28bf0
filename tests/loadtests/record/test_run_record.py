from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from loadtests.record.books import Account
from loadtests.record.histogram import Histogram
from loadtests.record.run_record import (
    BusinessOfSecond,
    Event,
    RequestsOfSecond,
    RunRecord,
    RunRecordError,
    Second,
    WorkerOfSecond,
    read_run,
    write_whole,
)
from loadtests.record.second import FailuresOfSecond


def full_second(number: int) -> Second:
    histogram = Histogram()
    histogram.record_many([0.001 * (number + 1), 0.25])
    return Second(
        second=number,
        arrivals={"zero_hour": Account(offered=3, started=2, completed=1, failed=1, dropped=1)},
        requests=[RequestsOfSecond("/orders", "Buyer", "零点", "ok", histogram.delta(), histogram.delta())],
        lag={"zero_hour": histogram.delta()},
        business={"zero_hour": BusinessOfSecond(orders=1, payments=1, gmv_fen=19_900)},
        workers=[WorkerOfSecond(worker=0, cpu=0.5, stall_s=0.01, shoppers=10, in_flight=4, waiting=1)],
        events=[Event(at=0.5, kind="fault_started", text="latency")],
        failures=[FailuresOfSecond("/pay", "status 500", 1)],
    )


def recorded(directory: Path, seconds: int = 3) -> Path:
    with RunRecord.create(directory, {"run": "r1"}) as record:
        for number in range(seconds):
            record.append(full_second(number))
            record.append_journal([{"at": number, "key": f"r1/0/{number}"}, {"at": number, "key": "零"}])
    return directory


def test_what_was_recorded_is_what_is_read(tmp_path: Path) -> None:
    run = read_run(recorded(tmp_path / "run"))
    assert run.run == {"run": "r1"}
    assert list(run.seconds) == [full_second(0), full_second(1), full_second(2)]
    assert [line["key"] for line in run.journal] == ["r1/0/0", "零", "r1/0/1", "零", "r1/0/2", "零"]
    assert run.events == [Event(at=0.5, kind="fault_started", text="latency")] * 3


def test_seconds_can_be_picked_like_from_a_list(tmp_path: Path) -> None:
    seconds = read_run(recorded(tmp_path / "run")).seconds
    assert (len(seconds), seconds[-1], seconds[1:]) == (3, full_second(2), [full_second(1), full_second(2)])
    with pytest.raises(IndexError):
        seconds[3]


def test_a_run_is_partial_until_its_end_is_marked(tmp_path: Path) -> None:
    record = RunRecord.create(tmp_path / "run", {"run": "r1"})
    assert read_run(tmp_path / "run").partial
    record.end({"stopped_s": None})
    ended = read_run(tmp_path / "run")
    assert (ended.partial, ended.ended) == (False, {"stopped_s": None})


def test_what_becomes_known_later_is_added_to_what_was_meant(tmp_path: Path) -> None:
    with RunRecord.create(tmp_path / "run", {"run": "r1", "target": None}) as record:
        record.learn({"target": "http://127.0.0.1:8080", "started_at": 12.5})
    assert read_run(tmp_path / "run").run == {"run": "r1", "target": "http://127.0.0.1:8080", "started_at": 12.5}


def test_a_run_that_is_still_being_written_can_be_read(tmp_path: Path) -> None:
    record = RunRecord.create(tmp_path / "run", {"run": "r1"})
    record.append(full_second(0))
    assert len(read_run(tmp_path / "run").seconds) == 1
    record.close()


@pytest.mark.parametrize("name", ["seconds.jsonl", "journal.jsonl"])
def test_wherever_a_file_is_torn_every_whole_line_is_read(tmp_path: Path, name: str) -> None:
    directory = recorded(tmp_path / "run")
    content = (directory / name).read_bytes()
    for length in range(len(content) + 1):
        (directory / name).write_bytes(content[:length])
        run = read_run(directory)
        whole = content[:length].count(b"\n")
        read = len(run.seconds if name == "seconds.jsonl" else run.journal)
        # Torn between the closing brace and the line's end, the line is whole all the same.
        assert read == whole or (read == whole + 1 and content[length : length + 1] == b"\n")
        assert len(list(run.seconds)) == len(run.seconds)


def test_a_damaged_line_in_the_middle_is_refused_with_its_number(tmp_path: Path) -> None:
    directory = recorded(tmp_path / "run")
    lines = (directory / "seconds.jsonl").read_bytes().splitlines(keepends=True)
    (directory / "seconds.jsonl").write_bytes(lines[0] + lines[1][:-10] + b"\n" + lines[2])
    with pytest.raises(RunRecordError, match=r"seconds\.jsonl is damaged in line 2"):
        read_run(directory)


def test_a_line_of_the_wrong_shape_is_refused_when_it_is_looked_at(tmp_path: Path) -> None:
    directory = recorded(tmp_path / "run")
    lines = (directory / "seconds.jsonl").read_bytes().splitlines(keepends=True)
    (directory / "seconds.jsonl").write_bytes(lines[0] + b'{"second":1,"requests":[7]}\n' + lines[2])
    with pytest.raises(RunRecordError, match="line 2"):
        list(read_run(directory).seconds)


def test_a_damaged_journal_line_is_refused(tmp_path: Path) -> None:
    directory = recorded(tmp_path / "run")
    journal = directory / "journal.jsonl"
    journal.write_bytes(b"{broken\n" + journal.read_bytes())
    with pytest.raises(RunRecordError, match=r"journal\.jsonl is damaged in line 1"):
        _ = read_run(directory).journal


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), lambda path: path.write_text("")])
def test_what_is_no_run_directory_is_refused_in_one_sentence(tmp_path: Path, make: object) -> None:
    path = tmp_path / "elsewhere"
    make(path)  # type: ignore[operator]
    with pytest.raises(RunRecordError, match=r"is not a run directory: it has no run\.json$"):
        read_run(path)


def test_the_folder_of_all_runs_is_told_its_latest(tmp_path: Path) -> None:
    recorded(tmp_path / "one")
    (tmp_path / "latest").symlink_to("one")
    with pytest.raises(RunRecordError, match=r"it has no run\.json; did you mean .*/latest\?$"):
        read_run(tmp_path)


def test_a_damaged_run_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(RunRecordError, match=r"run\.json is damaged"):
        read_run(tmp_path)


def test_a_run_never_overwrites_another(tmp_path: Path) -> None:
    recorded(tmp_path / "run")
    with pytest.raises(RunRecordError, match="already holds a run"):
        RunRecord.create(tmp_path / "run", {"run": "r2"})


def test_a_directory_that_cannot_be_made_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunRecordError, match="cannot write the run"):
        RunRecord.create(tmp_path / "file" / "run", {"run": "r2"})


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    (tmp_path / "seconds.jsonl").symlink_to("/dev/full")
    record = RunRecord.create(tmp_path, {"run": "r1"})
    with pytest.raises(RunRecordError, match="cannot record the run"):
        record.append(full_second(0))


def test_a_whole_file_replaces_its_predecessor_and_leaves_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "verdict.json"
    write_whole(path, {"verdict": "PASS"})
    write_whole(path, {"verdict": "FAIL"})
    assert json.loads(path.read_text()) == {"verdict": "FAIL"}
    assert [file.name for file in tmp_path.iterdir()] == ["verdict.json"]


def test_what_cannot_be_written_or_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "verdict.json").mkdir()
    with pytest.raises(RunRecordError, match=r"cannot write .*verdict\.json: Is a directory"):
        write_whole(tmp_path / "verdict.json", {"verdict": "PASS"})
    (tmp_path / "seconds.jsonl").mkdir()
    write_whole(tmp_path / "run.json", {"run": "r1"})
    with pytest.raises(RunRecordError, match=r"cannot read .*seconds\.jsonl: Is a directory"):
        read_run(tmp_path)


def test_a_file_that_cannot_be_encoded_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "verdict.json"
    write_whole(path, {"verdict": "PASS"})
    with pytest.raises(TypeError):
        write_whole(path, {"verdict": object()})
    assert json.loads(path.read_text()) == {"verdict": "PASS"}


WRITER = """
import sys
from pathlib import Path
from loadtests.record.run_record import RunRecord, Second
record = RunRecord.create(Path(sys.argv[1]), {"run": "r1"})
number = 0
while True:
    record.append(Second(number))
    record.append_journal([{"at": number}])
    print(number, flush=True)
    number += 1
"""


def test_kill_9_at_any_moment_loses_at_most_the_line_being_written(tmp_path: Path) -> None:
    for attempt in range(3):
        directory = tmp_path / str(attempt)
        command = [sys.executable, "-c", WRITER, str(directory)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.01 + 0.013 * attempt)
            writer.send_signal(signal.SIGKILL)
            said = [0, *(int(line) for line in writer.stdout.read().splitlines(keepends=True) if line.endswith(b"\n"))]
        run = read_run(directory)
        assert run.partial
        assert len(run.seconds) > said[-1]
        assert len(run.journal) > said[-1]
        assert [second.second for second in run.seconds] == list(range(len(run.seconds)))


def test_a_line_is_what_the_contract_says_it_is() -> None:
    line = json.loads(msgspec.json.encode(full_second(0)))
    assert list(line) == ["second", "arrivals", "requests", "lag", "business", "workers", "events", "failures"]
    assert list(line["requests"][0]) == ["operation", "scenario", "phase", "outcome", "response", "service"]
    assert line["arrivals"]["zero_hour"]["dropped"] == 1
    assert line["requests"][0]["response"][1:] == [251_000_000, 1_000_000, 250_000_000]


def test_a_second_written_before_on_starts_were_counted_is_read_as_one_without_failures() -> None:
    old = msgspec.json.decode(b'{"second": 3, "workers": [{"worker": 1, "cpu": 0.5}]}', type=Second)
    assert (old.workers[0].on_starts_failed, old.workers[0].on_start_failure) == (0, "")
    assert (old.workers[0].on_starts_awaited, old.workers[0].on_start_s) == (0, 0.0)
