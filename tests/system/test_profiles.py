"""The shipped profiles do what they are for: overload fails for the shop's reason, and a short Double 11 passes."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from tests.system.harness import zerohour

pytestmark = [pytest.mark.system, pytest.mark.alone]


def test_overload_fails_because_the_shop_gives_in(tmp_path: Path) -> None:
    run = zerohour("rehearse", "overload", out=tmp_path / "run")
    verdict = run.verdict
    assert run.code == 10, run.stdout
    assert verdict["validity"]["valid"] is True
    assert verdict["audit"]["violations"] == []
    missed = [row for row in verdict["thresholds"] if row["result"] == "FAIL"]
    assert any(row["labels"].get("operation") == "POST /orders" for row in missed), missed
    assert "aborted by response{operation=POST /orders" in run.stdout


def test_a_short_double_11_passes_and_its_first_arrival_comes_within_five_seconds(tmp_path: Path) -> None:
    began_at = time.time()
    run = zerohour(
        "rehearse", "double11", "--set", "run.duration=20s", "--set", "run.peak_rate=100", out=tmp_path / "run"
    )
    assert run.code in (0, 10), run.stdout  # at a fifth of its length some phases have too few samples
    about = json.loads((tmp_path / "run" / "run.json").read_text())
    assert about["started_at"] - began_at < 5.0
    assert run.verdict["audit"]["violations"] == []
    assert run.verdict["validity"]["valid"] is True
    assert "festival day" in run.stdout
    planned = {"views": 4.0, "phone_share": 0.9, "bot_accounts": 3}
    assert planned.items() <= about["habits"].items(), "what the crowd is held to, for who reads the record"
    report = (tmp_path / "run" / "report.html").read_text()
    anchors = set(re.findall(r'<article class="" id="system-([a-z-]+)"', report))
    assert anchors >= {"storefront", "flash-sale", "presale", "logistics", "outlets", "cross-border", "risk"}, anchors
    drawn = set(re.findall(r'id="chart-system-([a-z-]+)"', report))
    assert drawn >= {"checkout", "flash-sale", "payment", "presale", "promotions", "logistics", "outlets", "risk"}, (
        drawn
    )
    assert 'id="calibration-table"' in report
