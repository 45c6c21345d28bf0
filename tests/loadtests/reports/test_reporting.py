from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from loadtests.judgement.gate import judge_run
from loadtests.record.run_record import RunRecordError
from loadtests.record.second import Second
from loadtests.reports.material import Material
from loadtests.reports.reporting import REPORTS, USUAL, reported, write_reports
from tests.loadtests.reports.made_runs import MAKERS, made_run


@pytest.mark.parametrize("kind", MAKERS)
def test_every_report_is_written_for_every_kind_of_run(runs: Mapping[str, Path], kind: str) -> None:
    for path in write_reports(runs[kind], REPORTS):
        assert path.stat().st_size > 100


def test_a_run_that_nobody_judged_is_judged_and_its_verdict_not_written(tmp_path: Path) -> None:
    run = made_run(tmp_path / "run")
    (run / "verdict.json").unlink()
    write_reports(run, ["summary"])
    assert "PASS" in (run / "summary.md").read_text()
    assert not (run / "verdict.json").exists()


def test_the_verdict_on_disk_counts_also_if_others_thresholds_made_it(tmp_path: Path) -> None:
    run = made_run(tmp_path / "run")
    verdict = json.loads((run / "verdict.json").read_text())
    (run / "verdict.json").write_text(json.dumps({**verdict, "thresholds": [], "notes": ["judged by none"]}))
    assert Material.of(run).verdict["notes"] == ["judged by none"]


def cut(run: Path) -> None:
    (run / "verdict.json").write_text('{"verdict": "PASS"}')


def misspell(run: Path) -> None:
    (run / "verdict.json").write_text((run / "verdict.json").read_text().replace('"unfinished"', '"unfinnished"'))


def scribble(run: Path) -> None:
    lines = (run / "seconds.jsonl").read_text().splitlines(keepends=True)
    lines[2] = lines[2][:40] + "\n"
    (run / "seconds.jsonl").write_text("".join(lines))


@pytest.mark.parametrize("damage", [cut, misspell, scribble, lambda run: (run / "run.json").unlink()])
def test_a_damaged_run_is_one_sentence(tmp_path: Path, damage: Callable[[Path], Any]) -> None:
    run = made_run(tmp_path / "run")
    damage(run)
    with pytest.raises(RunRecordError) as error:
        write_reports(run)
    assert "\n" not in str(error.value)


def test_a_report_that_cannot_be_written_is_a_sentence_and_no_more(
    runs: Mapping[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict = judge_run(runs["pass"])
    assert reported(tmp_path / "nowhere", verdict)[0] == []

    def mistaken(second: Second) -> None:
        raise KeyError("our own")

    monkeypatch.setattr("loadtests.reports.timeline.Timeline.add", lambda self, second: mistaken(second))
    paths, trouble = reported(runs["pass"], verdict)
    assert paths == []
    assert trouble == "no report was written: KeyError: 'our own'"


def test_the_json_report_has_every_second(runs: Mapping[str, Path]) -> None:
    (path,) = write_reports(runs["fail"], ["json"])
    content = json.loads(path.read_text())
    assert content["seconds"] == list(range(24))
    assert len(content["response_s"]["(all)"]["p95"]) == 24
    assert [section["system"] for section in content["systems"]] == [
        "storefront",
        "checkout",
        "logistics",
        "buyers' journals",
    ]
    assert [event["kind"] for event in content["events"]] == ["fault_started", "fault_ended"]


def test_how_a_system_went_stays_in_the_audit_and_out_of_the_verdict(runs: Mapping[str, Path]) -> None:
    audit, verdict = (json.loads((runs["pass"] / name).read_text()) for name in ("audit.json", "verdict.json"))
    assert audit["systems"][1]["courses"][0]["name"] == "parcels to sort"
    assert [row["system"] for row in verdict["audit"]["systems"]] == ["checkout", "logistics"]
    assert not any("courses" in row for row in verdict["audit"]["systems"])


def test_the_usual_three_are_html_junit_and_summary() -> None:
    assert USUAL == ("html", "junit", "summary")


def test_the_command_line_starts_without_the_reports_libraries() -> None:
    late = "('plotly', 'junitparser', 'jinja2')"
    code = f"import sys, loadtests.commands.command_line; print([m for m in {late} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
