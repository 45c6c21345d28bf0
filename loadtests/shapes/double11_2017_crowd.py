"""Double 11 2017 with a curve for each thing the crowd does: looking around, ordering, paying.

The rate of arrivals is the sum of up to three crowds. Those who only look follow the browsing curve, four to a payment.
Those who buy come so that orders follow the ordering curve, and pay so that payments follow the paying curve: whoever
ordered first pays first, and the longer the queue of orders the longer that takes. What a payment is worth follows
from the money curve over the paying one: at midnight nearly twice an average basket. Those of a presale come twice,
on the eve for a deposit and when balances open; without a hump in the profile they are buyers like others.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import accumulate, pairwise
from typing import NamedTuple

from loadtests.plan.balances import HUMP, Balances
from loadtests.plan.rate_line import Stage
from loadtests.shapes import double11_2017
from loadtests.shapes.double11_2017 import AS_PUBLISHED, height, moved
from loadtests.shapes.shaped_day import DAY_S, PhaseSpan, ShapedDay, ShapedStage

LOOKERS_PER_BUYER = 4.0
"""147 M visitors and 30 M buyers on 11 November 2012 (FACTS 3)."""
WAITING_SHARE = 0.55
"""Ours: of the first half minute's orders, how many are sent by those who waited in the shop with a full cart."""
COMING_APART = 0.76
"""Of the buyers who come on the eve, how many wait for midnight: only those, where depositors are counted apart."""
DEPOSITS_A_BALANCE = 1.3
"""So many pay a deposit for one who comes back: others give up, forget theirs, or are declined by their bank."""
LEAD_S = 0.75
"""From coming in to seeing the payment posted, in seconds of the run: buyers come this much before their curve."""
LATE_S = 0.16
"""By how much they are later than that, those who are early counted as in time: thinking and banks scatter by 0.4 s."""
SPILL_S = 1.0
"""After the rush, and after the hump, so long fewer come: late payments stand for ten times as much there."""


class Step(NamedTuple):
    """A stretch of the day, and each curve's multiple of its own mean."""

    start_s: float
    end_s: float
    browsing: float
    ordering: float
    paying: float


@cache
def curves(hump: Balances = AS_PUBLISHED) -> tuple[Step, ...]:
    """The three curves from the eve to the next midnight. Sources in the file's own head."""
    text = resources.files("loadtests.shapes").joinpath("double11_2017_crowd.csv").read_text("utf-8")
    rows = csv.reader(line for line in text.splitlines() if line[0] in "-0123456789")
    steps = [Step(*map(float, row)) for row in rows]
    ordering = moved([(step.start_s, step.end_s, step.ordering) for step in steps], hump)
    paying = moved([(step.start_s, step.end_s, step.paying) for step in steps], hump)
    pieces = [(*piece, pays) for piece, (_, _, pays) in zip(ordering, paying, strict=True)]
    starts_s = [step.start_s for step in steps]
    return tuple(
        Step(start_s, end_s, steps[bisect_right(starts_s, start_s) - 1].browsing, orders, pays)
        for start_s, end_s, orders, pays in pieces
    )


def at(day_s: float, hump: Balances = AS_PUBLISHED) -> Step:
    """The step at a second of the day; outside of what the curves cover, the nearest."""
    steps = curves(hump)
    return steps[max(0, bisect_right(steps, day_s, key=lambda step: step.start_s) - 1)]


def money(day_s: float, hump: Balances = AS_PUBLISHED) -> float:
    """GMV as a multiple of its mean over the day; that of midnight before."""
    steps = double11_2017.steps(hump)
    return steps[max(0, bisect_right(steps, day_s, key=lambda step: step[0]) - 1)][2]


class Visits(NamedTuple):
    """A second, of each of the crowds."""

    looking: float
    buying: float
    depositing: float = 0.0


class Business(NamedTuple):
    """Of one phase: orders and payments of the run, and what part of the day's money that is."""

    phase: str
    orders: float
    payments: float
    money: float


class Crowd:
    """The day in `duration_s` seconds with the crowds in it, the busiest stage at `peak_rate` arrivals per second.

    `baskets`: what an average visit of those who come to buy pays, in average baskets, by phase. Where every second
    of them leaves with nothing, twice as many have to come for the same payments. With a `hump`, those of a presale
    come apart, and `balance_baskets` is what one of them pays who comes with the balance; they are not in `baskets`.
    """

    def __init__(
        self,
        duration_s: float,
        peak_rate: float,
        baskets: Mapping[str, float],
        hump: Balances | None = None,
        balance_baskets: float = 1.0,
    ) -> None:
        self.hump = hump or AS_PUBLISHED
        self._apart = hump is not None
        self._clock = ShapedDay(double11_2017.stages(duration_s, peak_rate, self.hump))
        spans = {span.phase: span for span in self._clock.spans()}
        self._phase_ends_s = [(span.run_to_s, phase) for phase, span in spans.items()]
        self.midnight_s = spans["zero_hour"].run_from_s
        self.rush_ends_s = max(self.midnight_s, spans["zero_hour"].run_to_s - LEAD_S)
        """Run second until which orders queue; from then on what is ordered is paid as soon as anybody can."""
        self.duration_s = duration_s
        self._squeeze = spans["zero_hour"].compression
        opens_s, closes_s = spans[HUMP].run_from_s, spans[HUMP].run_to_s
        self._returning_s = (opens_s, max((opens_s + closes_s) / 2, closes_s - LEAD_S))
        """Run seconds in which people come back with a balance: not before they may, and not to be too late."""
        balances = self._balances(self.hump.opens_s) * (closes_s - opens_s)
        self._returning = balances / (self._returning_s[1] - opens_s) / balance_baskets
        self._depositing = DEPOSITS_A_BALANCE * balances / balance_baskets / self.midnight_s
        self._spills = [self._spill(spans[phase]) for phase in ("zero_hour", HUMP)]
        edges = self._edges()
        plain = [self._visits(start_s, end_s, baskets) for start_s, end_s in pairwise(edges)]
        scale = peak_rate / max(map(sum, plain))
        self.buyers_per_s = scale
        """Payments a second that stand for the day's mean."""
        self.stages = tuple(
            self._stage(start_s, end_s, Visits(*(scale * each for each in visits)))
            for (start_s, end_s), visits in zip(pairwise(edges), plain, strict=True)
        )
        self._orders, self._payments = self._queues()

    def _edges(self) -> list[float]:
        """Run seconds at which a curve, a phase or the buyers' lead takes a step."""
        there = [self._run_s(step.start_s) for step in curves(self.hump)]
        ahead = [s - LEAD_S for s in there if s - LEAD_S > self.rush_ends_s]
        last = max(self.rush_ends_s, self.duration_s - LEAD_S)
        balances = self._returning_s if self._apart else ()
        edges = sorted(
            {0.0, *there, *ahead, *balances, self.rush_ends_s, *self._spills[0][:2], *self._spills[1][:2], last}
        )
        kept = [s for i, s in enumerate(edges) if i == 0 or s - edges[i - 1] > 1e-6]
        return [*(s for s in kept if s < self.duration_s - 1e-6), self.duration_s]

    def _visits(self, start_s: float, end_s: float, baskets: Mapping[str, float]) -> Visits:
        """How many of each crowd come a second, for a mean of one payment a second."""
        middle_s = (start_s + end_s) / 2
        here = at(self._clock.day_s(middle_s), self.hump)
        looking = LOOKERS_PER_BUYER * here.browsing
        buying = self._orders_due(middle_s) / baskets[self.phase(middle_s)]
        return Visits(looking, buying, self._depositors_due(middle_s))

    def _orders_due(self, run_s: float) -> float:
        """What those who come now will order; those who wait for midnight come on the eve, at an even rate."""
        half_minute = at(0.0, self.hump)
        waiting = WAITING_SHARE * half_minute.ordering
        if run_s < self.midnight_s:
            coming = waiting * (COMING_APART if self._apart else 1.0)
            return coming * (half_minute.end_s / self._squeeze) / self.midnight_s
        if run_s < self.rush_ends_s:
            here = at(self._clock.day_s(run_s), self.hump)
            return here.ordering - (waiting if here is half_minute else 0.0)
        paid_at_s = run_s + LEAD_S
        if paid_at_s >= self.duration_s:
            return 0.0
        day_s = self._clock.day_s(paid_at_s)
        spilt = min(1.0, sum(part for from_s, to_s, part in self._spills if from_s <= run_s < to_s))
        return (at(day_s, self.hump).paying - self._balances(day_s)) * (1.0 - spilt)

    def _spill(self, span: PhaseSpan) -> tuple[float, float, float]:
        """From when to when fewer buyers come, for the late payments of a phase that is over, and what part of them."""
        before, after = (money(day_s, self.hump) for day_s in (span.day_to_s - 1.0, span.day_to_s))
        from_s = max(self.rush_ends_s, span.run_to_s - LEAD_S)
        return from_s, from_s + SPILL_S, min(1.0, max(0.0, LATE_S / SPILL_S * (before / after - 1.0)))

    def _depositors_due(self, run_s: float) -> float:
        """Those who come for a presale: on the eve at an even rate, and again while balances are open."""
        if run_s < self.midnight_s:
            return self._depositing
        return self._returning if self._returning_s[0] <= run_s < self._returning_s[1] else 0.0

    def _money(self, day_s: float) -> float:
        """Of those who buy."""
        return money(day_s, self.hump) - self._balances(day_s)

    def _balances(self, day_s: float) -> float:
        """What of the curves of paying and money is balances; nothing where they come with everybody else."""
        return height(self.hump, day_s) if self._apart else 0.0

    def _stage(self, start_s: float, end_s: float, visits: Visits) -> ShapedStage:
        rate = sum(visits)
        day_from_s, day_to_s = self._clock.day_s(start_s), self._clock.day_s(end_s)
        phase = self.phase((start_s + end_s) / 2)
        depositors = visits.depositing / rate if self._apart else None
        stage = Stage(phase, end_s - start_s, rate, rate, buyers=visits.buying / rate, depositors=depositors)
        return ShapedStage(stage, day_from_s, day_to_s)

    def phase(self, run_s: float) -> str:
        return next((phase for end_s, phase in self._phase_ends_s if run_s < end_s), self._phase_ends_s[-1][1])

    def _run_s(self, day_s: float) -> float:
        """The run's second that stands for a second of the day."""
        for span in self._clock.spans():
            if day_s < span.day_to_s:
                return span.run_from_s + (day_s - span.day_from_s) / span.compression
        return self.duration_s

    def business(self) -> list[Business]:
        """What the curves mean to be ordered and paid, by phase; deposits come on top, before the day."""
        found = []
        for span in self._clock.spans():

            def sum_of(curve: Iterable[tuple[float, float, float]], span: PhaseSpan = span) -> float:
                parts = (
                    (min(to_s, span.day_to_s) - max(from_s, span.day_from_s), many) for from_s, to_s, many in curve
                )
                return sum(lasts_s * many for lasts_s, many in parts if lasts_s > 0)

            steps, runs = curves(self.hump), self.buyers_per_s / span.compression
            orders = sum_of((s.start_s, s.end_s, s.ordering - self._balances(s.start_s)) for s in steps)
            payments = sum_of((s.start_s, s.end_s, s.paying) for s in steps)
            worth = sum_of(double11_2017.steps(self.hump))
            found.append(Business(span.phase, orders * runs, payments * runs, worth / DAY_S))
        return found

    def money_share(self, day_s: float) -> float:
        """What part of the day's money the curve means to have been paid by then."""
        parts = ((min(to_s, day_s) - from_s, many) for from_s, to_s, many in double11_2017.steps(self.hump))
        return sum(lasts_s * many for lasts_s, many in parts if lasts_s > 0) / DAY_S

    # -- how buyers pace themselves ------------------------------------------------------------------------------

    def _queues(self) -> tuple[Sequence[tuple[float, float]], Sequence[tuple[float, float]]]:
        """Orders placed and payments made since midnight, as they add up: (run second, so many) at each bend."""
        steps = [step for step in curves(self.hump) if 0 <= step.start_s < double11_2017.PHASE_ENDS_S["zero_hour"]]
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
        if day_s >= DAY_S:
            return 1.0
        return self._money(day_s) / (at(day_s, self.hump).paying - self._balances(day_s))


def _read(line: Sequence[tuple[float, float]], x: float) -> float:
    """The broken line's value at x; beyond its ends, its end's."""
    i = bisect_right(line, x, key=lambda point: point[0])
    if i == 0 or i == len(line):
        return line[min(i, len(line) - 1)][1]
    (x0, y0), (x1, y1) = line[i - 1], line[i]
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
