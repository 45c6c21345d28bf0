"""From what one shop and one generator were seen to do to what a target takes: replicas, workers, and how sure that is.

Everything is a `Span`: the figure to plan with, and from where to where it may be. What was not measured is said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any

from loadtests.sizing.scalability_law import Law, draws, finite

TAIL = 0.05
"""Of the laws the fit allows, so many are left out at each end of an interval."""
FAR = 10.0
"""Times beyond the measured rate from which on a plan is a hypothesis to be tested step by step."""


class PlanError(ValueError):
    """Nothing can be planned from this; one sentence says what is missing."""


@dataclass(frozen=True, slots=True)
class Span:
    """A figure and the interval it may be in; infinite where no number is enough."""

    planned: float
    least: float
    most: float

    def to_json(self) -> dict[str, float | None]:
        return {name: finite(value) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Measured:
    """What runs have shown. Rates are arrivals a second."""

    source: str
    holds: float | None
    """The highest that one shop was seen to hold."""
    fails: float | None
    """The lowest that it was seen not to hold."""
    highest: float
    """The highest that a generator applied."""
    orders_per_arrival: Sequence[float]
    """One a run."""
    arrivals_per_cpu_s: Sequence[float]
    """One a run."""
    utilisation: float | None = None
    """Of the shop at `holds`, where somebody knows it."""
    law: Law | None = None
    unchecked: str = ""
    """Why the law is no ground to plan on, if it is not."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a target takes."""

    measured: Measured
    orders_per_s: float
    load: float
    arrivals_per_s: Span
    workers: Span | None
    replicas: Span | None
    """If replicas share nothing."""
    contended: Span | None
    """If they get in each other's way as requests within one shop do."""
    sentences: tuple[str, ...] = ()

    @property
    def extrapolation(self) -> float:
        """How many times the highest measured rate the target is."""
        return self.arrivals_per_s.planned / self.measured.highest

    def to_json(self) -> dict[str, Any]:
        spans = {name: getattr(self, name) for name in ("arrivals_per_s", "workers", "replicas", "contended")}
        return {
            "schema": 1,
            "source": self.measured.source,
            "orders_per_s": self.orders_per_s,
            "load": self.load,
            **{name: span and span.to_json() for name, span in spans.items()},
            "highest_measured_per_s": self.measured.highest,
            "extrapolation": self.extrapolation,
            "sentences": list(self.sentences),
        }


def plan(measured: Measured, orders_per_s: float, load: float = 0.7) -> Plan:
    """What so many orders a second take, with cores and replicas loaded to `load` of what they can bear.

    PlanError where the target makes no sense or no order was ever seen.
    """
    if not 0 < orders_per_s <= 1e12:
        raise PlanError("the target is above 0 orders/s, and below a million million")
    if not 0 < load <= 1:
        raise PlanError("the planned load is above 0% and at most 100%")
    ratios = [ratio for ratio in measured.orders_per_arrival if ratio > 0]
    if not ratios or not measured.highest > 0:
        raise PlanError(
            f"no order was placed in {measured.source}, so how many arrivals an order takes is not known: "
            "give --orders-per-arrival"
        )
    arrivals = Span(orders_per_s / median(ratios), orders_per_s / max(ratios), orders_per_s / min(ratios))
    bare = Plan(
        measured,
        orders_per_s,
        load,
        arrivals,
        _workers(measured, arrivals, load),
        _replicas(measured, arrivals, load),
        _contended(measured, arrivals, load),
    )
    return replace(bare, sentences=tuple(_sentences(bare)))


def _workers(measured: Measured, arrivals: Span, load: float) -> Span | None:
    """A worker is a process on a core of its own."""
    per_core = [rate for rate in measured.arrivals_per_cpu_s if rate > 0]
    if not per_core:
        return None
    return Span(
        _up(arrivals.planned / (median(per_core) * load)),
        _up(arrivals.least / (max(per_core) * load)),
        _up(arrivals.most / (min(per_core) * load)),
    )


def _bears(measured: Measured) -> tuple[float, float, float] | None:
    """What one shop bears: to plan with, at most, at least; in arrivals a second."""
    if measured.holds is None:
        return None
    if measured.utilisation is not None:
        full = measured.holds / measured.utilisation
        return full, full, measured.holds
    return measured.holds, measured.fails or math.inf, measured.holds


def _replicas(measured: Measured, arrivals: Span, load: float) -> Span | None:
    bears = _bears(measured)
    if bears is None:
        return None
    planned, most, least = bears
    return Span(
        _up(arrivals.planned / (planned * load)),
        max(1.0, _up(arrivals.least / (most * load))),
        _up(arrivals.most / (least * load)),
    )


def _contended(measured: Measured, arrivals: Span, load: float) -> Span | None:
    bears = _bears(measured)
    if bears is None or measured.law is None or measured.unchecked:
        return None
    planned, most, least = bears
    likely = sorted(replicas_for(arrivals.planned / (planned * load), law) for law in draws(measured.law))
    cut = int(len(likely) * TAIL)
    # Both doubts at once: the law's, and those of the bracket and the mix.
    outer = (
        replicas_for(arrivals.least / (most * load), measured.law),
        replicas_for(arrivals.most / (least * load), measured.law),
    )
    centre = replicas_for(arrivals.planned / (planned * load), measured.law)
    return Span(centre, min(centre, likely[cut], outer[0]), max(centre, likely[len(likely) - 1 - cut], outer[1]))


def replicas_for(speed_up: float, law: Law) -> float:
    """How many replicas make one shop so many times faster under a law's contention and coherence; perhaps infinite.

    The smaller root of p = S (1 + sigma (p - 1) + kappa p (p - 1)): beyond the larger one more replicas are slower.
    """
    if speed_up <= 1:
        return 1.0
    a = law.coherence * speed_up
    b = law.contention * speed_up - a - 1
    c = speed_up * (1 - law.contention)
    if b >= 0:
        return math.inf
    if a < 1e-12 * abs(b):
        return _up(-c / b)
    inside = b * b - 4 * a * c
    if inside < 0:
        return math.inf
    replicas = _up(2 * c / (-b + math.sqrt(inside)))
    return replicas if times_faster(replicas, law) >= speed_up * (1 - 1e-6) else math.inf


def most_times(law: Law) -> float:
    """How many times faster than one shop any number of replicas can get."""
    if math.isfinite(law.best_concurrency):
        return times_faster(max(1.0, law.best_concurrency), law)
    return 1 / law.contention if law.contention > 0 else math.inf


def times_faster(replicas: float, law: Law) -> float:
    """How many times one shop so many do."""
    return replicas / (1 + law.contention * (replicas - 1) + law.coherence * replicas * (replicas - 1))


def _sentences(plan: Plan) -> Iterable[str]:
    measured = plan.measured
    times = plan.extrapolation
    if times > 1:
        yield (
            f"The target is {_times(times)} times the highest rate measured ({measured.highest:,.4g} arrivals/s): "
            + ("a hypothesis, to be tested in steps on the way there." if times > FAR else "an extrapolation.")
        )
    else:
        yield f"The target lies within what was measured (up to {measured.highest:,.4g} arrivals/s)."
    yield f"Cores and replicas are planned at {plan.load:.0%} of what they were seen to bear."
    if len(measured.orders_per_arrival) == 1:
        yield "It rests on a single run: how much another one would differ is in none of the intervals."
    if plan.workers is None:
        yield "How many arrivals a core starts was not to be seen, it hardly worked: measure at a higher rate."
    yield from _on_replicas(plan)


def _on_replicas(plan: Plan) -> Iterable[str]:
    measured = plan.measured
    if measured.holds is None:
        lowest = measured.fails or measured.highest
        yield f"How many replicas is unknown: no rate held, the lowest was {lowest:,.4g} arrivals/s."
        return
    yield (
        "The number of replicas assumes that they share nothing: no database, no cache, no network between them "
        "that fills up. Shards are such replicas; more processes before one database are not."
    )
    if measured.utilisation is not None:
        yield (
            f"One shop's limit is extrapolated from {measured.utilisation:.0%} busy at {measured.holds:,.4g} "
            "arrivals/s; shops grow slow before they are full: search it with `zerohour capacity`."
        )
    elif measured.fails is None:
        yield (
            f"One shop held {measured.holds:,.4g} arrivals/s and was never seen to give in, so fewer replicas may do; "
            "search its limit with `zerohour capacity`, or give --shop-utilisation."
        )
    if measured.unchecked:
        yield f"How replicas that contend would grow is not said: {measured.unchecked}."
    elif measured.law is not None:
        law = measured.law
        limit = most_times(law)
        cap = f"; then no number of them does more than {_times(limit)} times one shop" if math.isfinite(limit) else ""
        yield (
            "The second number assumes that replicas get in each other's way as requests within one shop do "
            f"(sigma {law.contention:.3g}, kappa {law.coherence:.2g}){cap}."
        )


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.3g}"


def _up(value: float) -> float:
    """Whole ones; what is a hair above a whole number by rounding is that number."""
    return float(math.ceil(value - 1e-9 * max(1.0, value))) if math.isfinite(value) else value
