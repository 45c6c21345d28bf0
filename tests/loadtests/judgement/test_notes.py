"""What the gate tells beside the figures: how a run ended early, who never came, what rests on little."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loadtests.judgement.gate import judge_run
from loadtests.record.second import Second, WorkerOfSecond
from tests.loadtests.judgement.test_gate import recorded, thresholds


def test_an_interrupted_run_is_judged_by_what_there_is_and_says_so(tmp_path: Path) -> None:
    verdict = judge_run(recorded(tmp_path / "run", seconds=6, ended={"stopped_s": 5.5, "interrupted": True}))
    assert (verdict["verdict"], verdict["partial"], verdict["duration_s"]) == ("PASS", True, 5.5)
    assert verdict["notes"] == ["the run was interrupted after 5.5 of 10.0 s"]


def test_a_run_that_a_task_stopped_is_judged_by_what_there_is_and_says_so(tmp_path: Path) -> None:
    verdict = judge_run(recorded(tmp_path / "run", seconds=6, ended={"stopped_s": 5.5, "asked": "StopTest: enough"}))
    assert (verdict["verdict"], verdict["partial"], verdict["duration_s"]) == ("PASS", True, 5.5)
    assert verdict["notes"] == ["a task asked the run to stop after 5.5 of 10.0 s: StopTest: enough"]


def test_failed_on_starts_that_hurt_no_arrival_are_noted(tmp_path: Path) -> None:
    def failing(number: int, second: Second) -> None:
        if number == 2:
            second.workers = [WorkerOfSecond(0, on_starts_failed=1, on_start_failure="OSError: no login")]

    verdict = judge_run(recorded(tmp_path / "run", change=failing))
    assert (verdict["verdict"], verdict["validity"]["valid"]) == ("PASS", True)
    assert verdict["notes"] == ["1 shopper's on_start failed (OSError: no login); see the worker's log"]


def test_a_percentile_on_too_few_samples_is_noted(tmp_path: Path) -> None:
    verdict = judge_run(recorded(tmp_path / "run"), thresholds(("response", "p(99.9) < 1s")))
    assert verdict["notes"] == ["response: p(99.9) < 1s rests on 1000 samples; 5000 would make it steady"]


@pytest.mark.parametrize(
    ("written", "notes"),
    [(["OurShop offers no track: parcels are not tracked"],) * 2, ([], []), ("torn", []), (7, [])],
)
def test_what_a_shop_of_ones_own_does_not_offer_is_noted(tmp_path: Path, written: object, notes: list[str]) -> None:
    directory = recorded(tmp_path / "run")
    described = json.loads((directory / "run.json").read_text())
    (directory / "run.json").write_text(json.dumps({**described, "left_out": written}))
    assert judge_run(directory)["notes"] == notes
