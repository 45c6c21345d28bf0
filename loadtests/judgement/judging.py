"""Holds one threshold against the tally. What was not measured is NO_DATA, never a pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from loadtests.judgement.recovery import recovery
from loadtests.judgement.tally import Selection, Tally
from loadtests.plan.thresholds import Threshold
from loadtests.plan.units import did_you_mean
from loadtests.record.histogram_sum import HistogramSum

Result = Literal["PASS", "FAIL", "NO_DATA"]


@dataclass(frozen=True, slots=True)
class ThresholdResult:
    """One row of `thresholds` in verdict.json, in base units: seconds, shares, counts, fen."""

    metric: str
    labels: Mapping[str, str]
    expression: str
    observed: float | None
    limit: float
    unit: str
    samples: int
    result: Result
    first_breach_s: float | None = None
    """The run second in which the value of the run so far first broke the threshold; only of a FAIL."""
    reason: str | None = None
    """Why there is no data, or what the observed value means where that isn't plain."""

    def to_json(self) -> dict[str, Any]:
        row = asdict(self)
        if self.reason is None:
            del row["reason"]
        return row


@dataclass(frozen=True, slots=True)
class Observation:
    value: float | None
    samples: int
    reason: str | None = None
    """Why there is nothing to judge."""
    failed: bool = False
    """It broke the threshold, whatever the value says."""


def judge_all(
    thresholds: Sequence[Threshold], tally: Tally, queried: Mapping[str, float] | None = None
) -> list[ThresholdResult]:
    """Judge each threshold on the run so far."""
    return [judge(threshold, tally, queried) for threshold in thresholds]


def judge(threshold: Threshold, tally: Tally, queried: Mapping[str, float] | None = None) -> ThresholdResult:
    """Judge a threshold on the run so far; `queried` holds what Prometheus answered, by query."""
    seen = _observe(threshold, tally, queried or {})
    wanted = max(1, threshold.min_samples)
    result: Result
    reason = seen.reason
    if seen.failed:
        result = "FAIL"
    elif reason is not None or seen.value is None:
        result = "NO_DATA"
    elif seen.samples < wanted:
        result, reason = "NO_DATA", f"{seen.samples} samples, and it takes {wanted}"
    elif threshold.holds(seen.value):
        result = "PASS"
    elif threshold.agg == "count" and threshold.op in (">", ">=", "==") and not tally.closed:
        result, reason = "NO_DATA", "not yet: the count still grows"
    else:
        result = "FAIL"
    return ThresholdResult(
        metric=threshold.metric,
        labels=dict(threshold.labels),
        expression=threshold.expression,
        observed=None if seen.value is None else round(seen.value, 9),
        limit=threshold.limit,
        unit=threshold.unit,
        samples=seen.samples,
        result=result,
        reason=reason,
    )


def _observe(threshold: Threshold, tally: Tally, queried: Mapping[str, float]) -> Observation:
    if threshold.metric == "promql":
        return _queried(queried.get(threshold.labels["query"]))
    if threshold.metric == "recovery":
        return _recovery(threshold, tally)
    selection = Selection(**threshold.labels, measured=True)
    seen = OBSERVERS[threshold.metric](threshold, tally, selection)
    if not seen.samples:
        return Observation(None, 0, _why_nothing(threshold, tally))
    return seen


def _trend(threshold: Threshold, tally: Tally, selection: Selection) -> Observation:
    if threshold.metric == "schedule_lag":
        return _aggregate(threshold, tally.schedule_lag(selection))
    return _aggregate(threshold, tally.trend("response" if threshold.metric == "response" else "service", selection))


def _aggregate(threshold: Threshold, durations: HistogramSum) -> Observation:
    match threshold.agg:
        case "p":
            value = durations.percentile(threshold.quantile or 0.0)
        case "med":
            value = durations.percentile(50)
        case "avg":
            value = durations.mean_s
        case "min":
            value = durations.min_s
        case _:
            value = durations.max_s
    return Observation(value, durations.count)


def _requests(threshold: Threshold, tally: Tally, selection: Selection) -> Observation:
    outcomes = tally.outcomes(selection)
    requests = sum(outcomes.values())
    counted = {"failures": outcomes.get("failed", 0), "refusals": outcomes.get("refused", 0)}
    return _figure(threshold, tally, selection, counted.get(threshold.metric, requests), requests)


def _arrivals(threshold: Threshold, tally: Tally, selection: Selection) -> Observation:
    account = tally.account(selection)
    counted = account.dropped if threshold.metric == "dropped" else account.offered
    return _figure(threshold, tally, selection, counted, account.offered)


def _business(threshold: Threshold, tally: Tally, selection: Selection) -> Observation:
    """No business is a figure only where shoppers came and somebody counted business at all."""
    done = tally.business_total(selection)
    counted = {"orders": done.orders, "payments": done.payments, "gmv": done.gmv_fen}[threshold.metric]
    arrivals = tally.account(selection).offered if tally.business else 0
    return _figure(threshold, tally, selection, counted, arrivals)


def _figure(threshold: Threshold, tally: Tally, selection: Selection, counted: int, whole: int) -> Observation:
    """A count as it is, as a share of the whole, or per second of the selected phases."""
    if threshold.agg == "count":
        return Observation(counted, whole)
    if threshold.unit == "ratio":
        return Observation(counted / whole if whole else None, whole)
    duration_s = tally.duration_s(selection)
    return Observation(counted / duration_s, whole) if duration_s else Observation(None, 0)


OBSERVERS: Mapping[str, Callable[[Threshold, Tally, Selection], Observation]] = {
    "response": _trend,
    "service": _trend,
    "schedule_lag": _trend,
    "requests": _requests,
    "failures": _requests,
    "refusals": _requests,
    "arrivals": _arrivals,
    "dropped": _arrivals,
    "orders": _business,
    "payments": _business,
    "gmv": _business,
}


def _queried(value: float | None) -> Observation:
    if value is None:
        return Observation(None, 0, "Prometheus was not asked")
    if not math.isfinite(value):
        return Observation(None, 0, f"Prometheus answered {value}")
    return Observation(value, 1)


def _recovery(threshold: Threshold, tally: Tally) -> Observation:
    """A shop that has not recovered fails once it has been watched as long as it was given; before, nobody knows."""
    found = recovery(threshold.labels["fault"], tally.events, tally.pulses)
    if found.took_s is not None:
        return Observation(found.took_s, found.faults)
    overdue = found.watched_s > 0 and found.watched_s >= threshold.limit
    return Observation(found.watched_s if overdue else None, found.faults, found.reason, failed=overdue)


def _why_nothing(threshold: Threshold, tally: Tally) -> str:
    known = {
        "phase": sorted(tally.schedule.phases),
        "scenario": sorted({key.scenario for key in tally.responses}),
        "operation": sorted({key.operation for key in tally.responses}),
    }
    for label, value in threshold.labels.items():
        if value not in known[label]:
            return f"the run has no {label} {value}{did_you_mean(value, known[label])}"
    if threshold.metric in ("orders", "payments", "gmv") and not tally.business:
        return "nobody counted orders or payments"
    return "nothing was measured"
