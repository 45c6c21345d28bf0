"""The generator is questioned too: starved of CPU it makes the run INVALID; two bad seconds fail their own phase."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.system.harness import children_of, finish, freeze_profile, ping_server, run_under_way, zerohour

pytestmark = pytest.mark.system

HOG = """
import os, sys, time
os.sched_setaffinity(0, {int(sys.argv[1])})
try:
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    print("greedy", flush=True)
except OSError:
    print("polite", flush=True)
ends_at = time.monotonic() + float(sys.argv[2])
while time.monotonic() < ends_at:
    pass
"""


def starve(pid: int, seconds: float) -> None:
    """A hog on the process's own core that gives nothing away; where we may not have one, the process is held up.

    An ordinary busy neighbour is not enough: the scheduler serves who sleeps a lot first, and a worker does.
    """
    core = min(os.sched_getaffinity(pid))
    os.sched_setaffinity(pid, {core})
    command = [sys.executable, "-c", HOG, str(core), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as hog:
        assert hog.stdout is not None
        ends_at = time.monotonic() + seconds
        greedy = hog.stdout.readline().strip() == "greedy"
        while time.monotonic() < ends_at:
            if not greedy:
                os.kill(pid, signal.SIGSTOP)
            time.sleep(0.2)
            if not greedy:
                os.kill(pid, signal.SIGCONT)
                time.sleep(0.02)


@pytest.mark.alone
def test_a_generator_starved_of_cpu_makes_the_run_invalid(tmp_path: Path) -> None:
    with run_under_way(tmp_path, workers=1, duration="9s", lag="50ms") as (process, out):
        starve(children_of(process)[0], 3.0)
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
duration = "6s"
rate = 300
"""


def test_two_slow_seconds_fail_their_own_phase_though_the_whole_run_looks_fine(tmp_path: Path) -> None:
    profile = Path(freeze_profile(tmp_path, duration="6s", more='"response{phase=rush}" = ["p(95) < 500ms"]'))
    text = profile.read_text()
    head, tail = text.split("[scenarios]")
    text = head + TWO_SECONDS + "[scenarios]" + tail
    profile.write_text(text.replace('"response{operation=/ping,phase=steady}" = ["p(95) < 5s", "p(99.9) < 10s"]',
                                    '"response" = ["p(90) < 500ms"]'))  # fmt: skip
    with ping_server("hiccup") as host:
        run = zerohour("run", str(profile), "--host", host, out=tmp_path / "run")
    assert run.code == 10, run.stdout + run.stderr
    results = {(row["metric"], row["labels"].get("phase")): row for row in run.verdict["thresholds"]}
    assert results["response", None]["result"] == "PASS"
    rush = results["response", "rush"]
    assert rush["result"] == "FAIL"
    assert rush["observed"] > 0.75
