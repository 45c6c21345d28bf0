"""The series of offline outlets: pick-ups by state, how long goods wait, wrong codes, and what tills take."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.utils import floatToGoString

from mock_platform.metrics import Counter

PICKUP_STATES = ("waiting", "collected", "expired", "withdrawn")
TENDERS = ("cash", "card")
WAIT_BOUNDS_S = (0.5, 1.0, 2.0, 3.0, 5.0, 7.5, 10.0, 15.0, 20.0, 30.0, 60.0, 300.0)


class OutletSeries:
    """Written by the event loop alone."""

    def __init__(self) -> None:
        self._pickups = Counter("state", PICKUP_STATES)
        self._till_sales = Counter("tender", TENDERS)
        self._till_fen = 0
        self._wrong_codes = 0
        self._waits: list[float] = [0] * (len(WAIT_BOUNDS_S) + 1) + [0.0]
        """A count per bucket, then the sum."""
        self.waiting = 0

    def pickup(self, state: str) -> None:
        self._pickups.count(state)

    def wrong_code(self) -> None:
        self._wrong_codes += 1

    def waited(self, seconds: float) -> None:
        self._waits[bisect_left(WAIT_BOUNDS_S, seconds)] += 1
        self._waits[-1] += seconds

    def till_sale(self, tender: str, amount_fen: int) -> None:
        self._till_sales.count(tender)
        self._till_fen += amount_fen

    def collect(self) -> Iterable[Metric]:
        yield self._pickups.collect("shop_pickups", "Pick-ups by the state they reached.")
        yield GaugeMetricFamily("shop_pickups_waiting", "Orders whose goods wait in an outlet.", value=self.waiting)
        yield CounterMetricFamily(
            "shop_wrong_pickup_codes", "Codes under which nothing was waiting there.", value=self._wrong_codes
        )
        yield self._till_sales.collect("shop_till_sales", "Sales at outlets' tills.")
        yield CounterMetricFamily("shop_till_yuan", "What tills took.", value=self._till_fen / 100)
        *counts, total_s = self._waits.copy()
        bounds = [*map(floatToGoString, (*WAIT_BOUNDS_S, float("inf")))]
        family = HistogramMetricFamily("shop_pickup_wait_seconds", "From goods laid out to fetched.")
        family.add_metric((), list(zip(bounds, accumulate(counts), strict=True)), total_s)
        yield family
