"""What a user's own code does to a whole run: tasks that ask it to stop, and an on_start that fails."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.system.harness import freeze_profile, ping_server, zerohour

pytestmark = pytest.mark.system

STOPPER = """
import sys

import gevent
from locust import FastHttpUser, task
from locust.exception import StopTest


class Pinger(FastHttpUser):
    @task
    def ping(self):
        self.client.get("/ping")
        if self.environment.festival.worker == 0 and self.environment.festival.run_s() > 1.0:
            {stop}
"""

NEVER_READY = """
from locust import FastHttpUser, task


class Pinger(FastHttpUser):
    def on_start(self):
        raise PermissionError("the password was changed")

    @task
    def ping(self):
        self.client.get("/ping")
"""


@pytest.mark.parametrize(
    ("stop", "says"),
    [
        ('raise StopTest("seen enough")', "StopTest: seen enough"),
        ("self.environment.runner.quit()", "runner.quit()"),
        ('gevent.spawn(sys.exit, "seen enough")', "SystemExit: seen enough"),
    ],
    ids=["StopTest", "quit", "exit"],
)
def test_a_task_may_stop_the_run_and_all_workers_stop_in_order(tmp_path: Path, stop: str, says: str) -> None:
    profile = freeze_profile(tmp_path, duration="30s")
    (tmp_path / "pinger.py").write_text(STOPPER.format(stop=stop))
    with ping_server("prompt") as host:
        run = zerohour("run", profile, "--host", host, "--workers", "2", out=tmp_path / "run")
    assert run.code == 0, run.stdout + run.stderr
    verdict = run.verdict
    assert (verdict["verdict"], verdict["partial"]) == ("PASS", True)
    assert 100 <= verdict["arrivals"]["offered"] == verdict["arrivals"]["completed"] < 500
    assert verdict["notes"][0].startswith("a task asked the run to stop after ")
    assert verdict["notes"][0].endswith(f" of 30.0 s: {says}")
    assert verdict["notes"][0] in run.stdout
    assert verdict["aborted"] is None
    stopping = re.search(r"^stopping at (\d\.\d) s: a task asked the run to stop \((.+)\); ", run.stdout, re.MULTILINE)
    assert stopping is not None
    assert (1.0 <= float(stopping[1]) < 4.0, stopping[2]) == (True, says)
    assert f"a task asked the run to stop ({says})" in (tmp_path / "run" / "seconds.jsonl").read_text()


def test_users_that_never_get_past_on_start_are_told_of_and_no_more_workers_are_asked_for(tmp_path: Path) -> None:
    profile = freeze_profile(tmp_path, duration="3s", drain="1s")
    (tmp_path / "pinger.py").write_text(NEVER_READY)
    with ping_server("prompt") as host:
        run = zerohour("run", profile, "--host", host, out=tmp_path / "run")
    assert run.code == 20, run.stdout + run.stderr
    (reason,) = run.verdict["validity"]["reasons"]
    assert reason["message"].startswith("300 of 300 arrivals were dropped")
    assert "shoppers' on_start failed (PermissionError: the password was changed); see the worker's log" in " ".join(
        run.stdout.split()
    )
    assert "add workers" not in run.stdout
    tries = re.search(r"(\d+) shoppers' on_start", reason["message"])
    assert tries is not None
    assert 5 <= int(tries[1]) <= 45  # ever fewer of them a second, and not one for each arrival
