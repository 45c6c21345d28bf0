"""Merges what several workers report of one second into one second of the run, losing nothing."""

from __future__ import annotations

from collections.abc import Sequence

from loadtests.record.books import Account
from loadtests.record.histogram import Histogram, HistogramDelta
from loadtests.record.second import BusinessOfSecond, FailuresOfSecond, RequestsOfSecond, Second


def merge_seconds(second: int, parts: Sequence[Second]) -> Second:
    """One `Second` that holds the sum of all parts; the parts' own second numbers don't matter."""
    merged = Second(second=second)
    requests: dict[tuple[str, str, str, str], list[RequestsOfSecond]] = {}
    lags: dict[str, list[HistogramDelta]] = {}
    failures: dict[tuple[str, str], int] = {}
    for part in parts:
        for phase, account in part.arrivals.items():
            merged.arrivals.setdefault(phase, Account()).add(account)
        for phase, done in part.business.items():
            sums = merged.business.setdefault(phase, BusinessOfSecond())
            sums.orders += done.orders
            sums.payments += done.payments
            sums.gmv_fen += done.gmv_fen
        for row in part.requests:
            requests.setdefault((row.operation, row.scenario, row.phase, row.outcome), []).append(row)
        for phase, delta in part.lag.items():
            lags.setdefault(phase, []).append(delta)
        for why in part.failures:
            failures[why.operation, why.reason] = failures.get((why.operation, why.reason), 0) + why.count
        merged.workers.extend(part.workers)
        merged.events.extend(part.events)
    merged.requests = [
        RequestsOfSecond(*key, _sum([row.response for row in rows]), _sum([row.service for row in rows]))
        for key, rows in requests.items()
    ]
    merged.lag = {phase: _sum(deltas) for phase, deltas in lags.items()}
    merged.failures = [FailuresOfSecond(*key, count) for key, count in failures.items()]
    return merged


def _sum(deltas: Sequence[HistogramDelta]) -> HistogramDelta:
    if len(deltas) == 1:
        return deltas[0]
    total = Histogram()
    for delta in deltas:
        total.merge(Histogram.of(delta))
    return total.delta()
