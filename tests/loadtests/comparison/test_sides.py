"""Which runs count, and why the others do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loadtests.comparison.sides import ComparisonError, gather
from loadtests.plan.arrivals import Stage
from loadtests.plan.thresholds import parse_threshold
from loadtests.record.run_record import RunRecordError
from loadtests.record.second import Second
from tests.loadtests.comparison.recorded_runs import other_profile, record

SHOP = {"/ping": 0.05}
OVERSOLD = {"invariant": "stock", "subject": "S1", "message": "sold 501 of 500"}


def starved(number: int, second: Second) -> None:
    second.workers[0].cpu = 1.0


def silent(number: int, second: Second) -> None:
    second.requests.clear()


SET_ASIDE = [
    ({"change": starved}, "it is INVALID: worker 0 used 100% of a core"),
    ({"ended": None}, "it was cut off after 6 s"),
    ({"ended": {"interrupted": True, "stopped_s": 3.0}}, "it was interrupted after 3 of 6 s"),
    ({"ended": {"asked": "StopTest", "stopped_s": 3.0}}, "it was stopped by a task after 3 of 6 s"),
    ({"ended": {"aborted": {"threshold": "t", "at_s": 3.0}}}, "it was aborted by a threshold"),
    ({"change": silent}, "no request was made in it"),
    ({"profile": other_profile(name="q")}, "it is of another load than the first run: its name is q and not p"),
    ({"profile": other_profile(seed=12)}, "its seed is 12 and not 11"),
    ({"profile": other_profile(arrivals="even")}, "its arrivals is even and not poisson"),
    ({"profile": other_profile(stages=(Stage("steady", 6, 100, 100),))}, "its stages are others"),
    ({"profile": other_profile(scenarios={"Pinger": 1.0})}, "its scenarios are others"),
    ({"profile": other_profile(locustfile=Path("here/mine.py"))}, "its locustfile is mine.py and not None"),
]


@pytest.mark.parametrize(("how", "why"), SET_ASIDE, ids=[why for _, why in SET_ASIDE])
def test_what_is_no_measurement_of_this_load_is_set_aside_with_a_sentence(
    tmp_path: Path, how: dict[str, Any], why: str
) -> None:
    good = [record(tmp_path / name, SHOP) for name in ("one", "two")]
    sides = gather(good[:1], [good[1], record(tmp_path / "odd", SHOP, **how)])
    assert [run.run_id for run in sides.runs] == ["one", "two"]
    assert [(one.side, one.directory.name) for one in sides.set_aside] == [("candidate", "odd")]
    assert why in str(sides.set_aside[0])


def test_a_place_a_threshold_or_a_setting_of_the_platform_makes_no_other_load(tmp_path: Path) -> None:
    elsewhere = other_profile(
        host="http://127.0.0.1:1",
        path=Path("elsewhere/p.toml"),
        thresholds=(parse_threshold("failures", "rate < 1%"),),
        platform={"bank_latency_s": "0.5"},
        locustfile=Path("a/mine.py"),
    )
    here = other_profile(locustfile=Path("b/mine.py"))
    sides = gather([record(tmp_path / "a", SHOP, profile=here)], [record(tmp_path / "b", SHOP, profile=elsewhere)])
    assert (len(sides.base), len(sides.candidate), sides.set_aside) == (1, 1, [])


def test_a_run_counts_once_however_often_it_is_given(tmp_path: Path) -> None:
    run, other = record(tmp_path / "run", SHOP), record(tmp_path / "other", SHOP)
    link = tmp_path / "latest"
    link.symlink_to(run)
    sides = gather([run, run, link], [other, run])
    assert [len(sides.base), len(sides.candidate)] == [1, 1]
    assert [one.reason for one in sides.set_aside] == ["it was given already"] * 3


def test_a_directory_of_runs_stands_for_all_of_them(tmp_path: Path) -> None:
    for name in ("b", "a"):
        record(tmp_path / "main" / name, SHOP)
    (tmp_path / "main" / "notes").mkdir()
    (tmp_path / "main" / "latest").symlink_to("a")
    sides = gather([tmp_path / "main"], [record(tmp_path / "c", SHOP)])
    assert [run.run_id for run in sides.base] == ["a", "b"]
    assert sides.set_aside == []


def test_a_broken_run_is_refused(tmp_path: Path) -> None:
    broken = record(tmp_path / "b", SHOP, audit={"checked": 14, "violations": [OVERSOLD]})
    with pytest.raises(ComparisonError, match=r"b is BROKEN \(stock: sold 501 of 500\)"):
        gather([record(tmp_path / "a", SHOP)], [broken])


def test_a_side_of_which_nothing_is_left_is_refused_with_every_reason(tmp_path: Path) -> None:
    odd = [record(tmp_path / name, SHOP, ended=None) for name in ("b", "c")]
    with pytest.raises(ComparisonError) as refused:
        gather([record(tmp_path / "a", SHOP)], odd)
    first, *reasons = str(refused.value).splitlines()
    assert first == "no candidate run is left to compare"
    assert [reason.endswith("it was cut off after 6 s") for reason in reasons] == [True, True]


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    run = record(tmp_path / "a", SHOP)
    (tmp_path / "empty").mkdir()
    for nothing in (tmp_path / "nowhere", tmp_path / "empty", run / "run.json"):
        with pytest.raises(RunRecordError, match="is not a run directory"):
            gather([run], [nothing])


def test_a_damaged_run_is_refused(tmp_path: Path) -> None:
    damaged = record(tmp_path / "b", SHOP)
    lines = (damaged / "seconds.jsonl").read_bytes().splitlines(keepends=True)
    (damaged / "seconds.jsonl").write_bytes(lines[0] + b"garbage\n" + lines[2])
    with pytest.raises(RunRecordError, match="damaged in line 2"):
        gather([record(tmp_path / "a", SHOP)], [damaged])
