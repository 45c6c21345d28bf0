"""Locust's statistics, counted from the seconds the gate judges: the web UI, its CSV and its report say the same p95.

Locust rounds a response time to two digits before it counts it, and its percentile is one rank high. Of what workers
report in Locust's own way only the methods, the sizes and the errors' texts are kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from locust.stats import CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW, RequestStats, StatsEntry

from loadtests.record.histogram import Histogram, HistogramDelta
from loadtests.record.histogram_sum import HistogramSum
from loadtests.record.second import RequestsOfSecond, Second

MS = 1000.0


class JudgedEntry(StatsEntry):
    """One row: an operation, or all of them. Times in milliseconds, as Locust has them."""

    def __init__(self, stats: RequestStats, name: str, method: str) -> None:
        self.response = HistogramSum()
        self._latest: deque[list[HistogramDelta]] = deque(maxlen=CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW)
        super().__init__(stats, name, method)
        self.use_response_times_cache = True  # so that Locust asks for the latest percentiles, which we count ourselves

    def take(self, rows: Iterable[RequestsOfSecond], at: int) -> None:
        """Count the rows of one second, which began at epoch second `at`."""
        latest = []
        for row in rows:
            self.response.add(row.response)
            latest.append(row.response)
            count = sum(row.response.buckets[1::2])
            self.num_requests += count
            self.num_reqs_per_sec[at] += count
            if row.outcome == "failed":
                self.num_failures += count
                self.num_fail_per_sec[at] += count
        self._latest.append(latest)
        self.last_request_timestamp = at + 1.0
        if self.response.count:
            self.total_response_time = self.response.sum_ns / 1e6  # type: ignore[assignment]
            self.min_response_time = self.response.min_ns / 1e6  # type: ignore[assignment]
            self.max_response_time = self.response.max_ns / 1e6  # type: ignore[assignment]

    def extend(self, other: StatsEntry) -> None:
        """What a worker reports in Locust's way: we know better, but for the size of answers."""
        self.total_content_length += other.total_content_length

    def get_response_time_percentile(self, percent: float) -> float:  # type: ignore[override]
        return round((self.response.percentile(percent * 100) or 0.0) * MS, 3)

    @property
    def median_response_time(self) -> float:  # type: ignore[override]
        return self.get_response_time_percentile(0.5)

    def get_current_response_time_percentile(self, percent: float) -> float | None:  # type: ignore[override]
        recent = Histogram()
        for deltas in self._latest:
            for delta in deltas:
                recent.merge(Histogram.of(delta))
        value_s = recent.percentile(percent * 100)
        return None if value_s is None else round(value_s * MS, 3)


class Entries(dict[tuple[str, str], StatsEntry]):
    """One row an operation. Our seconds know its name alone; the method comes with the first report of Locust's."""

    def __init__(self, stats: RequestStats) -> None:
        super().__init__()
        self._stats = stats
        self._by_name: dict[str, JudgedEntry] = {}

    def of(self, name: str) -> JudgedEntry:
        entry = self._by_name.get(name)
        if entry is None:
            entry = self._by_name[name] = JudgedEntry(self._stats, name, "")
            super().__setitem__((name, ""), entry)
        return entry

    def __contains__(self, key: object) -> bool:
        return isinstance(key, tuple)  # or Locust would put a row of its own kind beside ours

    def __missing__(self, key: tuple[str, str]) -> JudgedEntry:
        name, method = key
        entry = self.of(name)
        if method and method not in entry.method.split(", "):
            entry.method = f"{entry.method}, {method}" if entry.method else method
        return entry


class JudgedStatistics(RequestStats):
    """Put in place of an Environment's `stats` before its runner is made."""

    def __init__(self) -> None:
        super().__init__()
        self.clear_all()

    def clear_all(self) -> None:
        self.entries = Entries(self)
        self.total = JudgedEntry(self, "Aggregated", "")
        self.errors = {}
        self.history = []

    def reset_all(self) -> None:
        """The figures of a run are its record: nobody resets them."""

    def open(self, at: float) -> None:
        """Run second 0 is at epoch second `at`."""
        self.total.start_time = at

    def take(self, second: Second) -> None:
        """Count one second of the run."""
        entries, total = self.entries, self.total
        assert isinstance(entries, Entries) and isinstance(total, JudgedEntry)
        at = int(total.start_time) + second.second
        by_name: dict[str, list[RequestsOfSecond]] = {}
        for row in second.requests:
            by_name.setdefault(row.operation, []).append(row)
        for name, rows in by_name.items():
            entries.of(name).take(rows, at)
        total.take(second.requests, at)
