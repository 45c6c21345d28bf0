"""The bracket of a capacity search holds the capacity that a shop is known to have; Ctrl-C keeps what was found."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.system.harness import freeze_profile, ping_server, until, zerohour

pytestmark = pytest.mark.system

CONNECTIONS, COMMIT_S = 16, 0.2
CAPACITY = CONNECTIONS / COMMIT_S
"""Commits a second, and an unpaid order is one commit; the outbox takes a few more of them."""

ORDERING = """
import itertools
import os
import random
import uuid

from locust import FastHttpUser, task

CUSTOMERS = itertools.count(1)


class Ordering(FastHttpUser):
    def on_start(self):
        session = self.client.post("/customers/sessions", json={"customer": f"C{next(CUSTOMERS):07d}"}).json()
        self.token = session["token"]
        self.skus = self.client.get("/skus?page=1&per_page=50").json()["skus"]

    @task
    def order(self):
        sku = random.choice(self.skus)
        line = {"sku": sku["sku"], "quantity": 1, "unit_price_fen": sku["price_fen"]}
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": uuid.uuid4().hex}
        self.client.post("/orders", json={"lines": [line]}, headers=headers)
"""
PROFILE = """
[run]
name = "ordering"
locustfile = "ordering.py"
arrivals = "even"
max_shoppers = 500
drain = "5s"
[[stages]]
phase = "midnight"
duration = "10s"
rate = 100
[thresholds]
"response{operation=/orders,phase=midnight}" = "p(95) < 1s"
"failures" = "rate < 1%"
[validity]
max_schedule_lag_p99 = "2s"
max_generator_cpu = "1000%"
"""
"""The limits on the generator are lax: tests share their machine."""


@contextmanager
def slow_shop() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mock_platform", "--port", str(port), "--skus", "200"]
    command += ["--commit-s", str(COMMIT_S), "--connections", str(CONNECTIONS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def test_the_bracket_holds_the_known_capacity_and_a_plan_can_be_made_of_it(tmp_path: Path) -> None:
    (tmp_path / "ordering.py").write_text(ORDERING)
    (tmp_path / "ordering.toml").write_text(PROFILE)
    out = tmp_path / "search"
    with slow_shop() as host:
        options = ["--from", "60", "--step", "1.9", "--tolerance", "90%", "--step-duration", "3s", "--max-runs", "3"]
        done = zerohour("capacity", str(tmp_path / "ordering.toml"), "--host", host, *options, "--out", str(out))
    assert done.code == 0, done.stdout + done.stderr
    found = json.loads((out / "capacity.json").read_text())
    assert found["kind"] == "bracket"
    assert found["bracket"]["holds"] < CAPACITY < found["bracket"]["fails"], done.stdout
    assert f"holds {found['bracket']['holds']:g}/s and not" in done.stdout
    overloaded = [probe["figures"] for probe in found["probes"] if probe["outcome"] == "fails"]
    # What the overloaded shop got done is its capacity, seen from the other side.
    assert all(0.8 * CAPACITY < figures["arrivals_per_s"] < 1.1 * CAPACITY for figures in overloaded), overloaded
    assert json.loads((out / "probe-01" / "verdict.json").read_text())["verdict"] == "PASS"

    unknown = zerohour("plan", str(out), "--orders-per-second", "583000")
    assert unknown.code == 2
    assert "no order was placed" in unknown.stderr
    planned = zerohour("plan", str(out), "--orders-per-second", "583000", "--orders-per-arrival", "1")
    assert planned.code == 0, planned.stderr
    assert "13,881" in planned.stdout  # 583,000 / (60 x 70 %)


def test_ctrl_c_says_the_bracket_so_far(tmp_path: Path) -> None:
    out = tmp_path / "search"
    with ping_server("prompt") as host:
        profile = freeze_profile(tmp_path)
        options = ["--host", host, "--from", "20", "--step-duration", "2s", "--out", str(out)]
        process = subprocess.Popen(
            [sys.executable, "-m", "loadtests", "capacity", profile, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env=dict(os.environ),
        )
        try:
            until(lambda: (out / "probe-02" / "seconds.jsonl").exists(), seconds=40)
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 130, stdout + stderr
    assert "Traceback" not in stdout + stderr
    assert "at least 20/s" in stdout
    found = json.loads((out / "capacity.json").read_text())
    assert found["kind"] == "unfinished"
    assert "interrupted" in found["notes"][0]
    assert found["bracket"]["holds"] == 20


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["capacity", "nothing"], 2, "no shipped profile"),
        (["capacity", "smoke", "--from", "fast"], 2, "is not a rate"),
        (["capacity", "smoke", "--from", "0"], 2, "starts above 0"),
        (["capacity", "smoke", "--step", "1"], 2, "a step multiplies"),
        (["capacity", "smoke", "--tolerance", "0%"], 2, "tolerance"),
        (["capacity", "smoke", "--step-duration", "1s"], 2, "a step lasts"),
        (["capacity", "smoke", "--max-runs", "1"], 2, "runs"),
        (["capacity", "smoke", "--phase", "stedy"], 2, 'did you mean "steady"?'),
        (["capacity", "smoke", "--set", "thresholds={}"], 2, "no threshold"),
        (["capacity", "smoke", "--host", "http://127.0.0.1:1"], 1, "nothing listens"),
        (["capacity", "smoke", "--set", "target.host=http://127.0.0.1:1"], 1, "nothing listens"),
        (["capacity", "smoke", "--host", "http://127.0.0.1:1", "--shop", "skus=9"], 2, "is up already"),
        (["capacity", "smoke", "--host", "http://shop.example"], 2, "--allow-target"),
        (["plan", "nowhere", "--orders-per-second", "100"], 1, "not a run directory"),
        (["plan", ".", "--orders-per-second", "100", "--load", "140"], 2, "more than the whole"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(arguments: list[str], code: int, words: str, tmp_path: Path) -> None:
    done = zerohour(*arguments, cwd=tmp_path)
    assert done.code == code, done.stderr
    assert words in done.stderr
    assert not list(tmp_path.iterdir())
