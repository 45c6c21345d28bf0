"""HOT PATH: adds up the histograms of many seconds; asked again, a percentile costs as much as it has moved.

An hour of 40 operations is nine million buckets to add: a list indexed by bucket takes 50 ns each, a dictionary 120 ns.
A sum of few buckets stays a dictionary, since a list is 200 KB and most keys of a run are rare.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate, repeat
from operator import add

from loadtests.record.histogram import Histogram, HistogramDelta, bucket_index, bucket_middle_ns, nearest_rank

SPARSE_BUCKETS_MAX = 300


class HistogramSum:
    """The sum of the deltas added. Same figures and same precision as `Histogram`."""

    __slots__ = ("_cursors", "_dense", "_sparse", "count", "max_ns", "min_ns", "sum_ns")

    def __init__(self) -> None:
        self.count = 0
        self.sum_ns = 0
        self.min_ns = 0
        self.max_ns = 0
        self._sparse: dict[int, int] = {}
        self._dense: list[int] = []
        """Counts by bucket; empty as long as the sum is sparse."""
        self._cursors: dict[float, tuple[int, int]] = {}
        """Where percentile q was last: its bucket, and how many samples lie in lower ones."""

    def add(self, delta: HistogramDelta) -> None:
        """Add what one delta counted."""
        buckets = delta.buckets
        if not buckets:
            return
        pairs = iter(buckets)
        dense = self._dense
        if dense:
            if buckets[-2] >= len(dense):
                self._reach(buckets[-2])
            for index, count in zip(pairs, pairs):  # noqa: B905 (pairs by construction)
                dense[index] += count
            if self._cursors:
                self._pass_cursors(buckets)
        else:
            sparse = self._sparse
            get = sparse.get
            for index, count in zip(pairs, pairs):  # noqa: B905
                sparse[index] = get(index, 0) + count
            if len(sparse) > SPARSE_BUCKETS_MAX:
                self._densify()
        if delta.min_ns < self.min_ns or not self.count:
            self.min_ns = delta.min_ns
        if delta.max_ns > self.max_ns:
            self.max_ns = delta.max_ns
        self.sum_ns += delta.sum_ns
        self.count += sum(buckets[1::2])

    def merge(self, other: HistogramSum) -> None:
        """Add what another sum holds."""
        if not other.count:
            return
        if not self._dense:
            self._densify()
        self._cursors.clear()
        if other._dense:
            self._reach(len(other._dense) - 1)
            other._reach(len(self._dense) - 1)
            self._dense = list(map(add, self._dense, other._dense))
        else:
            self._reach(max(other._sparse))
            for index, count in other._sparse.items():
                self._dense[index] += count
        self.min_ns = min(self.min_ns, other.min_ns) if self.count else other.min_ns
        self.max_ns = max(self.max_ns, other.max_ns)
        self.sum_ns += other.sum_ns
        self.count += other.count

    def percentile(self, q: float) -> float | None:
        """Seconds at nearest rank, `q` in 0..100; exact at the first and last rank; None if nothing was recorded."""
        if not self.count:
            return None
        wanted = nearest_rank(q, self.count)
        if wanted == self.count:
            return self.max_s
        if wanted == 1:
            return self.min_s
        index = self._index_at(q, wanted)
        return min(max(bucket_middle_ns(index), self.min_ns), self.max_ns) / 1e9

    def _index_at(self, q: float, wanted: int) -> int:
        if not self._dense:
            self._densify()
        dense = self._dense
        if q not in self._cursors:
            lowest = bucket_index(self.min_ns)
            counted = list(accumulate(dense[lowest : bucket_index(self.max_ns) + 1]))
            position = bisect_left(counted, wanted)
            index, below = lowest + position, counted[position - 1] if position else 0
        else:
            index, below = self._cursors[q]
            while below + dense[index] < wanted:
                below += dense[index]
                index += 1
            while below >= wanted:
                index -= 1
                below -= dense[index]
        self._cursors[q] = index, below
        return index

    def _pass_cursors(self, buckets: list[int]) -> None:
        indexes = buckets[::2]
        for q, (cursor, below) in self._cursors.items():
            position = bisect_left(indexes, cursor)
            self._cursors[q] = cursor, below + sum(buckets[1 : 2 * position : 2])

    def _reach(self, index: int) -> None:
        missing = index + 1 - len(self._dense)
        if missing > 0:
            self._dense.extend(repeat(0, missing))

    def _densify(self) -> None:
        sparse, self._sparse = self._sparse, {}
        self._dense = [0] * (max(sparse, default=0) + 1)
        for index, count in sparse.items():
            self._dense[index] = count

    @property
    def mean_s(self) -> float | None:
        return self.sum_ns / self.count / 1e9 if self.count else None

    @property
    def min_s(self) -> float | None:
        return self.min_ns / 1e9 if self.count else None

    @property
    def max_s(self) -> float | None:
        return self.max_ns / 1e9 if self.count else None

    def histogram(self) -> Histogram:
        """The sum as an ordinary histogram, for whoever merges it further or draws it."""
        histogram = Histogram()
        histogram.counts = dict(self._sparse) or {index: n for index, n in enumerate(self._dense) if n}
        histogram.count, histogram.sum_ns = self.count, self.sum_ns
        histogram.min_ns, histogram.max_ns = self.min_ns, self.max_ns
        return histogram
