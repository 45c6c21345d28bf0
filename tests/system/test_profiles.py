"""The shipped profiles do what they are for: overload fails for the shop's reason. Double 11: test_calibration.py."""

from __future__ import annotations

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
