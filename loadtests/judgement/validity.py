"""Whether the generator applied the load it promised. If not, the run proves nothing about the shop, good or bad."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from loadtests.judgement.tally import Selection, Tally
from loadtests.plan.profile import Profile
from loadtests.plan.units import render_duration, render_ratio
from loadtests.record.second import WorkerOfSecond

STALL_LAGS = 20
"""A generator that stood still this many times as long as starts may be late has made up a slow second of the shop."""
CPU_S_MIN = 1.0
"""CPU time of the generator from which on its cost per arrival can be told."""
LAG_SAMPLES_MIN = 100
"""A phase with fewer starts has no p99 of its own."""
BUSY = 0.9
"""A pool of which this share is in the shop had nobody left to start."""
LATE_SHARE_MIN = 0.005
"""Arrivals that waited for an on_start explain a p99 that is too high if they are half of its hundredth."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a run is invalid. `message` is for the user: what happened and what to change."""

    rule: str
    observed: float
    limit: float
    message: str


@dataclass(frozen=True, slots=True)
class Validity:
    reasons: tuple[Reason, ...]

    @property
    def valid(self) -> bool:
        return not self.reasons

    def to_json(self) -> dict[str, Any]:
        return {"valid": self.valid, "reasons": [asdict(reason) for reason in self.reasons]}


def check_validity(profile: Profile, tally: Tally, ended: Mapping[str, Any]) -> Validity:
    """Check a closed tally against the profile's limits; `ended` is the run's end mark, empty if it has none."""
    return Validity(
        (
            *_lost_workers(tally),
            *_unbalanced(tally),
            *_dropped(profile, tally),
            *_late(profile, tally),
            *_busy_generator(profile, tally),
            *_stalls(profile, tally),
            *_restarted(ended),
            *_faults_missing(tally),
        )
    )


def _lost_workers(tally: Tally) -> list[Reason]:
    return [
        Reason(
            "lost_worker",
            event.at,
            tally.schedule.duration_s,
            f"{event.text or 'a worker'} was lost at {event.at:.1f} s and its arrivals with it; "
            "see that worker's log, and whether its machine had memory left",
        )
        for event in tally.events
        if event.kind == "worker_lost"
    ]


def _unbalanced(tally: Tally) -> list[Reason]:
    mistakes = tally.books.mistakes()
    if not mistakes:
        return []
    missing = sum(abs(account.missing) for account in tally.books.phases.values())
    return [Reason("books", missing, 0, f"the books of arrivals do not balance: {'; '.join(mistakes)}")]


def _dropped(profile: Profile, tally: Tally) -> list[Reason]:
    total, limit = tally.books.total(), profile.validity.max_dropped
    share = total.dropped / total.offered if total.offered else 0.0
    if share <= limit:
        return []
    return [
        Reason(
            "dropped",
            share,
            limit,
            f"{total.dropped} of {total.offered} arrivals were dropped, {render_ratio(share)} and not at most "
            f"{render_ratio(limit)}: {_why_dropped(profile, tally)}",
        )
    ]


def failed_on_starts(tally: Tally) -> str:
    """How many shoppers never got past their on_start, with what the first of them raised; empty for none."""
    failing = [one for _, workers in tally.workers for one in workers if one.on_starts_failed]
    if not failing:
        return ""
    count = sum(one.on_starts_failed for one in failing)
    whose = f"{count} shoppers' on_start" if count > 1 else "1 shopper's on_start"
    return f"{whose} failed ({failing[0].on_start_failure}); see the worker's log"


def slow_on_starts(profile: Profile, tally: Tally) -> str:
    """That arrivals waited for shoppers still in their on_start, how long that takes and what helps; empty if not."""
    held_up = [one for _, workers in tally.workers for one in workers if one.on_start_s]
    takes_s = max((one.on_start_s for one in held_up), default=0.0)
    arrivals = sum(one.on_starts_awaited + one.waiting for one in held_up)
    if takes_s <= profile.validity.max_schedule_lag_p99_s or arrivals <= LATE_SHARE_MIN * tally.books.total().offered:
        return ""
    full = any(one.shoppers >= profile.max_shoppers for one in held_up)
    room = "raise run.max_shoppers, " if full else ""
    return (
        f"arrivals waited for shoppers that were still in their on_start, which took up to {render_duration(takes_s)}; "
        f"{room}let on_start do less, or do its work before the run (in a test_start listener)"
    )


def _why_dropped(profile: Profile, tally: Tally) -> str:
    """Tell a slow shop, whose shoppers are all still inside, from a generator that left shoppers standing about.

    More workers cannot help shoppers whose on_start fails: where that happened, it is to be mended first.
    """
    if failed := failed_on_starts(tally):
        return failed
    if full := all_inside(profile, tally):
        phase = tally.schedule.phase_at(full[0])
        p95_s = tally.response(phase).percentile(95)
        slow = f" (response p95 {render_duration(p95_s)} in {phase})" if p95_s is not None else ""
        return (
            f"from {full[0]} s on, all {full[1]} shoppers of a worker were in the shop{slow}; "
            "if they should have been served faster, the shop was too slow; "
            "if not, raise run.max_shoppers or add workers"
        )
    if any(event.kind == "worker_lost" for event in tally.events):
        return "the lost worker's"
    if slow := slow_on_starts(profile, tally):
        return slow
    return "the generator did not get to them though it had shoppers to spare; add workers or lower the rate"


def all_inside(profile: Profile, tally: Tally) -> tuple[int, int] | None:
    """From which second on arrivals mostly waited because every shopper was in the shop, and how many those were."""
    queued = [(number, one) for number, workers in tally.workers for one in workers if one.waiting]
    full = [
        (number, one)
        for number, one in queued
        if one.shoppers >= BUSY * profile.max_shoppers and one.in_flight >= BUSY * one.shoppers
    ]
    return (full[0][0], full[0][1].shoppers) if full and 2 * len(full) >= len(queued) else None


def _late(profile: Profile, tally: Tally) -> list[Reason]:
    limit_s = profile.validity.max_schedule_lag_p99_s
    selections = {"the run": Selection(measured=True)}
    selections |= {phase: Selection(phase=phase) for phase in tally.schedule.measured_phases}
    late: dict[str, float] = {}
    for name, selection in selections.items():
        lag = tally.schedule_lag(selection)
        p99_s = lag.percentile(99)
        enough = name == "the run" or lag.count >= LAG_SAMPLES_MIN
        if enough and p99_s is not None and p99_s > limit_s:
            late[name] = p99_s
    if not late:
        return []
    worst = max(late, key=lambda name: late[name])
    if why := failed_on_starts(tally) or slow_on_starts(profile, tally):
        message = f"shoppers started late, p99 {render_duration(late[worst])} in {worst}: {why}"
        return [Reason("schedule_lag", late[worst], limit_s, message)]
    message = (
        f"the generator started shoppers late, p99 {render_duration(late[worst])} and not at most "
        f"{render_duration(limit_s)} in {worst}, though it had free ones: add workers, lower the rate, "
        f"or give it a machine of its own{_what_a_core_starts(tally)}"
    )
    return [Reason("schedule_lag", late[worst], limit_s, message)]


def _by_worker(tally: Tally) -> dict[int, list[tuple[int, WorkerOfSecond]]]:
    """Each worker's seconds while arrivals were on; what it does in the drain hurts nobody's schedule."""
    ends_s = tally.schedule.duration_s if tally.stopped_s is None else tally.stopped_s
    series: defaultdict[int, list[tuple[int, WorkerOfSecond]]] = defaultdict(list)
    for number, workers in tally.workers:
        for one in workers:
            if number < ends_s:
                series[one.worker].append((number, one))
    return series


def _busy_generator(profile: Profile, tally: Tally) -> list[Reason]:
    """One reason for each worker whose CPU stayed above the limit for the sustained time; its longest such time."""
    limit, sustained_s = profile.validity.max_generator_cpu, profile.validity.cpu_sustained_s
    reasons = []
    for worker, series in sorted(_by_worker(tally).items()):
        longest: list[tuple[int, float]] = []
        current: list[tuple[int, float]] = []
        for number, one in series:
            current = [*current, (number, one.cpu)] if one.cpu > limit else []
            longest = max(longest, current, key=len)
        if longest and len(longest) >= sustained_s:
            mean = sum(cpu for _, cpu in longest) / len(longest)
            message = (
                f"worker {worker} used {render_ratio(mean)} of a core for {len(longest)} s from {longest[0][0]} s on, "
                f"and not at most {render_ratio(limit)}: what it measured is its own slowness; "
                f"add workers or lower the rate{_what_a_core_starts(tally)}"
            )
            reasons.append(Reason("generator_cpu", mean, limit, message))
    return reasons


def _what_a_core_starts(tally: Tally) -> str:
    """What the CPU time spent says of how many arrivals one core could start: the end of an advice, or nothing."""
    cpu_s = sum(one.cpu for series in _by_worker(tally).values() for _, one in series)
    started = tally.books.total().started
    if cpu_s < CPU_S_MIN or not started:
        return ""
    return f" (a core here starts at most about {round(started / cpu_s, -1):,.0f} arrivals/s of this kind)"


def _stalls(profile: Profile, tally: Tally) -> list[Reason]:
    limit_s = STALL_LAGS * profile.validity.max_schedule_lag_p99_s
    reasons = []
    for worker, series in sorted(_by_worker(tally).items()):
        number, worst = max(series, key=lambda entry: entry[1].stall_s)
        if worst.stall_s > limit_s:
            message = (
                f"worker {worker} stood still for {render_duration(worst.stall_s)} at {number} s, and not at most "
                f"{render_duration(limit_s)}: no answer was read meanwhile; a task that blocks, a suspended machine "
                "or one that is too busy does that"
            )
            reasons.append(Reason("stall", worst.stall_s, limit_s, message))
    return reasons


def _restarted(ended: Mapping[str, Any]) -> list[Reason]:
    if not ended.get("restarted"):
        return []
    message = (
        "the target was restarted while the run was on (its boot id changed): "
        "the seconds before and after are of two different shops; see why it went down"
    )
    return [Reason("target_restarted", 1, 0, message)]


def _faults_missing(tally: Tally) -> list[Reason]:
    """A run that was to survive a fault proves nothing without it."""
    return [
        Reason("fault_missing", event.at, 0, f"a planned fault was not injected at {event.at:.1f} s: {event.text}")
        for event in tally.events
        if event.kind == "fault_refused"
    ]
