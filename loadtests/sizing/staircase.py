"""The search for a shop's capacity: from the results so far to the rate to probe next. Pure, and always ends.

Up the stairs while the shop holds; once it gave in, between the highest rate that held and the lowest that did not,
until the two are near enough; then both are probed once more. A rate that held one time and not another is unsettled,
and the bracket widens to the next rates that were always of one mind: a noisy shop gets a wide bracket, never a wrong
one. Where the generator gives in, nothing is known of the shop: that rate is probed again at once, then kept out of.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from loadtests.plan.rate_line import MAX_RATE

Outcome = Literal["holds", "fails", "generator"]
Standing = Literal["holds", "fails", "generator", "unsettled"]

DIGITS = 4
"""Rates are rounded to so many, for people; a hundredth of the finest tolerance."""
TOLERANCE_MIN = 0.01
STEP_MIN, STEP_MAX = 1.05, 10.0
RUNS_MIN, RUNS_MAX = 2, 100


@dataclass(frozen=True, slots=True)
class Result:
    """What one probe said of one rate."""

    rate: float
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Search:
    """How to look; ValueError, one sentence, for what leads nowhere."""

    from_rate: float
    step: float = 1.5
    tolerance: float = 0.1
    """How far the rate that fails may be above the one that holds, as a share of it."""
    runs_max: int = 12

    def __post_init__(self) -> None:
        if not 0 < self.from_rate <= MAX_RATE:
            raise ValueError(f"the search starts above 0 and at most at {MAX_RATE:,.0f} arrivals/s")
        if not STEP_MIN <= self.step <= STEP_MAX:
            raise ValueError(f"a step multiplies the rate by {STEP_MIN:g} to {STEP_MAX:g}, like 1.5")
        if not TOLERANCE_MIN <= self.tolerance <= 1:
            raise ValueError(f"the tolerance is from {TOLERANCE_MIN:.0%} to 100%, like 10%")
        if not RUNS_MIN <= self.runs_max <= RUNS_MAX:
            raise ValueError(f"a search takes {RUNS_MIN} to {RUNS_MAX} runs")


@dataclass(frozen=True, slots=True)
class Bracket:
    """What the results say: it held at `holds`, and did not at `fails`; None where no rate has shown that."""

    holds: float | None = None
    """The highest that held every time, below all that ever failed."""
    fails: float | None = None
    """The lowest that failed every time, above all that ever held."""
    unsettled: tuple[float, ...] = ()
    """Rates that held one time and not another."""
    generator: float | None = None
    """The lowest above `holds` at which the generator gave in, each time it was tried."""
    settled: bool = False
    """Whether both ends were probed more than once and said the same each time."""


def standings(results: Iterable[Result]) -> dict[float, Standing]:
    """Every rate that was probed, in order, and what its probes agree on."""
    votes: dict[float, set[Outcome]] = {}
    for result in results:
        votes.setdefault(result.rate, set()).add(result.outcome)
    return {rate: _standing(votes[rate]) for rate in sorted(votes)}


def _standing(votes: set[Outcome]) -> Standing:
    of_the_shop = votes - {"generator"}
    if not of_the_shop:
        return "generator"
    return next(iter(of_the_shop)) if len(of_the_shop) == 1 else "unsettled"


def bracket(results: Sequence[Result]) -> Bracket:
    """The bracket so far."""
    known = standings(results)
    gave_in = [rate for rate, standing in known.items() if standing in ("fails", "unsettled")]
    held = [rate for rate, standing in known.items() if standing in ("holds", "unsettled")]
    holds = max((r for r, s in known.items() if s == "holds" and r < min(gave_in, default=math.inf)), default=None)
    fails = min((r for r, s in known.items() if s == "fails" and r > max(held, default=0.0)), default=None)
    above = 0.0 if holds is None else holds
    return Bracket(
        holds,
        fails,
        tuple(rate for rate, standing in known.items() if standing == "unsettled"),
        min((rate for rate, s in known.items() if s == "generator" and rate > above), default=None),
        None not in (holds, fails) and all(_times(results, rate) > 1 for rate in (holds, fails)),
    )


def next_rate(search: Search, results: Sequence[Result]) -> float | None:
    """The rate to probe next, in arrivals per second; None when the search is over."""
    left = search.runs_max - len(results)
    if left <= 0:
        return None
    if not results:
        return search.from_rate
    known, found = standings(results), bracket(results)
    if found.generator is not None and _times(results, found.generator) == 1:
        return found.generator  # another program may have had the machine for a moment
    if found.holds is None:
        lowest = min(known)
        return lowest if _times(results, lowest) == 1 else None
    top = found.fails or found.generator
    if top is None:
        up = _neat(max(known) * search.step)
        return up if max(known) < up <= MAX_RATE else None
    again = [rate for rate in (found.fails, found.holds) if rate is not None and _times(results, rate) == 1]
    gap = _widest_gap(known, found.holds, top)
    if gap is not None and gap[1] / gap[0] - 1 > search.tolerance and left > len(again):
        return _between(*gap)
    return again[0] if again else None


def _widest_gap(known: Mapping[float, Standing], low: float, top: float) -> tuple[float, float] | None:
    """Between the bracket's ends and their neighbours: what lies among unsettled rates tells nothing new."""
    inside = list(pairwise(rate for rate in known if low <= rate <= top))
    ends = {inside[0], inside[-1]} if inside else set()
    # Below a rate that fails, the generator may have given in; then it does so all the way up.
    useful = [gap for gap in ends if known[gap[0]] != "generator"]
    return max(useful, key=lambda gap: gap[1] / gap[0], default=None)


def _between(low: float, high: float) -> float:
    middle = math.sqrt(low * high)
    neat = _neat(middle)
    return neat if low < neat < high else middle


def _neat(rate: float) -> float:
    return float(f"{rate:.{DIGITS}g}")


def _times(results: Sequence[Result], rate: float | None) -> int:
    return sum(result.rate == rate for result in results)
