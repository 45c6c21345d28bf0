"""The series of cross-border trade: declarations by state, duty, and how long customs take."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.utils import floatToGoString

from mock_platform.metrics import Counter

DECLARATION_STATES = ("drafted", "declared", "cleared", "rejected", "withdrawn")
CLEARANCE_BOUNDS_S = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0)


class CustomsSeries:
    """Written by the event loop alone."""

    def __init__(self) -> None:
        self._declarations = Counter("state", DECLARATION_STATES)
        self._duty_fen = 0
        self._contradictions = 0
        self._clearances: list[float] = [0] * (len(CLEARANCE_BOUNDS_S) + 1) + [0.0]
        """A count per bucket, then the sum."""
        self.under_way = 0

    def declaration(self, state: str) -> None:
        self._declarations.count(state)

    def duty(self, duty_fen: int) -> None:
        self._duty_fen += duty_fen

    def contradiction(self) -> None:
        self._contradictions += 1

    def clearance(self, seconds: float) -> None:
        self._clearances[bisect_left(CLEARANCE_BOUNDS_S, seconds)] += 1
        self._clearances[-1] += seconds

    def collect(self) -> Iterable[Metric]:
        yield self._declarations.collect("shop_declarations", "Customs declarations by the state they reached.")
        yield CounterMetricFamily(
            "shop_duty_yuan", "Duty and taxes on goods customs cleared.", value=self._duty_fen / 100
        )
        yield CounterMetricFamily(
            "shop_customs_contradictions",
            "Verdicts of customs against one heard before.",
            value=self._contradictions,
        )
        yield GaugeMetricFamily(
            "shop_declarations_under_way", "Declarations customs have not decided.", value=self.under_way
        )
        *counts, total_s = self._clearances.copy()
        bounds = [*map(floatToGoString, (*CLEARANCE_BOUNDS_S, float("inf")))]
        family = HistogramMetricFamily("shop_clearance_seconds", "From declaration to the verdict of customs.")
        family.add_metric((), list(zip(bounds, accumulate(counts), strict=True)), total_s)
        yield family
