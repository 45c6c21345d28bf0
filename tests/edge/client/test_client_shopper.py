"""Shoppers: Locust users with the client built in, in a festival, in a plain Locust run, and on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest
from locust import task
from locust.env import Environment
from locust.exception import StopTest

from loadtests.crowd.shopper import Shopper
from loadtests.http.client import Client
from tests.edge.client.misbehaving_server import misbehaving, serves_properly

ROOT = Path(__file__).parents[3]


class Browser(Shopper):
    default_headers: ClassVar = {"Accept-Language": "zh-CN"}
    timeout_s = 7.0

    @task
    def look(self) -> None:
        self.client.get("/skus")


def test_a_shopper_brings_a_client_for_its_host() -> None:
    environment = Environment(user_classes=[Browser])
    with misbehaving(serves_properly) as server:
        environment.host = Browser.host = server.url
        shopper = Browser(environment)
        assert isinstance(shopper.client, Client)
        assert shopper.client.timeout_s == 7.0
        shopper.look()
        shopper.on_stop()
        assert b"Accept-Language: zh-CN\r\n" in server.requests[0]
        assert b"X-Zerohour-Run" not in server.requests[0]
        assert server.peers[0].client_closed()


def test_in_a_festival_the_profile_decides_and_requests_are_marked() -> None:
    environment = Environment(user_classes=[Browser])
    environment.festival = SimpleNamespace(run_id="run-7", timeout_s=3.0, allowed_hosts=None)  # type: ignore[attr-defined]
    with misbehaving(serves_properly) as server:
        Browser.host = server.url
        shopper = Browser(environment)
        shopper.look()
        assert shopper.client.timeout_s == 3.0
        assert b"X-Zerohour-Run: run-7\r\n" in server.requests[0]
        shopper.on_stop()


def test_a_shopper_must_know_which_shop() -> None:
    class Lost(Shopper):
        pass

    with pytest.raises(StopTest, match="--host"):
        Lost(Environment())


def test_plain_locust_runs_a_shopper_from_the_command_line(tmp_path: Path, aiohttp_url: str) -> None:
    locustfile = tmp_path / "locustfile.py"
    locustfile.write_text(
        "from locust import constant, task\n"
        "from loadtests.crowd.shopper import Shopper\n"
        "class Browser(Shopper):\n"
        "    wait_time = constant(0.01)\n"
        "    @task\n"
        "    def look(self):\n"
        "        self.client.get('/status/200', name='fine')\n"
        "        self.client.get('/status/503', name='broken')\n"
    )
    command = [sys.executable, "-m", "locust", "-f", str(locustfile), "--host", aiohttp_url, "--headless", "--json"]
    ran = subprocess.run(
        [*command, "-u", "2", "-r", "2", "-t", "1s", "--exit-code-on-error", "7"],
        cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert ran.returncode == 7, ran.stderr
    entries = {entry["name"]: entry for entry in json.loads(ran.stdout)}
    assert entries["fine"]["num_requests"] > 0
    assert (entries["fine"]["num_failures"], entries["broken"]["num_failures"]) == (
        0,
        entries["broken"]["num_requests"],
    )
    assert "503 Service Unavailable" in ran.stderr
    assert "Traceback" not in ran.stderr
