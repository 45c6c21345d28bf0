"""Double 11 2017 with a curve for each thing the crowd does: looking around, ordering, paying.

The rate of arrivals is the sum of two crowds. Those who only look follow the browsing curve, four to a payment. Those
who buy come so that orders follow the ordering curve, and pay so that payments follow the paying curve: whoever
ordered first pays first, and the longer the queue of orders the longer that takes. What a payment is worth follows
from the money curve over the paying one: at midnight nearly twice an average basket.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import accumulate, pairwise
from typing import NamedTuple

from loadtests.plan.rate_line import Stage
from loadtests.shapes import double11_2017
from loadtests.shapes.shaped_day import DAY_S, ShapedDay, ShapedStage

LOOKERS_PER_BUYER = 4.0
"""147 M visitors and 30 M buyers on 11 November 2012 (FACTS 3)."""
WAITING_SHARE = 0.55
"""Ours: of the first half minute's orders, how many are sent by those who waited in the shop with a full cart."""
LEAD_S = 0.75
"""From coming in to seeing the payment posted, in seconds of the run: buyers come this much before their curve."""


class Step(NamedTuple):
    """A stretch of the day, and each curve's multiple of its own mean."""

    start_s: float
    end_s: float
    browsing: float
    ordering: float
    paying: float


@cache
def curves() -> tuple[Step, ...]:
    """The three curves from the eve to the next midnight. Sources in the file's own head."""
    text = resources.files("loadtests.shapes").joinpath("double11_2017_crowd.csv").read_text("utf-8")
    rows = csv.reader(line for line in text.splitlines() if line[0] in "-0123456789")
    return tuple(Step(*map(float, row)) for row in rows)


def at(day_s: float) -> Step:
    """The step at a second of the day; outside of what the curves cover, the nearest."""
    steps = curves()
    return steps[max(0, bisect_right(steps, day_s, key=lambda step: step.start_s) - 1)]


def money(day_s: float) -> float:
    """GMV as a multiple of its mean over the day; that of midnight before."""
    steps = double11_2017.steps()
    return steps[max(0, bisect_right(steps, day_s, key=lambda step: step[0]) - 1)][2]


class Crowd:
    """The day in `duration_s` seconds with both crowds in it, the busiest stage at `peak_rate` arrivals per second.

    `baskets`: what an average visit of those who come to buy pays, in average baskets, by phase. Where every second
    of them leaves with nothing, twice as many have to come for the same payments.
    """

    def __init__(self, duration_s: float, peak_rate: float, baskets: Mapping[str, float]) -> None:
        self._clock = ShapedDay(double11_2017.stages(duration_s, peak_rate))
        spans = {span.phase: span for span in self._clock.spans()}
        self._phase_ends_s = [(span.run_to_s, phase) for phase, span in spans.items()]
        self.midnight_s = spans["zero_hour"].run_from_s
        self.rush_ends_s = max(self.midnight_s, spans["zero_hour"].run_to_s - LEAD_S)
        """Run second until which orders queue; from then on what is ordered is paid as soon as anybody can."""
        self.duration_s = duration_s
        self._squeeze = spans["zero_hour"].compression
        edges = self._edges()
        plain = [self._visits(start_s, end_s, baskets) for start_s, end_s in pairwise(edges)]
        scale = peak_rate / max(looking + buying for looking, buying in plain)
        self.buyers_per_s = scale
        """Payments a second that stand for the day's mean."""
        self.stages = tuple(
            self._stage(start_s, end_s, looking * scale, buying * scale)
            for (start_s, end_s), (looking, buying) in zip(pairwise(edges), plain, strict=True)
        )
        self._orders, self._payments = self._queues()

    def _edges(self) -> list[float]:
        """Run seconds at which a curve, a phase or the buyers' lead takes a step."""
        there = [self._run_s(step.start_s) for step in curves()]
        ahead = [s - LEAD_S for s in there if s - LEAD_S > self.rush_ends_s]
        edges = sorted({0.0, *there, *ahead, self.rush_ends_s, max(self.rush_ends_s, self.duration_s - LEAD_S)})
        kept = [s for i, s in enumerate(edges) if i == 0 or s - edges[i - 1] > 1e-6]
        return [*(s for s in kept if s < self.duration_s - 1e-6), self.duration_s]

    def _visits(self, start_s: float, end_s: float, baskets: Mapping[str, float]) -> tuple[float, float]:
        """Those who look and those who buy, a second, for a mean of one payment a second."""
        middle_s = (start_s + end_s) / 2
        here = at(self._clock.day_s(middle_s))
        return LOOKERS_PER_BUYER * here.browsing, self._orders_due(middle_s) / baskets[self.phase(middle_s)]

    def _orders_due(self, run_s: float) -> float:
        """What those who come now will order; those who wait for midnight come on the eve, at an even rate."""
        half_minute = at(0.0)
        waiting = WAITING_SHARE * half_minute.ordering
        if run_s < self.midnight_s:
            return waiting * (half_minute.end_s / self._squeeze) / self.midnight_s
        if run_s < self.rush_ends_s:
            here = at(self._clock.day_s(run_s))
            return here.ordering - (waiting if here is half_minute else 0.0)
        paid_at_s = run_s + LEAD_S
        return at(self._clock.day_s(paid_at_s)).paying if paid_at_s < self.duration_s else 0.0

    def _stage(self, start_s: float, end_s: float, looking: float, buying: float) -> ShapedStage:
        rate = looking + buying
        day_from_s, day_to_s = self._clock.day_s(start_s), self._clock.day_s(end_s)
        phase = self.phase((start_s + end_s) / 2)
        return ShapedStage(Stage(phase, end_s - start_s, rate, rate, buyers=buying / rate), day_from_s, day_to_s)

    def phase(self, run_s: float) -> str:
        return next((phase for end_s, phase in self._phase_ends_s if run_s < end_s), self._phase_ends_s[-1][1])

    def _run_s(self, day_s: float) -> float:
        """The run's second that stands for a second of the day."""
        for span in self._clock.spans():
            if day_s < span.day_to_s:
                return span.run_from_s + (day_s - span.day_from_s) / span.compression
        return self.duration_s

    # -- how buyers pace themselves ------------------------------------------------------------------------------

    def _queues(self) -> tuple[Sequence[tuple[float, float]], Sequence[tuple[float, float]]]:
        """Orders placed and payments made since midnight, as they add up: (run second, so many) at each bend."""
        steps = [step for step in curves() if 0 <= step.start_s < double11_2017.PHASE_ENDS_S["zero_hour"]]
        lasts = [(step.end_s - step.start_s) / self._squeeze for step in steps]
        ends_s = [0.0, *accumulate(lasts)]
        orders = accumulate((step.ordering * s for step, s in zip(steps, lasts, strict=True)), initial=0.0)
        payments = accumulate((step.paying * s for step, s in zip(steps, lasts, strict=True)), initial=0.0)
        from_s = self.midnight_s
        return (
            [(from_s + s, many) for s, many in zip(ends_s, orders, strict=True)],
            [(from_s + s, many) for s, many in zip(ends_s, payments, strict=True)],
        )

    def pay_lag_s(self, run_s: float) -> float:
        """How much longer than usual a buyer takes who orders at this second: those who ordered before pay first."""
        if not self.midnight_s <= run_s < self.rush_ends_s:
            return 0.0
        placed = _read(self._orders, run_s)
        return max(0.0, _read([(many, s) for s, many in self._payments], placed) - run_s)

    def basket(self, run_s: float) -> float:
        """What somebody who comes to buy at this second will pay, as a multiple of the day's average basket."""
        day_s = max(0.0, self._clock.day_s(run_s if run_s < self.rush_ends_s else run_s + LEAD_S))
        return money(day_s) / at(day_s).paying if day_s < DAY_S else 1.0


def _read(line: Sequence[tuple[float, float]], x: float) -> float:
    """The broken line's value at x; beyond its ends, its end's."""
    i = bisect_right(line, x, key=lambda point: point[0])
    if i == 0 or i == len(line):
        return line[min(i, len(line) - 1)][1]
    (x0, y0), (x1, y1) = line[i - 1], line[i]
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
