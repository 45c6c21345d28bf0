"""Runs the real command line against real servers for the system tests, and reads what it left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TIMEOUT_S = 150

PINGER = """
from locust import FastHttpUser, task


class Pinger(FastHttpUser):
    @task
    def ping(self):
        self.client.get("/ping")
"""

FREEZE = """
[run]
name = "freeze"
seed = 11
locustfile = "pinger.py"
arrivals = "even"
max_shoppers = 2000
patience = "30s"
drain = "{drain}"
[target]
timeout = "30s"
[[stages]]
phase = "steady"
duration = "{duration}"
rate = {rate}
[scenarios]
Pinger = 1
[thresholds]
"response{{operation=/ping,phase=steady}}" = ["p(95) < {p95}", "p(99.9) < {p99_9}"]
"failures" = ["rate < 0.1%"]
{more}
[validity]
max_schedule_lag_p99 = "{lag}"
"""


@dataclass(frozen=True)
class Outcome:
    """How a command ended: exit code, what it printed, and the run directory."""

    code: int
    stdout: str
    stderr: str
    directory: Path

    @property
    def verdict(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.directory / "verdict.json").read_text())
        return found


def zerohour(
    *arguments: str, out: Path | None = None, env: dict[str, str] | None = None, cwd: Path | None = None
) -> Outcome:
    """Run `zerohour` to its end; no traceback is ever acceptable."""
    directory = out or Path()
    extra = ["--headless", "--out", str(out)] if out is not None else []
    with tempfile.TemporaryDirectory() as elsewhere:
        done = subprocess.run(
            [sys.executable, "-m", "loadtests", *arguments, *extra],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            cwd=cwd or elsewhere,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            check=False,
        )
    assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
    return Outcome(done.returncode, done.stdout, done.stderr, directory)


def start_zerohour(*arguments: str, out: Path, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """Start `zerohour` and leave it running."""
    return subprocess.Popen(
        [sys.executable, "-m", "loadtests", *arguments, "--headless", "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **(env or {})},
    )


@contextmanager
def ping_server(habit: str) -> Iterator[str]:
    """A server with one bad habit in a process of its own; gives its base URL."""
    with _server("ping_server.py", habit) as url:
        yield url


@contextmanager
def slow_server(diary: Path) -> Iterator[str]:
    """A server that takes 1,045 ms, and writes into the diary what each answer took; gives its base URL."""
    with _server("slow_server.py", str(diary)) as url:
        yield url


@contextmanager
def _server(script: str, argument: str) -> Iterator[str]:
    process = subprocess.Popen([sys.executable, str(HERE / script), argument], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()


def freeze_profile(
    folder: Path,
    rate: float = 100,
    drain: str = "10s",
    more: str = "",
    duration: str = "12s",
    lag: str = "1s",
    strict: bool = False,
) -> str:
    """Write DESIGN's `freeze` profile and its locustfile of one stock FastHttpUser; gives the profile's path.

    Tests run four at a time on two cores: what that makes late is no generator's failure, and no shop's. Who tests the
    generator gives `lag`; `strict` has DESIGN's thresholds for the shop.
    """
    (folder / "pinger.py").write_text(PINGER)
    p95, p99_9 = ("500ms", "2s") if strict else ("5s", "10s")
    profile = FREEZE.format(p95=p95, p99_9=p99_9, rate=rate, drain=drain, more=more, duration=duration, lag=lag)
    (folder / "freeze.toml").write_text(profile)
    return str(folder / "freeze.toml")


@contextmanager
def run_under_way(
    folder: Path, workers: int, duration: str = "12s", lag: str = "1s"
) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A run whose arrivals have begun; ended if the test did not."""
    out = folder / "run"
    with ping_server("prompt") as host:
        profile = freeze_profile(folder, duration=duration, lag=lag)
        process = start_zerohour("run", profile, "--host", host, "--workers", str(workers), out=out)
        try:
            until(lambda: (out / "seconds.jsonl").exists() and (out / "seconds.jsonl").read_bytes().count(b"\n") >= 3)
            yield process, out
        finally:
            process.kill()
            process.wait()


def until(true: Callable[[], bool], seconds: float = 30, every_s: float = 0.05) -> None:
    ends_at = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends_at, "it never came true"
        time.sleep(every_s)


def finish(process: subprocess.Popen[str], out: Path) -> Outcome:
    stdout, stderr = process.communicate(timeout=90)
    assert "Traceback" not in stdout + stderr
    return Outcome(process.returncode, stdout, stderr, out)


def children_of(process: subprocess.Popen[str]) -> list[int]:
    listing = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=False
    )
    return sorted(int(word) for word in listing.stdout.split())
