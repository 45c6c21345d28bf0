"""What one probe's run says: did the shop hold, did it give in, or the generator; and the figures a plan is made of."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from loadtests.judgement.gate import judge_run
from loadtests.judgement.tally import Tally
from loadtests.judgement.validity import all_inside
from loadtests.judgement.wording import quantity
from loadtests.plan.profile import Profile
from loadtests.plan.selector import render_selector
from loadtests.record.histogram_sum import HistogramSum
from loadtests.record.run_record import Run, read_run
from loadtests.record.second import Second
from loadtests.sizing.staircase import Outcome

ProbeOutcome = Outcome | Literal["undecided", "broken_off"]
"""`undecided`: a threshold had too little to judge; `broken_off`: the run did not come to its end."""

CPU_S_MIN = 0.5
"""CPU time of the generator from which on its cost per arrival can be told."""
OF_THE_GENERATOR = ("dropped", "schedule_lag", "arrivals")
"""Metrics that say nothing against the shop."""


@dataclass(frozen=True, slots=True)
class Figures:
    """A run's busiest phase, seen over its whole seconds; None for what was not to be seen."""

    seconds: int = 0
    arrivals_per_s: float | None = None
    """Arrivals that came to their end."""
    requests_per_s: float | None = None
    """Answers of the shop: its throughput."""
    response_s: float | None = None
    """Mean of those answers."""
    response_s_p95: float | None = None
    in_shop: float | None = None
    """Requests in the shop at once, by Little's law: throughput times mean response."""
    slowdown: float | None = None
    """Mean answer of the last third of the seconds over that of the first."""
    orders_per_arrival: float | None = None
    arrivals_per_cpu_s: float | None = None
    """Arrivals started for each second of CPU time the generator spent."""
    generator_cpu: float | None = None
    """Of one core, the busiest worker's mean."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One run of a search."""

    number: int
    rate: float
    outcome: ProbeOutcome
    verdict: str
    why: str
    """One sentence; empty where everything held."""
    directory: str
    figures: Figures
    advice: str = ""
    """What the validity check would change, for a generator that gave in."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Probe:
        """Raises KeyError or TypeError for anything but `to_json`'s data."""
        return cls(**{**data, "figures": Figures(**data["figures"])})


def read_probe(
    directory: Path, number: int, rate: float, phases: Collection[str], without: Collection[str] = ()
) -> Probe:
    """The probe in a run directory; RunRecordError if there is none. `phases`: those at the probe's rate."""
    run, verdict = read_run(directory), judge_run(directory)
    profile = Profile.from_json(run.run["profile"])
    tally = tally_of(run, profile)
    outcome, why = outcome_of(verdict, all_inside(profile, tally) is not None, without)
    advice = "; ".join(reason["message"] for reason in verdict["validity"]["reasons"])
    figures = figures_of(run, tally, phases)
    return Probe(number, rate, outcome, verdict["verdict"], why, str(directory), figures, advice)


def tally_of(run: Run, profile: Profile) -> Tally:
    """The sums of a whole run."""
    tally = Tally(profile)
    for second in run.seconds:
        tally.add(second)
    tally.close(stopped_s=(run.ended or {}).get("stopped_s"), cut_off=run.partial)
    return tally


def outcome_of(verdict: Mapping[str, Any], all_inside: bool, without: Collection[str] = ()) -> tuple[ProbeOutcome, str]:
    """What a verdict means for the search. `without`: selectors whose thresholds were set aside."""
    missed = [t for t in verdict["thresholds"] if t["result"] != "PASS" and selector_of(t) not in without]
    failed = [t for t in missed if t["result"] == "FAIL"]
    against_the_shop = [t for t in failed if t["metric"] not in OF_THE_GENERATOR]
    rules = {reason["rule"] for reason in verdict["validity"]["reasons"]}
    if verdict["audit"]["violations"]:
        return "fails", f"the books broke: {verdict['audit']['violations'][0]['message']}"
    if verdict["partial"]:
        return "broken_off", "the run did not come to its end"
    if verdict.get("aborted") and not rules:
        return "fails", verdict["aborted"]
    if rules == {"target_restarted"} or (rules == {"dropped"} and all_inside and against_the_shop):
        return "fails", verdict["validity"]["reasons"][0]["message"]
    if rules:
        return "generator", f"the generator gave in ({', '.join(sorted(rules))})"
    if failed:
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        return "fails", _missed(failed[0]) + more
    if missed:
        return "undecided", f"{name_of(missed[0])} had {missed[0]['samples']} samples, too few to judge"
    if verdict["verdict"] == "FAIL" and not _only_by(verdict, without):
        return "undecided", (verdict["notes"] or ["nothing was tested"])[0]
    return "holds", ""


def name_of(threshold: Mapping[str, Any]) -> str:
    """A threshold of a verdict by what it measures and demands."""
    return f"{selector_of(threshold)}: {threshold['expression']}"


def selector_of(threshold: Mapping[str, Any]) -> str:
    return render_selector(threshold["metric"], threshold["labels"])


def _missed(threshold: Mapping[str, Any]) -> str:
    return f"{name_of(threshold)}, was {quantity(threshold['observed'], threshold['unit'])}"


def _only_by(verdict: Mapping[str, Any], without: Collection[str]) -> bool:
    """Whether nothing speaks against the run but thresholds that were set aside."""
    return any(t["result"] != "PASS" and selector_of(t) in without for t in verdict["thresholds"])


def figures_of(run: Run, tally: Tally, phases: Collection[str]) -> Figures:
    """The figures of the seconds that lie wholly in these phases; what ends in them counts, whenever it began."""
    # A run that was stopped in mid-phase still answers, but nobody comes any more.
    until_s = tally.lasted_s
    spans = [(start_s, min(end_s, until_s)) for p in phases for start_s, end_s in tally.schedule.phase_spans_s(p)]
    seconds = list(_within(run.seconds, spans))
    if not seconds:
        return Figures()
    responses, count = HistogramSum(), len(seconds)
    for second in seconds:
        for row in second.requests:
            responses.add(row.response)
    ended = sum(a.completed + a.failed for second in seconds for a in second.arrivals.values())
    started = sum(a.started for second in seconds for a in second.arrivals.values())
    by_worker: dict[int, list[float]] = {}
    for second in seconds:
        for one in second.workers:
            by_worker.setdefault(one.worker, []).append(one.cpu)
    cpu_s = sum(map(sum, by_worker.values()))
    offered = sum(tally.books.phases[phase].offered for phase in phases if phase in tally.books.phases)
    orders = sum(tally.business[phase].orders for phase in phases if phase in tally.business)
    mean_s = responses.mean_s
    return Figures(
        seconds=count,
        arrivals_per_s=ended / count,
        requests_per_s=responses.count / count,
        response_s=mean_s,
        response_s_p95=responses.percentile(95),
        in_shop=None if mean_s is None else responses.count / count * mean_s,
        slowdown=_slowdown(seconds),
        orders_per_arrival=orders / offered if offered else None,
        arrivals_per_cpu_s=started / cpu_s if cpu_s >= CPU_S_MIN and started else None,
        generator_cpu=max((sum(shares) / count for shares in by_worker.values()), default=None),
    )


def _slowdown(seconds: Sequence[Second]) -> float | None:
    third = len(seconds) // 3
    if not third:
        return None
    first, last = _mean_s(seconds[:third]), _mean_s(seconds[-third:])
    return last / first if first and last else None


def _mean_s(seconds: Sequence[Second]) -> float | None:
    sums = HistogramSum()
    for second in seconds:
        for row in second.requests:
            sums.add(row.response)
    return sums.mean_s


def _within(seconds: Sequence[Second], spans: Sequence[tuple[float, float]]) -> Iterator[Second]:
    whole = [(math.ceil(start_s - 1e-9), math.floor(end_s + 1e-9)) for start_s, end_s in spans]
    return (second for second in seconds if any(start <= second.second < end for start, end in whole))
