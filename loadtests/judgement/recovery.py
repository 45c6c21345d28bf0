"""How long the shop needs after a fault to be as good as it was before.

*Before* is the 30 s before the fault began: the median of each second's p95, and the share of failures.
*As good* is a second with answers whose p95 is at most 1.5 times that median and whose share of failures is at most one
percentage point above; *recovered* is the first of two such seconds in a row. If the fault came more than once, the
worst time counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from loadtests.record.histogram import Histogram
from loadtests.record.second import Event, Second

BEFORE_S = 30.0
P95_FACTOR = 1.5
FAILURES_MORE = 0.01
HELD_SECONDS = 2


class Pulse(NamedTuple):
    """The shop's health in one second."""

    second: int
    requests: int
    failed: int
    p95_s: float


@dataclass(frozen=True, slots=True)
class Recovery:
    """What became of one kind of fault. `took_s` is None while the shop has not recovered from one of them."""

    faults: int
    took_s: float | None
    watched_s: float
    """How long the shop could be watched after the fault that it did not recover from."""
    reason: str | None = None


def pulse_of(second: Second) -> Pulse:
    merged, failed = Histogram(), 0
    for row in second.requests:
        one = Histogram.of(row.response)
        merged.merge(one)
        failed += one.count if row.outcome == "failed" else 0
    return Pulse(second.second, merged.count, failed, merged.percentile(95) or 0.0)


def recovery(kind: str, events: Sequence[Event], pulses: Sequence[Pulse]) -> Recovery:
    """Judge every fault of a kind that has ended by what the seconds before and after it were like."""
    faults = fault_spans(kind, events)
    if not faults:
        return Recovery(0, None, 0.0, f"no fault {kind} began and ended in this run")
    worst_s = 0.0
    for started_at, ended_at in faults:
        before = [p for p in pulses if started_at - BEFORE_S <= p.second and p.second + 1 <= started_at and p.requests]
        if not before:
            return Recovery(len(faults), None, 0.0, f"no request was answered before the fault {kind}")
        took_s = _took_s(before, ended_at, pulses)
        if took_s is None:
            watched_s = max(0.0, pulses[-1].second + 1 - ended_at)
            return Recovery(len(faults), None, watched_s, f"not recovered in the {watched_s:.0f} s after it")
        worst_s = max(worst_s, took_s)
    return Recovery(len(faults), worst_s, 0.0)


def fault_spans(kind: str, events: Sequence[Event]) -> list[tuple[float, float]]:
    """(start, end) run seconds of the faults of a kind that have ended, in the order in which they ended."""
    started: list[float] = []
    spans: list[tuple[float, float]] = []
    for event in events:
        if event.text != kind:
            continue
        if event.kind == "fault_started":
            started.append(event.at)
        elif event.kind == "fault_ended" and started:
            spans.append((started.pop(0), event.at))
    return spans


def _took_s(before: Sequence[Pulse], ended_at: float, pulses: Sequence[Pulse]) -> float | None:
    p95_s_max = P95_FACTOR * median(pulse.p95_s for pulse in before)
    failures_max = sum(pulse.failed for pulse in before) / sum(pulse.requests for pulse in before) + FAILURES_MORE
    good = 0
    for pulse in pulses:
        if pulse.second + 1 <= ended_at:
            continue
        well = pulse.requests > 0 and pulse.p95_s <= p95_s_max and pulse.failed <= failures_max * pulse.requests
        good = good + 1 if well else 0
        if good == HELD_SECONDS:
            return max(0.0, pulse.second + 1 - HELD_SECONDS - ended_at)
    return None
