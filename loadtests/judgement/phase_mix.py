"""What the crowd does in each phase, planned and realised: looks, searches, carts, orders and payments, and the money.

Counts are the run's own, each under the phase in which it happened. Who came in one phase looks on in the next, for as
long as a visit lasts: a few seconds of the run, whatever they stand for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from loadtests.judgement.calibration import BOT, CART, SEARCH, SIGN_IN, VIEW, Habits
from loadtests.plan.balances import EVE
from loadtests.plan.profile import Profile
from loadtests.plan.who_comes import shares
from loadtests.record.second import Second
from loadtests.shapes.gmv_marks import gmv_marks

COUNTED = {VIEW: "views", SEARCH: "searches", CART: "carts", SIGN_IN: "visitors"}
RATIOS = ("views", "searches", "carts", "orders", "payments")
SLACK, SCATTER = 0.2, 3.0
"""A run keeps to the plan within a fifth, and three times what chance does to so many."""


@dataclass(slots=True)
class Mix:
    """Of one phase. `money` is its part of the money of midnight to midnight, the compression undone."""

    visitors: float = 0.0
    """Sign-ins, but for those who only come to see what became of their purchase."""
    views: float = 0.0
    searches: float = 0.0
    carts: float = 0.0
    orders: float = 0.0
    payments: float = 0.0
    money: float = 0.0

    def a_visitor(self, what: str) -> float | None:
        count: float = getattr(self, what)
        return count / self.visitors if self.visitors else None


def planned_mix(profile: Profile, habits: Habits) -> dict[str, Mix]:
    """By phase. Raises ValueError for a profile whose crowd follows no curves."""
    crowd = profile.crowd()
    if crowd is None:
        raise ValueError("only a profile with baskets and a shape has a crowd with curves")
    found = {phase: Mix() for phase in profile.schedule().phases}
    schedule = profile.schedule()
    for i, stage in enumerate(profile.stages):
        mix, coming = found[stage.phase], shares(profile.weights(stage.phase), stage, profile.baskets)
        for scenario, share in coming.items():
            visits = stage.area * share / sum(coming.values())
            kind = profile.kind_of_visitor(scenario)
            if kind != "comes again":
                mix.visitors += visits * (habits.bot_accounts if scenario == BOT else 1)
            if kind == "looks":
                came_s = (schedule.line.start_s(i), schedule.line.end_s(i))
                for phase, looking in found.items():
                    here = visits * _part(came_s, schedule.phase_spans_s(phase)[0], habits.dwell_s)
                    looking.views += here * habits.views
                    looking.searches += here * habits.searches
                    looking.carts += here * habits.views * habits.cart_share
            elif kind == "presale" and stage.phase == EVE:
                mix.orders += visits
                mix.payments += visits  # of the deposit
    for plan in crowd.business():
        mix = found[plan.phase]
        mix.orders += plan.orders
        mix.payments += plan.payments
        mix.money += plan.money
    return found


def _part(came_s: tuple[float, float], phase_s: tuple[float, float], dwell_s: float) -> float:
    """What part of their steps visitors who come evenly in one stretch take in another.

    Visits are as long as counts are geometric: of so many steps the mean is `dwell_s` after coming in, exponentially.
    """

    def taken(s: float) -> float:
        """The integral of 1 - exp(-s / dwell_s) from 0."""
        return s + dwell_s * math.expm1(-s / dwell_s) if s > 0 else 0.0

    (from_s, to_s), (starts_s, ends_s) = came_s, phase_s
    by_end, by_start = (taken(s - from_s) - taken(s - to_s) for s in (ends_s, starts_s))
    return (by_end - by_start) / (to_s - from_s)


class RealisedMix:
    """What a run's seconds did, by the phase in which they did it; each second is added once."""

    def __init__(self, profile: Profile) -> None:
        self._mixes = {phase: Mix() for phase in profile.schedule().phases}
        self._again = {name for name, baskets in profile.baskets.items() if not baskets}
        day = profile.shaped_day()
        spans = day.spans() if day is not None else ()
        self._weights = {span.phase: span.compression for span in spans if span.day_to_s > 0}

    def add(self, second: Second) -> None:
        for row in second.requests:
            what, mix = COUNTED.get(row.operation), self._mixes.get(row.phase)
            if what is None or mix is None or (what == "visitors" and row.scenario in self._again):
                continue
            setattr(mix, what, getattr(mix, what) + sum(row.response.buckets[1::2]))
        for phase, done in second.business.items():
            if phase in self._mixes:
                mix = self._mixes[phase]
                mix.orders += done.orders
                mix.payments += done.payments
                mix.money += done.gmv_fen * self._weights.get(phase, 0.0)

    def by_phase(self) -> dict[str, Mix]:
        total = sum(mix.money for mix in self._mixes.values())
        return {phase: replace(mix, money=mix.money / total if total else 0.0) for phase, mix in self._mixes.items()}


def realised_mix(profile: Profile, seconds: Iterable[Second]) -> dict[str, Mix]:
    """By phase, of a run's seconds."""
    realised = RealisedMix(profile)
    for second in seconds:
        realised.add(second)
    return realised.by_phase()


def published_money(profile: Profile, year: int = 2017) -> dict[str, float]:
    """What part of the day's money a phase had, where both its ends are published marks."""
    marks = {0.0: 0.0, **{mark.day_s: mark.share for mark in gmv_marks(year)}}
    day = profile.shaped_day()
    spans = day.spans() if day is not None else ()
    return {
        span.phase: marks[span.day_to_s] - marks[span.day_from_s]
        for span in spans
        if span.day_from_s in marks and span.day_to_s in marks
    }


def strays(planned: Mix, realised: Mix) -> list[str]:
    """What a run did in a phase much more or less often than planned; money is held to the marks and not here."""
    found = []
    for field in fields(Mix):
        plan, run = getattr(planned, field.name), getattr(realised, field.name)
        if field.name != "money" and abs(run - plan) > SLACK * plan + SCATTER * plan**0.5:
            found.append(field.name)
    return found
