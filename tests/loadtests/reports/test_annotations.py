from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from loadtests.reports.annotations import MOST, workflow_commands
from loadtests.reports.material import Material
from loadtests.reports.reporting import annotate
from tests.loadtests.reports.made_runs import CLEAN, MAKERS, WORDS, made_run


@pytest.mark.parametrize("kind", MAKERS)
def test_a_run_that_is_no_pass_has_an_error(runs: Mapping[str, Path], kind: str) -> None:
    lines = workflow_commands(Material.of(runs[kind]).verdict)
    assert any(line.startswith("::error ") for line in lines) == (WORDS[kind] != "PASS")
    assert all("\n" not in line and "\r" not in line for line in lines)


def test_an_annotation_cannot_start_another(tmp_path: Path) -> None:
    violation = {"invariant": "no,over:sell", "subject": "S", "message": "100 % sold\r\n::error::pwned"}
    run = made_run(tmp_path / "run", audit={**CLEAN, "violations": [violation]})
    line = workflow_commands(Material.of(run).verdict)[0]
    assert line == "::error title=broken%3A no%2Cover%3Asell::100 %25 sold%0D%0A::error::pwned"


def test_github_shows_ten_so_the_tenth_says_how_many_more(tmp_path: Path) -> None:
    violations = [{"invariant": "no_oversell", "subject": f"S{n}", "message": f"oversold {n}"} for n in range(14)]
    run = made_run(tmp_path / "run", audit={**CLEAN, "violations": violations})
    errors = [line for line in workflow_commands(Material.of(run).verdict) if line.startswith("::error")]
    assert len(errors) == MOST
    assert errors[-1].endswith("::and 5 more in report.html")


@pytest.mark.parametrize(("set_to", "told"), [("true", True), ("", False), (None, False)])
def test_only_github_is_told(
    runs: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch, set_to: str | None, told: bool
) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    if set_to is not None:
        monkeypatch.setenv("GITHUB_ACTIONS", set_to)
    assert bool(annotate(Material.of(runs["fail"]).verdict)) == told
