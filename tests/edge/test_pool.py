"""The pool makes as many shoppers as arrivals need, however long their on_start takes and however often it fails."""

from __future__ import annotations

import locust  # isort: skip  # first of all: it patches sockets, threads and time for the whole process

import time
from typing import Any

import gevent
import pytest
from locust import User, task
from locust.exception import StopTest

from loadtests.crowd.failed_starts import PAUSE_S, PAUSE_S_MAX, FailedStarts
from loadtests.crowd.first_steps import LEAD_S_MAX, MARGIN, FirstSteps
from loadtests.crowd.turnstile import HORIZON_S
from tests.edge.one_gate import Gate, user, visits

assert locust.__version__


@pytest.mark.parametrize("settle_s", [0.0, 5.0], ids=["opened meanwhile", "opened when ready"])
def test_a_slow_on_start_makes_no_stampede(settle_s: float) -> None:
    log_ins: list[int] = []

    def on_start(self: Any) -> None:
        log_ins.append(1)
        gevent.sleep(0.6)

    kind = user(lambda self: None, on_start=on_start)
    gate = Gate(kind, rate=100, seconds=1.0, pool=5000, settle_s=settle_s)
    account = gate.account(drain_s=3.0)
    assert account.completed == 100
    assert len(log_ins) <= 130  # for 100 arrivals, a tenth more and a few spare ones


def test_who_is_on_the_way_when_the_doors_would_open_is_waited_for() -> None:
    gate = Gate(user(lambda self: None, on_start=lambda self: gevent.sleep(0.3)), settle_s=5.0)
    lag = gate.run().lag["steady"]
    assert lag.max_ns < 0.2e9


def test_shoppers_are_made_as_far_ahead_as_their_on_start_takes() -> None:
    kind = user(lambda self: gevent.sleep(5.0), on_start=lambda self: gevent.sleep(0.6))
    gate = Gate(kind, seconds=1.7, pool=500, settle_s=5.0)
    account = gate.account(drain_s=0.1)
    assert (account.started, account.unfinished) == (85, 85)
    assert gate.pool.first_steps.awaited == 0  # and not the 25 for whom a look of a quarter of a second comes too late


def test_who_waited_for_an_on_start_is_counted() -> None:
    kind = user(lambda self: gevent.sleep(5.0), on_start=lambda self: gevent.sleep(0.3))
    gate = Gate(kind, seconds=0.2)
    gate.run(drain_s=0.5)
    awaited, took_s = gate.pool.first_steps.take(0.0, waiting=False)
    assert awaited == 10
    assert took_s == pytest.approx(0.3, abs=0.1)


def test_nobody_is_looked_for_who_could_not_be_made() -> None:
    gate = Gate(user(lambda self: None, on_start=lambda self: gevent.sleep(0.2)), rate=100, seconds=60, pool=30)
    gate.pool.first_steps.began("one", time.monotonic() - 100)
    gate.pool.fill(1.0)
    assert gate.turnstile.horizon_s == HORIZON_S
    assert len(gate.turnstile.upcoming) <= 101
    gate.pool.close()


def test_what_an_on_start_takes_is_learned_by_class_and_bounded() -> None:
    steps = FirstSteps()
    assert steps.lead_s(100.0) == 0.0
    steps.began("first", 100.0)
    assert steps.lead_s(101.0) == MARGIN * 1.0  # as long as nothing better is known
    steps.succeeded("first", "A", 102.0, awaited=False)
    assert steps.lead_s(200.0) == MARGIN * 2.0
    for number in range(100):
        steps.began(number, 200.0)
        steps.succeeded(number, "B", 200.1, awaited=False)
    assert steps.lead_s(200.0) == MARGIN * 2.0
    for number in range(100):
        steps.began(number, 300.0)
        steps.succeeded(number, "A", 301.0, awaited=number > 97)
    assert steps.lead_s(400.0) == pytest.approx(MARGIN * 1.0, rel=0.01)
    assert steps.take(400.0, waiting=True) == (2, 1.0)
    steps.began("failing", 400.0)
    assert steps.take(403.0, waiting=True) == (0, 3.0)
    assert steps.take(403.0, waiting=False) == (0, 0.0)
    steps.ended("failing")
    assert steps.take(403.0, waiting=True) == (0, 0.0)
    steps.began("stuck", 400.0)
    steps.succeeded("stuck", "C", 500.0, awaited=False)
    assert steps.lead_s(500.0) == LEAD_S_MAX


def test_arrivals_that_wait_get_a_shopper_each_and_not_more() -> None:
    log_ins: list[int] = []

    def on_start(self: Any) -> None:
        log_ins.append(1)
        gevent.sleep(0.3)

    gate = Gate(user(lambda self: gevent.sleep(10), on_start=on_start), rate=100, seconds=0.2)
    gate.pool.grow = lambda: None  # type: ignore[method-assign]
    gate.run(drain_s=0.5)
    assert len(log_ins) == 20


def test_a_user_whose_on_start_fails_never_takes_an_arrival_with_it() -> None:
    tries: list[int] = []

    def on_start(self: Any) -> None:
        tries.append(1)
        if len(tries) <= 5:
            raise OSError("no login")

    gate = Gate(user(lambda self: None, on_start=on_start))
    account = gate.account()
    assert account.completed == 25
    assert gate.pool.failed_starts.take() == (5, "OSError: no login")
    assert gate.pool.failed_starts.take() == (0, "")


@pytest.mark.parametrize("takes_s", [0.0, 0.2])
def test_an_on_start_that_always_fails_is_tried_at_a_bounded_pace_and_counted(takes_s: float) -> None:
    tries: list[float] = []

    def on_start(self: Any) -> None:
        tries.append(time.monotonic())
        gevent.sleep(takes_s)
        raise OSError("no login")

    gate = Gate(user(lambda self: None, on_start=on_start), rate=100, seconds=1.0)
    account = gate.account(drain_s=0.5)
    assert account.dropped == 100
    late = [at for at in tries if at > tries[0] + 0.3]
    assert len(late) <= 25  # in 1.2 s, and not some for each of 100 arrivals, 50 times a second
    assert len(late) >= 2
    count, first = gate.pool.failed_starts.take()
    assert first == "OSError: no login"
    assert len(tries) - 5 <= count <= len(tries)  # the last few may still be at it when all are sent home


def test_shoppers_come_again_once_on_start_succeeds() -> None:
    mended_at = time.monotonic() + 0.4

    def on_start(self: Any) -> None:
        if time.monotonic() < mended_at:
            raise OSError("no login")

    assert visits(user(lambda self: None, on_start=on_start), seconds=1.0).completed == 50


def test_a_class_that_cannot_be_made_any_more_is_counted_and_ends_nothing() -> None:
    tries: list[int] = []

    class Visitor(User):
        def __init__(self, environment: Any) -> None:
            super().__init__(environment)
            tries.append(1)
            if len(tries) > 5:
                raise OSError("no more")

        @task
        def stay(self) -> None:
            gevent.sleep(0.1)

    gate = Gate(Visitor)
    gate.pool._growing = True
    assert gate.account(drain_s=2.0).completed == 25
    assert len(tries) <= 30
    assert gate.pool.failed_starts.take() == (len(tries) - 5, "OSError: no more")


def test_a_class_that_cannot_be_made_before_the_doors_open_is_a_mistake() -> None:
    def init(self: Any, environment: Any) -> None:
        raise OSError("no host")

    with pytest.raises(OSError, match="no host"):
        Gate(user(lambda self: None, __init__=init)).run()


@pytest.mark.parametrize(
    ("wish", "told"), [(StopTest("enough"), "StopTest: enough"), (SystemExit("enough"), "SystemExit: enough")]
)
def test_a_wish_to_end_the_run_in_on_start_is_passed_on_and_is_no_failure(wish: BaseException, told: str) -> None:
    tries: list[int] = []

    def on_start(self: Any) -> None:
        tries.append(1)
        if len(tries) > 10:
            raise wish

    gate = Gate(user(lambda self: gevent.sleep(0.6), on_start=on_start), pool=200, settle_s=1.0)
    second = gate.run(drain_s=4.0)
    account = second.arrivals["steady"]
    assert (account.started, account.completed) == (25, 25)  # the ten that are there go on
    assert set(gate.asked) == {told}
    assert gate.pool.failed_starts.take()[0] == 0
    assert len(tries) <= 10 + 25  # those made at once, and nobody later
    # The last wait 0.7 s for one of the ten, which is not started late by us.
    assert max(lag.max_ns for lag in second.lag.values()) < 0.4e9


def test_an_exit_in_a_class_s_making_asks_for_the_end_and_makes_nobody_else() -> None:
    tries: list[int] = []

    class Visitor(User):
        def __init__(self, environment: Any) -> None:
            super().__init__(environment)
            tries.append(1)
            if len(tries) > 5:
                raise SystemExit("no more accounts")

        @task
        def stay(self) -> None:
            gevent.sleep(0.05)

    gate = Gate(Visitor)
    gate.pool._growing = True
    assert gate.account(drain_s=2.0).completed == 25
    assert (len(tries), gate.asked) == (6, ["SystemExit: no more accounts"])


def test_the_pause_doubles_with_each_round_of_failures_up_to_its_bound_and_ends_with_a_success() -> None:
    failed, now = FailedStarts(), 100.0
    pauses: list[float] = []
    for _ in range(12):
        failed.failed("A", OSError(), now)
        failed.failed("A", OSError(), now)  # of the same round
        began_at = now
        while not failed.may_try("A", now):
            now += 0.01
        pauses.append(now - began_at)
    assert pauses[:3] == pytest.approx([PAUSE_S, 2 * PAUSE_S, 4 * PAUSE_S], abs=0.02)
    assert pauses[-1] == pytest.approx(PAUSE_S_MAX, abs=0.02)
    assert failed.troubled("A")
    assert not failed.troubled("B")
    failed.succeeded("A")
    assert failed.may_try("A", 0.0)
    assert not failed.troubled("A")
    assert failed.take() == (24, "OSError")


def test_what_is_said_of_a_failure_is_one_short_line() -> None:
    failed = FailedStarts()
    failed.failed("A", ValueError("<html>\n" + "x" * 5000), 0.0)
    said = failed.take()[1]
    assert said.startswith("ValueError: <html> xxx")
    assert len(said) < 250
