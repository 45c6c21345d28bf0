"""The buckets Prometheus is shown: steps of a quarter, and every bound that a threshold speaks of is one of them.

So `histogram_quantile` errs by 3 % in the middle and not at all on the question whether a threshold holds.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

from loadtests.plan.profile import Profile
from loadtests.record.histogram import HistogramDelta, bucket_index, bucket_middle_ns

STEP = 1.25
SHORTEST_S = 0.001
LONGEST_S = 10.0
LAG_STEP = 1.6
LAG_SHORTEST_S = 0.0001
OBJECTIVES_MAX = 20
"""Further thresholds get none of their own: a bucket is a series more for each operation, phase and outcome."""


def response_bounds_s(profile: Profile) -> tuple[float, ...]:
    """From a millisecond to the profile's timeout."""
    longest_s = max(profile.timeout_s, LONGEST_S)
    return spaced((SHORTEST_S, *_objectives_s(profile, "response", "service"), longest_s), STEP)


def lag_bounds_s(profile: Profile) -> tuple[float, ...]:
    """Lateness of the generator; what the run's validity allows is a bound, too."""
    objectives_s = (*_objectives_s(profile, "schedule_lag"), profile.validity.max_schedule_lag_p99_s)
    return spaced((LAG_SHORTEST_S, *objectives_s, LONGEST_S), LAG_STEP)


def _objectives_s(profile: Profile, *metrics: str) -> tuple[float, ...]:
    limits_s = (each.limit for each in profile.thresholds if each.metric in metrics and each.unit == "s")
    return tuple(dict.fromkeys(limit_s for limit_s in limits_s if limit_s > 0))[:OBJECTIVES_MAX]


def spaced(anchors: Iterable[float], step: float) -> tuple[float, ...]:
    """The anchors, and between two of them the fewest bounds that leave no step above `step`, to four digits."""
    fixed = sorted(set(anchors))
    bounds = fixed[:1]
    for low, high in pairwise(fixed):
        steps = max(1, math.ceil(math.log(high / low) / math.log(step) - 1e-9))
        between = (low * (high / low) ** (number / steps) for number in range(1, steps))
        bounds += [float(f"{bound:.4g}") for bound in between] + [high]
    return tuple(sorted(set(bounds)))


class Buckets:
    """Counts of our fine histograms put into few buckets: a count per bound and one beyond, then the sum of seconds.

    A fine bucket goes where its middle goes, as percentiles of the gate do: both say the same of a threshold.
    """

    def __init__(self, bounds_s: Sequence[float]) -> None:
        self.bounds_s = tuple(bounds_s)
        self._last = [_last_within(round(bound_s * 1e9)) for bound_s in self.bounds_s]

    def empty(self) -> list[float]:
        return [0] * (len(self.bounds_s) + 1) + [0.0]

    def add(self, delta: HistogramDelta, child: list[float]) -> None:
        """Add what a second counted."""
        last = self._last
        pairs = iter(delta.buckets)
        for index, count in zip(pairs, pairs):  # noqa: B905 (pairs by construction)
            child[bisect_left(last, index)] += count
        child[-1] += delta.sum_ns / 1e9


def _last_within(bound_ns: int) -> int:
    """The last fine bucket whose middle does not exceed the bound."""
    index = bucket_index(bound_ns)
    return index if bucket_middle_ns(index) <= bound_ns else index - 1
