"""A profile of stages says when balances open: the shop's windows and those who come back keep to it."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest

from tests.system.harness import zerohour

pytestmark = pytest.mark.system

PROFILE = """
[run]
name = "hump"
arrivals = "even"
[[stages]]
phase = "eve"
duration = "2s"
rate = 30
[[stages]]
phase = "later"
duration = "4s"
rate = 40
[scenarios]
PresaleBuyer = 1
[scenarios.later]
WindowShopper = 1
[presale]
phase = "later"
lasts = "1s"
share_of_arrivals = "50%"
[thresholds]
"failures" = "rate < 1%"
[validity]
max_schedule_lag_p99 = "2s"
"""
OPENS_S, CLOSES_S = 2.0, 3.0
"""Without the table a shop's balances would open where this window closes, in the middle of the run."""


def test_balances_are_paid_while_they_are_open_and_at_no_other_time(tmp_path: Path) -> None:
    (tmp_path / "hump.toml").write_text(PROFILE)
    run = zerohour("rehearse", str(tmp_path / "hump.toml"), out=tmp_path / "run")
    assert run.code == 0, run.stdout
    assert run.verdict["audit"]["violations"] == []
    recorded = json.loads((run.directory / "run.json").read_text())["profile"]
    assert recorded["balances"] == {"opens_s": OPENS_S, "lasts_s": 1.0, "share": 0.5}

    ordered_at: list[float] = []
    taken_at: dict[str, list[float]] = defaultdict(list)
    for line in (run.directory / "journal.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if entry["step"] == "pay" and entry["state"] == "pending":
            taken_at[entry["order"]].append(entry["at"])
        elif entry["step"] == "order" and entry["state"] == "placed":
            ordered_at.append(entry["at"])
    balances = [instants[1] for instants in taken_at.values() if len(instants) > 1]
    assert max(ordered_at) < OPENS_S, "who comes later finds no presale that takes deposits"
    assert len(balances) > 6
    assert min(balances) >= OPENS_S
    assert max(balances) < CLOSES_S + 0.1
    [presales] = [
        row for row in run.verdict["requests"] if row["operation"] == "GET /presales" and row["phase"] == "eve"
    ]
    assert presales["count"] == 60
