from __future__ import annotations

import pytest

from loadtests.judgement.recovery import Pulse, fault_spans, pulse_of, recovery
from loadtests.record.histogram import Histogram
from loadtests.record.second import Event, RequestsOfSecond, Second

FAULT = [Event(10.0, "fault_started", "latency"), Event(15.0, "fault_ended", "latency")]
HEALTHY_S, HURT_S = 0.1, 2.0


def pulses(length: int, hurt: range, **changes: Pulse) -> list[Pulse]:
    made = [Pulse(n, 100, 0, HURT_S if n in hurt else HEALTHY_S) for n in range(length)]
    for name, pulse in changes.items():
        made[int(name.removeprefix("s"))] = pulse
    return made


@pytest.mark.parametrize(
    ("hurt", "took_s"),
    [(range(10, 15), 0.0), (range(10, 18), 3.0), (range(10, 25), 10.0)],
    ids=["at once", "three seconds later", "ten seconds later"],
)
def test_recovery_is_the_time_from_the_faults_end_to_the_first_good_second(hurt: range, took_s: float) -> None:
    assert recovery("latency", FAULT, pulses(30, hurt)).took_s == took_s


def test_one_good_second_is_not_yet_recovered() -> None:
    lucky = pulses(30, range(10, 20), s16=Pulse(16, 100, 0, HEALTHY_S))
    assert recovery("latency", FAULT, lucky).took_s == 5.0


def test_half_as_slow_again_is_as_good_as_before_and_a_little_more_is_not() -> None:
    slower = [Pulse(n, 100, 0, HEALTHY_S if n < 10 else 0.15 if n >= 20 else 0.151) for n in range(30)]
    assert recovery("latency", FAULT, slower).took_s == 5.0


def test_one_percentage_point_more_failures_is_as_good_and_two_are_not() -> None:
    failing = [Pulse(n, 100, 3 if n < 10 else 4 if n >= 20 else 5, HEALTHY_S) for n in range(30)]
    assert recovery("latency", FAULT, failing).took_s == 5.0


def test_a_shop_that_answers_nothing_has_not_recovered() -> None:
    silent = [Pulse(n, 100 if n < 10 or n >= 22 else 0, 0, HEALTHY_S if n < 10 or n >= 22 else 0.0) for n in range(30)]
    assert recovery("latency", FAULT, silent).took_s == 7.0


def test_a_fault_that_ends_within_a_second_counts_from_its_end() -> None:
    events = [Event(10.0, "fault_started", "latency"), Event(15.25, "fault_ended", "latency")]
    assert recovery("latency", events, pulses(30, range(10, 16))).took_s == 0.75


def test_before_means_the_thirty_seconds_before() -> None:
    long_ago_slow = [
        Pulse(n, 100, 0, HURT_S if n < 60 else HEALTHY_S if n < 100 or n > 105 else HURT_S) for n in range(120)
    ]
    events = [Event(95.0, "fault_started", "latency"), Event(100.0, "fault_ended", "latency")]
    assert recovery("latency", events, long_ago_slow).took_s == 6.0


def test_of_several_faults_the_worst_counts() -> None:
    events = [*FAULT, Event(30.0, "fault_started", "latency"), Event(32.0, "fault_ended", "latency")]
    twice = pulses(50, range(10, 17), **{f"s{n}": Pulse(n, 100, 0, HURT_S) for n in range(30, 40)})
    found = recovery("latency", events, twice)
    assert (found.faults, found.took_s) == (2, 8.0)


def test_never_recovered_says_for_how_long_it_was_watched() -> None:
    found = recovery("latency", FAULT, pulses(21, range(10, 21)))
    assert (found.took_s, found.watched_s, found.reason) == (None, 6.0, "not recovered in the 6 s after it")


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([], "no fault latency began and ended in this run"),
        ([Event(10.0, "fault_started", "latency")], "no fault latency began and ended in this run"),
        ([Event(10.0, "fault_refused", "latency")], "no fault latency began and ended in this run"),
        (
            [Event(0.0, "fault_started", "latency"), Event(5.0, "fault_ended", "latency")],
            "no request was answered before the fault latency",
        ),
    ],
)
def test_without_a_fault_or_a_time_before_it_there_is_nothing_to_judge(events: list[Event], reason: str) -> None:
    found = recovery("latency", events, pulses(30, range(0)))
    assert (found.took_s, found.reason) == (None, reason)


def test_faults_of_other_kinds_are_left_alone() -> None:
    events = [Event(1.0, "fault_started", "hang"), *FAULT, Event(20.0, "fault_ended", "hang")]
    assert fault_spans("latency", events) == [(10.0, 15.0)]
    assert fault_spans("hang", events) == [(1.0, 20.0)]


def test_a_pulse_sums_up_a_second_over_all_its_requests() -> None:
    def row(outcome: str, *durations_s: float) -> RequestsOfSecond:
        histogram = Histogram()
        histogram.record_many(durations_s)
        return RequestsOfSecond("/", "B", "p", outcome, histogram.delta(), Histogram().delta())

    pulse = pulse_of(Second(7, requests=[row("ok", *([0.1] * 18)), row("failed", 3.0, 4.0), row("refused")]))
    assert pulse[:3] == (7, 20, 2)
    assert pulse.p95_s == pytest.approx(3.0, rel=0.0005)
    assert pulse_of(Second(8)) == Pulse(8, 0, 0, 0.0)
