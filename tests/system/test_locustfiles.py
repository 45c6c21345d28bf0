"""Stock Locust files do what Locust's users are used to: listeners, arguments, modules beside them, talkative tasks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.harness import freeze_profile, ping_server, zerohour

pytestmark = pytest.mark.system

AT_HOME_IN_LOCUST = """
from locust import FastHttpUser, events, task
from neighbour import PATH

said = []


@events.init_command_line_parser.add_listener
def add(parser):
    parser.add_argument("--words", type=int, default=5000)


@events.init.add_listener
def init(environment, **_):
    said.append(f"init {type(environment.runner).__name__}")


@events.test_start.add_listener
def start(environment, **_):
    said.append(f"start {environment.host}")


@events.request.add_listener
def request(name, exception, **_):
    said.append(f"request {name} {exception}")


@events.test_stop.add_listener
def stop(**_):
    print("heard:", sorted(set(said)))


class Pinger(FastHttpUser):
    @task
    def ping(self):
        print("la " * self.environment.parsed_options.words)
        self.client.get(PATH)
"""

STUMBLER = """
from locust import FastHttpUser, task


class Pinger(FastHttpUser):
    @task
    def ping(self):
        self.client.get("/ping")
        raise RuntimeError("stumbled")
"""


def test_listeners_arguments_neighbours_and_much_printing_work_as_under_locust(tmp_path: Path) -> None:
    profile = freeze_profile(tmp_path, duration="1s", drain="2s")
    (tmp_path / "pinger.py").write_text(AT_HOME_IN_LOCUST)
    (tmp_path / "neighbour.py").write_text('PATH = "/ping"\n')
    with ping_server("prompt") as host:
        run = zerohour("run", profile, "--host", host, out=tmp_path / "run")
    assert run.code == 0, run.stdout + run.stderr
    assert run.verdict["arrivals"]["completed"] == 100
    log = (tmp_path / "run" / "worker-0.log").read_text()
    assert len(log) > 100 * 15_000  # far more than a pipe holds
    heard = next(line for line in log.splitlines() if line.startswith("heard:"))
    assert "init ShopperRunner" in heard
    assert f"start {host}" in heard
    assert "request /ping None" in heard


def test_users_whose_tasks_raise_fail_the_run_though_every_request_went_well(tmp_path: Path) -> None:
    profile = freeze_profile(tmp_path, duration="1s", drain="2s")
    (tmp_path / "pinger.py").write_text(STUMBLER)
    with ping_server("prompt") as host:
        run = zerohour("run", profile, "--host", host, out=tmp_path / "run")
    assert run.code == 10, run.stdout
    assert run.verdict["arrivals"]["failed"] == 100
    failures = run.verdict["thresholds"][-1]
    assert (failures["metric"], failures["result"], failures["observed"]) == ("failures", "FAIL", 0.5)


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("import sys\nsys.exit(3)\n", 2, "SystemExit: 3, line 2"),
        ("def ping(:\n", 2, "SyntaxError"),
        ("x = 1\n", 2, "no runnable User class"),
        (
            AT_HOME_IN_LOCUST.replace("from neighbour import PATH", "").replace("default=5000", "required=True"),
            1,
            "adds an argument without a default",
        ),
    ],
    ids=["exits", "syntax", "no users", "argument"],
)
def test_a_locustfile_that_cannot_be_used_is_a_sentence(tmp_path: Path, text: str, code: int, says: str) -> None:
    profile = freeze_profile(tmp_path, duration="1s")
    (tmp_path / "pinger.py").write_text(text)
    with ping_server("prompt") as host:
        run = zerohour("run", profile, "--host", host, out=tmp_path / "run")
    assert run.code == code, run.stderr
    assert says in run.stderr
    assert run.stderr.count("\n") == 1
