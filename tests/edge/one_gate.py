"""A turnstile with its pool in this process, and stock Locust users to send through it. `import locust` patches it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent.pool import Group
from locust import User, task
from locust.env import Environment

from loadtests.crowd.pool import Pool
from loadtests.crowd.recorder import Recorder
from loadtests.crowd.task_bounds import walk_after_error
from loadtests.crowd.turnstile import Turnstile
from loadtests.crowd.visit import Festival
from loadtests.plan.arrivals import Schedule, Stage
from loadtests.record.books import Account
from loadtests.record.second import Second, WorkerOfSecond


class Gate:
    """A turnstile with its pool, in this process, for one second's schedule."""

    def __init__(
        self,
        kind: type[User],
        *,
        rate: float = 50,
        seconds: float = 0.5,
        pool: int = 100,
        patience_s: float = 5.0,
        settle_s: float = 0.0,
    ) -> None:
        self.settle_s = settle_s
        self.environment = Environment(user_classes=[kind])
        self.schedule = Schedule((Stage("steady", seconds, rate, rate),), "even")
        self.festival = Festival("r", 0, 1, self.schedule, float("inf"))
        self.recorder = Recorder(self.festival)
        self.turnstile = Turnstile(
            self.festival, self.schedule.stripe(0, 1), lambda _: kind.__name__, self.recorder, patience_s
        )
        self.asked: list[str] = []
        self.turnstile.install(self.asked.append)
        self.pool = Pool(self.environment, Group(), {kind.__name__: kind}, self.turnstile, pool, self.asked.append)
        self.environment.events.user_error.add_listener(self.recorder.raised)
        self.environment.events.user_error.add_listener(walk_after_error)
        self.environment.events.request.add_listener(self.recorder.request)

    def run(self, drain_s: float = 1.0) -> Second:
        self.pool.fill(self.settle_s)
        self.festival.opened_at = time.monotonic() + 0.05
        growing = gevent.spawn(self.pool.run)
        self.turnstile.run()
        ends_at = time.monotonic() + drain_s
        while time.monotonic() < ends_at and not self.turnstile.empty:
            gevent.sleep(0.01)
        growing.kill()
        self.turnstile.drop_waiting()
        self.turnstile.abandon(time.monotonic())
        self.pool.close()
        return self.recorder.cut().pack(0, WorkerOfSecond(0), lambda: None)

    def account(self, drain_s: float = 1.0) -> Account:
        return self.run(drain_s).arrivals["steady"]


def visits(kind: type[User], **settings: Any) -> Account:
    return Gate(kind, **settings).account()


def user(body: Callable[[Any], None], **attributes: Any) -> type[User]:
    """A stock User class whose one task is `body`; it wants to wait for ever between tasks."""
    return type("Visitor", (User,), {"task_": task(body), "wait_time": lambda self: 3600.0, **attributes})


def ask(self: Any, name: str, error: Exception | None = None) -> None:
    """What a stock client does when an answer has come."""
    self.environment.events.request.fire(
        request_type="GET", name=name, response_time=5.0, response_length=0, exception=error, context={}
    )
