"""The alarm clock: never early, finer than a millisecond, and unhurt by sleepers that are killed."""

from __future__ import annotations

import random
import time
from statistics import median

import gevent
import pytest

from loadtests.crowd import alarm
from loadtests.crowd.alarm import Alarm, sleep_until


def lateness(instants: list[float]) -> list[float]:
    late: list[float] = []

    def sleep(at: float) -> None:
        sleep_until(at)
        late.append(time.monotonic() - at)

    gevent.joinall([gevent.spawn(sleep, at) for at in instants], timeout=10)
    return late


def test_nobody_is_woken_early_or_forgotten_and_most_within_half_a_millisecond() -> None:
    chance, now = random.Random(3), time.monotonic()
    late = lateness([now + 0.05 + chance.random() for _ in range(300)])
    assert len(late) == 300
    assert min(late) >= 0
    assert median(late) < 0.0005


def test_an_instant_that_is_over_lets_others_run_and_returns() -> None:
    turns: list[str] = []
    other = gevent.spawn(turns.append, "other")
    sleep_until(time.monotonic() - 5)
    other.join()
    assert turns == ["other"]


def test_an_earlier_sleeper_is_not_kept_by_a_later_one() -> None:
    now = time.monotonic()
    late = gevent.spawn(sleep_until, now + 5)
    gevent.sleep(0)
    sleep_until(now + 0.05)
    assert time.monotonic() - now < 1
    late.kill()


def test_a_killed_sleeper_leaves_the_others_their_alarm() -> None:
    now = time.monotonic()
    killed, other = gevent.spawn(sleep_until, now + 0.05), gevent.spawn(sleep_until, now + 0.1)
    gevent.sleep(0.01)
    killed.kill()
    other.join(timeout=2)
    assert other.ready() and other.successful()


def test_without_timer_files_it_is_an_ordinary_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_to_be_had() -> Alarm:
        raise OSError("no timer files on this system")

    monkeypatch.setattr(alarm, "_alarms", {})
    monkeypatch.setattr(alarm, "Alarm", none_to_be_had)
    now = time.monotonic()
    sleep_until(now + 0.02)
    assert 0.02 <= time.monotonic() - now < 1
