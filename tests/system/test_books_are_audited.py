"""A platform whose books are broken on purpose makes the same run BROKEN, and the verdict names what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.harness import zerohour

pytestmark = pytest.mark.system

SHORT = (
    "--set", "run.drain=5s", "--set", "validity.max_schedule_lag_p99=1s",
    "--set", "stages[0].duration=1s", "--set", "stages[1].duration=5s",
    "--shop", "hold-s=4", "--shop", "key-lock-s=3", "--shop", "request-timeout-s=2",
)  # fmt: skip


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ("oversell", "SKU"),
        ("double_charge", "order"),
        ("drop_order", "order"),
        ("leak_hold", "hold"),
    ],
)
def test_broken_books_are_found_and_named(tmp_path: Path, broken: str, named: str) -> None:
    run = zerohour("rehearse", "smoke", *SHORT, "--shop", f"broken-books={broken}", out=tmp_path / "run")
    assert run.code == 12, run.stdout + run.stderr
    verdict = run.verdict
    assert verdict["verdict"] == "BROKEN"
    assert verdict["exit_code"] == 12
    messages = [violation["message"] for violation in verdict["audit"]["violations"]]
    assert any(named.lower() in message.lower() for message in messages), messages
    assert "BROKEN" in run.stdout


def test_the_same_run_on_honest_books_passes(tmp_path: Path) -> None:
    run = zerohour("rehearse", "smoke", *SHORT, out=tmp_path / "run")
    assert run.code == 0, run.stdout + run.stderr
    verdict = run.verdict
    assert verdict["audit"]["violations"] == []
    assert verdict["audit"]["checked"] > 20
    arrivals = verdict["arrivals"]
    accounted = sum(arrivals[kind] for kind in ("completed", "failed", "dropped", "unfinished"))
    assert arrivals["offered"] == accounted > 0
    assert str(run.directory / "report.html") in run.stdout
    page = (run.directory / "report.html").read_text()
    assert "<h1>PASS</h1>" in page and "<h3>checkout</h3>" in page
    assert "POST /orders" in (run.directory / "summary.md").read_text()
    assert 'failures="0"' in (run.directory / "junit.xml").read_text()
