"""What a run's end does when its reports cannot even be tried: one sentence, and the verdict stands."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from rich.console import Console

from loadtests.terminal.reports_written import report_run


def test_a_library_that_went_missing_during_the_run_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "loadtests.reports.reporting", None)
    report_run(Console(), tmp_path, {"verdict": "PASS"})
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("zerohour: no report was written: ")
    assert len(printed.err.splitlines()) == 1
