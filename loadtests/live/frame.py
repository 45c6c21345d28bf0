"""One second of a run as the pages get it: a frame of plain data, from the same tally that the gate judges. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

from loadtests.judgement.judging import ThresholdResult
from loadtests.judgement.margin import margin
from loadtests.judgement.tally import Selection, Tally
from loadtests.plan.profile import Profile
from loadtests.record.histogram import Histogram, HistogramDelta
from loadtests.record.histogram_sum import HistogramSum
from loadtests.record.second import RequestsOfSecond, Second
from loadtests.terminal.progress import Progress

OPERATIONS_MAX = 40
"""Those with the most requests; a locustfile that names each URL apart would fill the page, and the wire."""

Plain = dict[str, Any]


def opening_of(profile: Profile, run_id: str, target: str, workers: int) -> Plain:
    """What does not change while a run is on. Seconds of the run, rates per second, limits in base units."""
    schedule, day = profile.schedule(), profile.shaped_day()
    ends = list(accumulate(stage.duration_s for stage in profile.stages))
    plan = [
        point
        for stage, ends_s in zip(profile.stages, ends, strict=True)
        for point in ([ends_s - stage.duration_s, stage.from_rate], [ends_s, stage.to_rate])
    ]
    return {
        "run": run_id,
        "profile": profile.name,
        "target": target,
        "duration_s": schedule.duration_s,
        "workers": workers,
        "festival": day is not None,
        "shops": profile.locustfile is None,
        "phases": [
            {"phase": phase, "from_s": from_s, "to_s": to_s, "measured": phase in schedule.measured_phases}
            for phase in schedule.phases
            for from_s, to_s in schedule.phase_spans_s(phase)
        ],
        "plan": plan,
        "thresholds": [
            {"selector": one.selector, "expression": one.expression, "limit": one.limit, "unit": one.unit}
            for one in profile.thresholds
        ],
        "limits": {
            "cpu": profile.validity.max_generator_cpu,
            "lag_p99_s": profile.validity.max_schedule_lag_p99_s,
            "dropped": profile.validity.max_dropped,
        },
    }


def frame_of(
    profile: Profile, second: Second, tally: Tally, results: Sequence[ThresholdResult], told: Progress
) -> Plain:
    """A second that `tally` has already taken in. `told` is what the terminal shows of it: the pages show no other."""
    books = tally.books.total()
    lag_p99_s = tally.schedule_lag(Selection()).percentile(99)
    return {
        "at_s": told.run_s,
        "phase": told.phase,
        "clock": told.festival_clock,
        "arrivals": {**books.to_json(), "started": books.started},
        "in_shop": told.in_flight,
        "waiting": told.waiting,
        "shoppers": told.shoppers,
        "response": {"p50": told.response_p50_s, "p95": told.response_p95_s, "p99": told.response_p99_s},
        "requests": told.requests,
        "refused": told.refused,
        "failed": told.failed,
        "business": {"orders": told.orders, "payments": told.payments, "gmv_fen": told.gmv_fen},
        "counts_business": bool(tally.business),
        "thresholds": [
            {"result": result.result, "observed": result.observed, "margin": spare, "samples": result.samples}
            for result, spare in zip(results, _margins(profile, results), strict=True)
        ],
        "operations": [_operation(tally, name) for name in busiest(tally)],
        "operations_unseen": max(0, len({key.operation for key in tally.responses}) - OPERATIONS_MAX),
        "by_phase": phases_of(tally),
        "workers": [
            {
                "worker": one.worker,
                "cpu": one.cpu,
                "stall_s": one.stall_s,
                "shoppers": one.shoppers,
                "in_shop": one.in_flight,
                "waiting": one.waiting,
            }
            for one in sorted(second.workers, key=lambda one: one.worker)
        ],
        "lag_p99_s": lag_p99_s,
        "events": [{"at": event.at, "kind": event.kind, "text": event.text} for event in second.events],
        "point": point_of(second, told, _margins(profile, results)),
    }


def _margins(profile: Profile, results: Sequence[ThresholdResult]) -> list[float | None]:
    return [margin(threshold, result) for threshold, result in zip(profile.thresholds, results, strict=True)]


def busiest(tally: Tally) -> list[str]:
    """Operations by name: those with the most requests, as many as a page can show."""
    counts: dict[str, int] = {}
    for key, sums in tally.responses.items():
        counts[key.operation] = counts.get(key.operation, 0) + sums.count
    return sorted(sorted(counts, key=lambda name: -counts[name])[:OPERATIONS_MAX])


def _operation(tally: Tally, name: str) -> Plain:
    selection = Selection(operation=name)
    outcomes = tally.outcomes(selection)
    return {
        "operation": name,
        "requests": sum(outcomes.values()),
        "refused": outcomes.get("refused", 0),
        "failed": outcomes.get("failed", 0),
        "response": percentiles(tally.trend("response", selection)),
        "service": percentiles(tally.trend("service", selection)),
    }


def phases_of(tally: Tally) -> list[Plain]:
    """A row for each phase in the schedule's order: its arrivals' account and its response times so far."""
    rows = []
    for phase in tally.schedule.phases:
        outcomes = tally.outcomes(Selection(phase=phase))
        account = tally.account(Selection(phase=phase))
        rows.append(
            {
                "phase": phase,
                **account.to_json(),
                "requests": sum(outcomes.values()),
                "failed_requests": outcomes.get("failed", 0),
                "response": percentiles(tally.response(phase)),
            }
        )
    return rows


def percentiles(durations: HistogramSum) -> Plain:
    """Seconds; None where nothing was measured."""
    named = {"p50": 50, "p95": 95, "p99": 99}
    return {**{name: durations.percentile(q) for name, q in named.items()}, "max": durations.max_s}


def point_of(second: Second, told: Progress, margins: Sequence[float | None]) -> Plain:
    """What the charts draw of one second: every figure is of that second alone, but for the margins."""
    rows = second.requests
    response = _merged(row.response for row in rows)
    by_operation: dict[str, list[RequestsOfSecond]] = {}
    for row in rows:
        by_operation.setdefault(row.operation, []).append(row)
    counts = {outcome: sum(sum(row.response.buckets[1::2]) for row in rows if row.outcome == outcome)
              for outcome in ("ok", "refused", "failed")}  # fmt: skip
    accounts, done = second.arrivals.values(), second.business.values()
    busiest_first = sorted(by_operation, key=lambda name: -sum(len(row.response.buckets) for row in by_operation[name]))
    return {
        "at_s": told.run_s,
        "offered": told.offered_now,
        "started": told.started_now,
        "ended": sum(account.completed + account.failed for account in accounts),
        "dropped": sum(account.dropped for account in accounts),
        "waiting": told.waiting,
        "in_shop": told.in_flight,
        "p50": response.percentile(50),
        "p95": response.percentile(95),
        "p99": response.percentile(99),
        "service_p95": _merged(row.service for row in rows).percentile(95),
        "requests": sum(counts.values()),
        "refused": counts["refused"],
        "failed": counts["failed"],
        "orders": sum(each.orders for each in done),
        "payments": sum(each.payments for each in done),
        "gmv_fen": sum(each.gmv_fen for each in done),
        "cpu": told.cpu,
        "lag_p99": _merged(second.lag.values()).percentile(99),
        "margins": list(margins),
        "operations": {
            name: _merged(row.response for row in by_operation[name]).percentile(95)
            for name in busiest_first[:OPERATIONS_MAX]
        },
    }


def _merged(deltas: Iterable[HistogramDelta]) -> Histogram:
    merged = Histogram()
    for delta in deltas:
        merged.merge(Histogram.of(delta))
    return merged
