"""The answer of a capacity search: a bracket or why there is none, the law, and what a reader should know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from loadtests.sizing.probe import Probe
from loadtests.sizing.scalability_law import FitError, HoldOut, Law, Point, fit, try_on
from loadtests.sizing.staircase import Bracket, Result, Search, bracket

SCHEMA = 1

Kind = Literal["bracket", "generator", "lowest_fails", "nothing_gave_in", "unfinished"]

EXIT_CODES: Mapping[Kind, int] = {
    "bracket": 0,
    "nothing_gave_in": 1,
    "unfinished": 1,
    "lowest_fails": 10,
    "generator": 20,
}

SLOWDOWN = 1.5
"""From one third of a step to its last, the mean answer varies by less where nothing piles up."""

THROUGH = 0.99
"""Share of the arrivals that come to their end in each second of a step, where nothing piles up."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """The law of the probes, checked on one of them; or why there is none."""

    law: Law | None = None
    hold_out: HoldOut | None = None
    why_not: str = ""

    def to_json(self) -> dict[str, Any]:
        held = self.hold_out
        return {
            "law": None if self.law is None else self.law.to_json(),
            "hold_out": held
            and {
                "concurrency": held.point.concurrency,
                "observed_per_s": held.point.throughput,
                "predicted_per_s": held.predicted,
                "miss": held.miss,
                "large": held.large,
            },
            "why_not": self.why_not,
        }


@dataclass(frozen=True, slots=True)
class Capacity:
    """A search, finished or not."""

    name: str
    search: Search
    probes: tuple[Probe, ...] = ()
    finished: bool = False
    trouble: str = ""
    """Why the search ended before its time, one sentence."""
    notes: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def results(self) -> list[Result]:
        return _judged(self.probes)

    @property
    def bracket(self) -> Bracket:
        return bracket(self.results)

    @property
    def kind(self) -> Kind:
        found = self.bracket
        if found.holds is not None and found.fails is not None:
            return "bracket"
        if self.trouble or not self.finished:
            return "unfinished"
        if found.generator is not None and found.fails is None and not found.unsettled:
            return "generator"
        return "lowest_fails" if found.holds is None else "nothing_gave_in"

    @property
    def exit_code(self) -> int:
        return 1 if self.trouble else EXIT_CODES[self.kind]

    def to_json(self) -> dict[str, Any]:
        fitted = scaling(self.probes)
        return {
            "schema": SCHEMA,
            "kind": self.kind,
            "finished": self.finished,
            "exit_code": self.exit_code,
            "profile": self.name,
            **self.about,
            "search": asdict(self.search),
            "bracket": asdict(self.bracket),
            "answer": answer(self),
            "notes": [*self.notes, *remarks(self), *on_the_law(fitted)],
            "scaling": fitted.to_json(),
            "probes": [probe.to_json() for probe in self.probes],
        }


def _judged(probes: Sequence[Probe]) -> list[Result]:
    """Those that say something of a rate."""
    return [
        Result(probe.rate, probe.outcome)
        for probe in probes
        if probe.outcome != "undecided" and probe.outcome != "broken_off"
    ]


def scaling(probes: Sequence[Probe]) -> Scaling:
    """Fit the law to what the shop was seen to do; the highest rate that held is predicted from all the others."""
    seen = [p for p in probes if p.outcome in ("holds", "fails") and p.figures.in_shop and p.figures.requests_per_s]
    points = [Point(p.figures.in_shop or 0.0, p.figures.requests_per_s or 0.0) for p in seen]
    try:
        law = fit(points)
    except FitError as error:
        return Scaling(why_not=str(error))
    highest = bracket(_judged(probes)).holds
    held = [i for i, probe in enumerate(seen) if probe.rate == highest and probe.outcome == "holds"]
    if not held:
        return Scaling(law, why_not="no rate held that could be predicted from the others")
    try:
        return Scaling(law, try_on(points, held[0]))
    except FitError as error:
        return Scaling(law, why_not=f"unchecked: without one of its points, {error}")


def answer(capacity: Capacity) -> str:
    """The capacity in a sentence."""
    found = capacity.bracket
    holds, fails = found.holds, found.fails
    match capacity.kind:
        case "bracket":
            settled = "both tried more than once" if found.settled else "not both tried more than once"
            return f"holds {per_s(holds)} and not {per_s(fails)} ({settled})"
        case "generator":
            least = f"at least {per_s(holds)}; " if holds is not None else "nothing is known of the shop: "
            most = _most_started(capacity.probes)
            return f"{least}the generator gave in at {per_s(found.generator)}{most}: add a worker"
        case "lowest_fails" if found.unsettled:
            return f"even {per_s(min(found.unsettled))} held one time and not another; begin lower with --from"
        case "lowest_fails":
            return f"not even {per_s(fails)} holds; begin lower with --from"
        case "nothing_gave_in":
            runs = f"{len(capacity.probes)} runs"
            return f"at least {per_s(holds)}; nothing gave in within {runs}: begin higher with --from, or allow more"
        case _:
            so_far = f"at least {per_s(holds)}" if holds is not None else "nothing is known yet"
            return f"{so_far}; below {per_s(fails)}" if fails is not None else so_far


def _most_started(probes: Sequence[Probe]) -> str:
    per_cpu_s = [p.figures.arrivals_per_cpu_s for p in probes if p.outcome == "generator"]
    told = [rate for rate in per_cpu_s if rate is not None]
    return f" (a core of it starts at most about {max(told):,.0f} arrivals/s of this kind)" if told else ""


def remarks(capacity: Capacity) -> list[str]:
    """What a reader should know before planning on it, a sentence each."""
    found, told = capacity.bracket, []
    if capacity.trouble:
        told.append(capacity.trouble)
    if found.unsettled:
        told.append(
            f"{', '.join(map(per_s, found.unsettled))} held one time and not another: the bracket is as wide as that"
        )
    if found.holds and found.fails and found.fails / found.holds - 1 > 1.001 * capacity.search.tolerance:
        told.append(
            f"the bracket is wider than {capacity.search.tolerance:.0%}: more would take more runs than "
            f"{capacity.search.runs_max}, or a quieter machine"
        )
    told += _borrowed(capacity)
    if found.generator is not None:
        advice = next(p.advice for p in capacity.probes if p.outcome == "generator" and p.rate == found.generator)
        told.append(f"at {per_s(found.generator)} the generator gave in: {advice}")
    broken = [p for p in capacity.probes if p.verdict == "BROKEN"]
    if broken:
        told.append(f"at {per_s(broken[0].rate)} {broken[0].why}: that is worse than slow; see {broken[0].directory}")
    return told


def _borrowed(capacity: Capacity) -> list[str]:
    """A shop asked for too much falls behind ever more, but in a short step not yet by enough to break a promise."""
    held = [p for p in capacity.probes if p.rate == capacity.bracket.holds and p.outcome == "holds"]
    slower = [p.figures.slowdown for p in held if p.figures.slowdown is not None]
    if not slower or min(slower) < SLOWDOWN:
        return []
    ended = [p.figures.arrivals_per_s for p in held if p.figures.arrivals_per_s is not None]
    through = f" and {per_s(max(ended))} came through" if ended and max(ended) < THROUGH * held[0].rate else ""
    return [
        f"at {per_s(held[0].rate)} answers took {min(slower):.1f} times as long at the end of the step as at its "
        f"beginning{through}: if that is a queue, longer steps (--step-duration) will show that it holds less"
    ]


def on_the_law(fitted: Scaling) -> list[str]:
    """Whether there is one to plan on."""
    if fitted.law is None:
        return [f"no scalability law: {fitted.why_not}"]
    told = [fitted.why_not] if fitted.why_not else []
    if fitted.hold_out is not None and fitted.hold_out.large:
        held = fitted.hold_out
        told.append(
            f"the law misses a rate it was not fitted on by {held.miss:+.0%} ({held.predicted:,.0f} requests/s and not "
            f"{held.point.throughput:,.0f}): do not extrapolate with it"
        )
    return told


def per_s(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:,.4g}/s" if rate < 10_000 else f"{rate:,.0f}/s"
