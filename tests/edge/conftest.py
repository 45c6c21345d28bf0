"""Shops to visit and shoppers to send. `import locust` patches the process: run `pytest tests/edge` by itself."""

from __future__ import annotations

import locust  # isort: skip  # first of all: it patches sockets, threads and time for the whole process

import json
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gevent
import pytest
from locust import TaskSet
from locust.env import Environment

from loadtests.crowd.visit import BusinessCount, Festival, Visit, go_on
from loadtests.plan.arrivals import Schedule, Stage
from loadtests.running.processes import PlatformProcess
from loadtests.scenarios.festival_shopper import FestivalShopper
from loadtests.shop.target import Target

assert locust.__version__
LONGEST_S = 30.0


@pytest.fixture(autouse=True)
def nobody_on_a_visit() -> Iterator[None]:
    """A visit left on the tests' own greenlet would be taken for that of whoever it spawns later."""
    yield
    own = vars(gevent.getcurrent())
    own.pop("visit", None)
    own.pop("spawn_tree_locals", None)


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as Locust's listeners are told of it."""

    operation: str
    outcome: str
    exception: str
    response_ms: float


@dataclass
class Crowd:
    """A run without a turnstile: visits begin when the test says so, and everything they do is kept."""

    host: str
    shop: dict[str, Any]
    schedule: Schedule = field(default_factory=lambda: Schedule((Stage("daytime", 600.0, 1.0, 1.0),)))
    connections: str = "keep"
    run_id: str = "run"
    seen: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.environment = Environment(host=self.host)
        self.festival = Festival(
            run_id=self.run_id,
            worker=0,
            seed=11,
            schedule=self.schedule,
            opened_at=time.monotonic(),
            timeout_s=10.0,
            connections=self.connections,
            shop=self.shop,
        )
        self.environment.festival = self.festival  # type: ignore[attr-defined]
        self.environment.events.request.add_listener(self._see)

    def _see(self, *, name: str, outcome: str, exception: Any, response_time: float, **_: Any) -> None:
        self.seen.append(Seen(name, outcome, str(exception or ""), response_time))

    def send(self, kind: type[FestivalShopper], *seeds: int, turnstile: bool = True) -> list[FestivalShopper]:
        """One visit for each seed, all at once; returns when the last has left."""
        users = [self.shopper(kind) for _ in seeds]

        def visit(user: FestivalShopper, seed: int) -> None:
            if turnstile:
                go_on(Visit(seed, self.festival.phase(), kind.__name__, time.monotonic(), seed))
            user.visit_the_shop()

        greenlets = [gevent.spawn(visit, user, seed) for user, seed in zip(users, seeds, strict=True)]
        with gevent.Timeout(LONGEST_S):
            gevent.joinall(greenlets, raise_error=True)
        return users

    def shopper(self, kind: type[FestivalShopper]) -> FestivalShopper:
        kind.host = self.host
        return kind(self.environment)

    # -- what came of it ----------------------------------------------------------------------------------------------

    def outcomes(self, operation: str) -> list[str]:
        return [seen.outcome for seen in self.seen if seen.operation == operation]

    def failures(self) -> list[tuple[str, str]]:
        return [(seen.operation, seen.exception) for seen in self.seen if seen.outcome == "failed"]

    def beliefs(self, step: str) -> dict[str, list[str]]:
        """The states written into the journal for each key, in order."""
        states: dict[str, list[str]] = {}
        for entry in self.festival.journal:
            if entry["step"] == step:
                states.setdefault(entry["key"], []).append(entry["state"])
        return states

    def business(self) -> BusinessCount:
        total = BusinessCount()
        for tally in self.festival.business.values():
            total.orders += tally.orders
            total.payments += tally.payments
            total.gmv_fen += tally.gmv_fen
        return total


@pytest.fixture(autouse=True)
def locust_as_it_was() -> Iterator[None]:
    """A turnstile replaces parts of Locust's loop over tasks for the whole process."""
    parts = {name: getattr(TaskSet, name) for name in ("run", "execute_next_task", "wait")}
    yield
    for name, part in parts.items():
        setattr(TaskSet, name, part)


class LyingShop:
    """The process of `lying_shop.py`, honest until told otherwise."""

    def __init__(self, port: int) -> None:
        self.host = f"http://127.0.0.1:{port}"
        self.shop = {"customers": 50, "skus": 30, "categories": ["tea", "shoes"]}

    def lie(self, **lie: Any) -> None:
        request = urllib.request.Request(f"{self.host}/lie", json.dumps(lie).encode(), method="POST")
        urllib.request.urlopen(request, timeout=5).close()

    def seen(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.host}/seen", timeout=5) as answer:
            requests: list[dict[str, Any]] = json.load(answer)
        return requests


@pytest.fixture(scope="session")
def lying_process() -> Iterator[LyingShop]:
    script = Path(__file__).with_name("lying_shop.py")
    process = subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdin is not None
    try:
        yield LyingShop(int(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.wait(10)


@pytest.fixture
def shop(lying_process: LyingShop) -> LyingShop:
    lying_process.lie(reset=True)
    return lying_process


@pytest.fixture
def make_crowd() -> type[Crowd]:
    """To be called with a host and what its shop says of itself."""
    return Crowd


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The real mock platform, small: 300 customers, 400 SKUs, a bank that answers in 20 ms."""
    log = tmp_path_factory.mktemp("platform") / "platform.log"
    flags = ["--customers", "300", "--skus", "400", "--merchants", "20", "--bank-latency-s", "0.02"]
    flags += ["--picked-after-s=0.1", "--packed-after-s=0.1", "--carrier-collected-s=0.2", "--carrier-delivered-s=0.5"]
    flags += ["--carrier-road-km-per-s=20000", "--chase-after-s=3", "--settle-every-s=0.2"]
    calm = [f"--bank-{word}-rate=0" for word in ("declined", "late", "lost", "doubled")]
    with PlatformProcess(log, [*flags, *calm]) as process:
        assert isinstance(process, PlatformProcess)
        yield Target(process.wait_until_ready(), process.admin_token)


@pytest.fixture
def crowd(platform: Target) -> Crowd:
    """Visitors of the real platform, each test a run of its own."""
    return Crowd(platform.host, platform.shop().seeded, run_id=f"run-{secrets.token_hex(3)}")
