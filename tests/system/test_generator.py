"""The generator is questioned too: starved of CPU it makes the run INVALID; two bad seconds fail their own phase."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.system.harness import finish, freeze_profile, ping_server, run_under_way, zerohour

pytestmark = pytest.mark.system

HOG = """
import os, sys, time
try:
    os.nice(-15)
except PermissionError:
    pass
ends_at = time.monotonic() + float(sys.argv[1])
while time.monotonic() < ends_at:
    pass
"""


@contextmanager
def cpu_hogs(count: int, seconds: float) -> Iterator[None]:
    """Busy neighbours, bounded in time; greedier than the generator where the machine lets them."""
    hogs = [subprocess.Popen([sys.executable, "-c", HOG, str(seconds)]) for _ in range(count)]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


def test_a_generator_starved_of_cpu_makes_the_run_invalid(tmp_path: Path) -> None:
    with run_under_way(tmp_path, workers=1, duration="9s") as (process, out):
        with cpu_hogs(64, 5):
            time.sleep(5)
        run = finish(process, out)
    assert run.code == 20, run.stdout
    verdict = run.verdict
    assert verdict["verdict"] == "INVALID"
    reasons = " ".join(reason["message"] for reason in verdict["validity"]["reasons"])
    assert "late" in reasons
    assert "worker" in reasons
    arrivals = verdict["arrivals"]
    assert arrivals["offered"] == 900
    assert arrivals["completed"] + arrivals["failed"] + arrivals["dropped"] + arrivals["unfinished"] == 900


TWO_SECONDS = """
[[stages]]
phase = "rush"
duration = "2s"
rate = 100
[[stages]]
phase = "after"
duration = "20s"
rate = 100
"""


def test_two_slow_seconds_fail_their_own_phase_though_the_whole_run_looks_fine(tmp_path: Path) -> None:
    profile = Path(freeze_profile(tmp_path, duration="6s", more='"response{phase=rush}" = ["p(95) < 500ms"]'))
    text = profile.read_text()
    head, tail = text.split("[scenarios]")
    text = head + TWO_SECONDS + "[scenarios]" + tail
    profile.write_text(text.replace('"response{operation=/ping,phase=steady}" = ["p(95) < 500ms", "p(99.9) < 2s"]',
                                    '"response" = ["p(90) < 500ms"]'))  # fmt: skip
    with ping_server("hiccup") as host:
        run = zerohour("run", str(profile), "--host", host, out=tmp_path / "run")
    assert run.code == 10, run.stdout + run.stderr
    results = {(row["metric"], row["labels"].get("phase")): row for row in run.verdict["thresholds"]}
    assert results["response", None]["result"] == "PASS"
    rush = results["response", "rush"]
    assert rush["result"] == "FAIL"
    assert rush["observed"] > 0.75
