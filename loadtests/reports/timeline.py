"""A run second by second, as its charts show it: arrivals, response times by operation, business, the generator."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

from loadtests.record.histogram import HistogramDelta, bucket_middle_ns, nearest_rank
from loadtests.record.second import Event, Second

EVERY_OPERATION = ""
"""Stands for all operations together."""
QUANTILES = {"p50": 50.0, "p95": 95.0, "p99": 99.0}

Line = list[float | None]


class Timeline:
    """One value a second in every line; None where nothing was measured."""

    def __init__(self, operations: Iterable[str] = ()) -> None:
        """Response times are kept of these operations, and of all together."""
        self.seconds: list[int] = []
        self.arrivals = _lines("offered", "started", "completed", "failed", "dropped", "unfinished")
        self.requests = _lines("ok", "refused", "failed")
        self.business = _lines("orders", "payments", "gmv_fen")
        self.generator = _lines("cpu", "stall_s", "lag_p99_s", "shoppers", "waiting")
        self.response_s = {operation: _lines(*QUANTILES) for operation in (EVERY_OPERATION, *operations)}
        """By operation, then by percentile; of every outcome, as thresholds see it."""
        self.service_p95_s = _lines(*self.response_s)
        self.events: list[Event] = []

    def add(self, second: Second) -> None:
        """Add the next second."""
        self.seconds.append(second.second)
        self.events += second.events
        for name, values in self.arrivals.items():
            values.append(sum(getattr(account, name) for account in second.arrivals.values()))
        for name, values in self.business.items():
            values.append(sum(getattr(done, name) for done in second.business.values()))
        self._add_requests(second)
        self._add_generator(second)

    @property
    def counts_business(self) -> bool:
        """Whether anybody counted an order, a payment or money."""
        return any(any(values) for values in self.business.values())

    def _add_requests(self, second: Second) -> None:
        counts = dict.fromkeys(self.requests, 0)
        responses: dict[str, list[HistogramDelta]] = {EVERY_OPERATION: [row.response for row in second.requests]}
        services: dict[str, list[HistogramDelta]] = {EVERY_OPERATION: [row.service for row in second.requests]}
        for row in second.requests:
            counts[row.outcome] = counts.get(row.outcome, 0) + sum(row.response.buckets[1::2])
            responses.setdefault(row.operation, []).append(row.response)
            services.setdefault(row.operation, []).append(row.service)
        for outcome, values in self.requests.items():
            values.append(counts[outcome])
        for operation, lines in self.response_s.items():
            figures = percentiles_s(responses.get(operation, ()), QUANTILES.values())
            for values, figure in zip(lines.values(), figures, strict=True):
                values.append(figure)
            self.service_p95_s[operation] += percentiles_s(services.get(operation, ()), [QUANTILES["p95"]])

    def _add_generator(self, second: Second) -> None:
        workers, into = second.workers, self.generator
        into["cpu"].append(max((one.cpu for one in workers), default=None))
        into["stall_s"].append(max((one.stall_s for one in workers), default=None))
        into["lag_p99_s"] += percentiles_s(list(second.lag.values()), [99.0])
        into["shoppers"].append(sum(one.shoppers for one in workers))
        into["waiting"].append(sum(one.waiting for one in workers))


def percentiles_s(deltas: Sequence[HistogramDelta], quantiles: Iterable[float]) -> list[float | None]:
    """Percentiles of several deltas together, in seconds, as `Histogram` would say them; None of nothing.

    Hot: an hour of 40 keys asks 70,000 times; built-in functions do the walking.
    """
    filled = [delta for delta in deltas if delta.buckets]
    if not filled:
        return [None for _ in quantiles]
    first = filled[0].buckets
    counts = dict(zip(first[::2], first[1::2], strict=True))
    get = counts.get
    for delta in filled[1:]:
        pairs = iter(delta.buckets)
        for index, count in zip(pairs, pairs):  # noqa: B905 (pairs by construction)
            counts[index] = get(index, 0) + count
    indexes = sorted(counts)
    below = list(accumulate(map(counts.__getitem__, indexes)))
    lowest, highest = min(delta.min_ns for delta in filled), max(delta.max_ns for delta in filled)
    found: list[float | None] = []
    for q in quantiles:
        wanted = nearest_rank(q, below[-1])
        if wanted == below[-1]:
            ns = highest
        elif wanted == 1:
            ns = lowest
        else:
            ns = min(max(bucket_middle_ns(indexes[bisect_left(below, wanted)]), lowest), highest)
        found.append(ns / 1e9)
    return found


def _lines(*names: str) -> dict[str, Line]:
    return {name: [] for name in names}
