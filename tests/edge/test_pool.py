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


def test_a_stop_test_in_on_start_asks_for_the_end_and_is_no_failure() -> None:
    def on_start(self: Any) -> None:
        raise StopTest("enough")

    gate = Gate(user(lambda self: None, on_start=on_start), seconds=0.1)
    gate.run(drain_s=0.1)
    assert gate.asked[0] == "StopTest: enough"
    assert gate.pool.failed_starts.take()[0] == 0


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
