from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.loadtests.reports.made_runs import made_run, starved


def zerohour(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "loadtests", *arguments], capture_output=True, text=True, check=False)


def test_it_writes_the_usual_reports_and_leaves_with_zero_whatever_the_verdict(tmp_path: Path) -> None:
    run = made_run(tmp_path / "run", change=starved)
    done = zerohour("report", str(run))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(run / name) for name in ("report.html", "junit.xml", "summary.md")]
    assert not (run / "report.json").exists()


def test_formats_are_chosen(tmp_path: Path) -> None:
    run = made_run(tmp_path / "run")
    assert zerohour("report", str(run), "--format", "json, junit").stdout.split() == [
        str(run / "report.json"),
        str(run / "junit.xml"),
    ]
    assert not (run / "report.html").exists()


@pytest.mark.parametrize(
    ("more", "code", "sentence"),
    [
        (["--format", "jnuit"], 2, 'no report is called "jnuit"; did you mean "junit"?\n'),
        (["--format", ""], 2, 'no report is called ""'),
    ],
)
def test_wrong_usage_is_a_sentence(tmp_path: Path, more: list[str], code: int, sentence: str) -> None:
    done = zerohour("report", str(tmp_path), *more)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)
    assert sentence in done.stderr


def test_no_run_is_a_sentence(tmp_path: Path) -> None:
    done = zerohour("report", str(tmp_path))
    assert done.returncode == 1
    assert "is not a run directory" in done.stderr


def test_the_gate_writes_reports_and_keeps_its_exit_code_if_it_cannot(tmp_path: Path) -> None:
    run = made_run(tmp_path / "run", change=starved)
    done = zerohour("gate", str(run))
    assert done.returncode == 20
    assert str(run / "report.html") in done.stdout
    (run / "report.html").unlink()
    (run / "report.html").mkdir()
    done = zerohour("gate", str(run))
    assert done.returncode == 20
    assert "no report was written" in done.stderr and "Traceback" not in done.stderr
