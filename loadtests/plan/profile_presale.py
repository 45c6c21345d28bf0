"""Reads `[presale]`: when balances open, for how long, and how many; for a shape on the festival's own clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from loadtests.plan.balances import DEPOSITOR, EVE, HUMP, Balances
from loadtests.plan.profile_mistakes import Mistakes, Place
from loadtests.plan.profile_parts import CrowdAsWritten
from loadtests.plan.profile_values import Table, clock, duration, phase_name, share
from loadtests.plan.rate_line import RateLine, Stage
from loadtests.plan.units import did_you_mean, quoted, render_duration
from loadtests.shapes import HUMPS
from loadtests.shapes.shaped_day import festival_clock

SHARE_MOST = 0.9
"""Of the day's money: somebody has to buy something else."""
ONLY_SHAPES = {
    "opens": 'stages have no festival clock: write the phase in which balances open, and after = "5s" within it',
    "share_of_money": "stages have no day's money: write share_of_arrivals, which holds while balances are open",
}
ONLY_STAGES = {
    "phase": 'a shape has a festival clock: write opens = "00:30", and the phase moves there',
    "after": 'a shape has a festival clock: write opens = "00:30"',
    "share_of_arrivals": "a shape has the curve of a day: write share_of_money",
}


def read_hump(written: object, run: Table, mistakes: Mistakes, homes: Mapping[str, str]) -> Balances | None:
    """The hump of a profile that takes a shape; None without the table, or for stages."""
    shape = run.written.get("shape")
    if written is None:
        return None
    table = Table(written, ("presale",), mistakes, homes)
    if "locustfile" in run:
        mistakes.add(("presale",), "it speaks of the festival's own crowd, and run.locustfile brings another")
    if shape is None:
        return None
    if not isinstance(shape, str) or shape not in HUMPS:
        return None  # an unknown shape is told where it stands
    usual, (earliest_s, latest_s) = HUMPS[shape]
    _refuse(table, ONLY_STAGES)
    hump = Balances(
        table.take("opens", clock, usual.opens_s),
        table.take("lasts", duration(above_zero=True), usual.lasts_s),
        table.take("share_of_money", share(most=SHARE_MOST), usual.share),
    )
    table.close()
    if hump.opens_s < earliest_s or hump.closes_s > latest_s:
        key = "opens" if hump.opens_s < earliest_s or "lasts" not in table else "lasts"
        window = f"from {festival_clock(hump.opens_s)} to {festival_clock(hump.closes_s)}"
        bounds = f"between {festival_clock(earliest_s)} and {festival_clock(latest_s)}"
        mistakes.add(("presale", key), f"balances would be open {window}; with {shape} they lie {bounds}")
        return usual
    return hump


def read_window(
    written: object, run: Table, stages: Sequence[Stage], mistakes: Mistakes, homes: Mapping[str, str]
) -> Balances | None:
    """The seconds of the run in which balances are open, for a profile of stages; None without the table."""
    if written is None or run.written.get("shape") is not None:
        return None
    table = Table(written, ("presale",), mistakes, homes)
    _refuse(table, ONLY_SHAPES)
    line = RateLine(stages)
    spans: dict[str, tuple[float, float]] = {}
    for i, stage in enumerate(stages):
        spans[stage.phase] = (spans.get(stage.phase, (line.start_s(i), 0.0))[0], line.end_s(i))
    if HUMP in spans:
        phase: str | None = table.take("phase", phase_name, HUMP)
    else:
        phase = table.need("phase", phase_name, "stages need the phase in which balances open")
    after_s = table.take("after", duration(), 0.0)
    lasts_s = table.take("lasts", duration(above_zero=True), None)
    of_arrivals = table.take("share_of_arrivals", share(), None)
    table.close()
    if phase is None or not stages:
        return None
    if phase not in spans:
        mistakes.add(("presale", "phase"), f"there is no phase {quoted(phase)}{did_you_mean(phase, spans)}")
        return None
    starts_s, ends_s = spans[phase]
    opens_s = starts_s + after_s
    if opens_s >= ends_s:
        over = f"the phase {quoted(phase)} is over after {render_duration(ends_s - starts_s)}"
        mistakes.add(("presale", "after"), f"{render_duration(after_s)} is too late; {over}")
        return None
    if lasts_s is not None and opens_s + lasts_s > line.duration_s:
        left = render_duration(max(0.0, line.duration_s - opens_s))
        mistakes.add(("presale", "lasts"), f"{render_duration(lasts_s)} is too long; the run ends after {left} of it")
    if opens_s <= 0:
        mistakes.add(("presale",), "balances open when the run does, so nobody could pay a deposit before; add after")
    return Balances(opens_s, ends_s - opens_s if lasts_s is None else lasts_s, of_arrivals)


def _refuse(table: Table, elsewhere: Mapping[str, str]) -> None:
    for key, why in elsewhere.items():
        if key in table:
            table.take(key, lambda value: value, None)
            table.mistakes.add((*table.path, key), why)


def with_depositors(stages: Sequence[Stage], window: Balances) -> tuple[Stage, ...]:
    """The stages, cut where balances open and close; between, the share of those who come with one."""
    if window.share is None:
        return tuple(stages)
    line = RateLine(stages)
    found: list[Stage] = []
    for i, stage in enumerate(stages):
        start_s, end_s = line.start_s(i), line.end_s(i)
        cuts_s = [cut_s for cut_s in (window.opens_s, window.closes_s) if start_s + 1e-6 < cut_s < end_s - 1e-6]
        slope = (stage.to_rate - stage.from_rate) / stage.duration_s
        edges_s = [start_s, *cuts_s, end_s]
        for from_s, to_s in pairwise(edges_s):
            rates = [max(0.0, stage.from_rate + slope * (at_s - start_s)) for at_s in (from_s, to_s)]
            part = replace(stage, duration_s=to_s - from_s, from_rate=rates[0], to_rate=rates[1])
            found.append(replace(part, depositors=window.share) if window.at((from_s + to_s) / 2) else part)
    return tuple(found)


def check_depositors(
    stages: Sequence[Stage], balances: Balances | None, crowd: CrowdAsWritten, mistakes: Mistakes
) -> None:
    """Whoever comes with a balance paid a deposit before; where curves count them, a balance is worth something."""
    if balances is None or not balances.share:
        return

    def somebody_in(phase: str) -> bool:
        weights = crowd.scenarios_by_phase.get(phase) or crowd.scenarios
        return bool(weights.get(DEPOSITOR)) if weights else True  # the classes' own weights

    def nobody(phase: str, does: str) -> None:
        place: Place = ("scenarios", phase) if phase in crowd.scenarios_by_phase else ("scenarios",)
        mistakes.add(place, f"nobody {does}; give {DEPOSITOR} a weight in {quoted(phase)}")

    if crowd.hump is None:
        line = RateLine(stages)
        before = list(dict.fromkeys(s.phase for i, s in enumerate(stages) if line.start_s(i) < balances.opens_s))
        if before and not any(map(somebody_in, before)):
            nobody(before[0], "pays a deposit before balances open")
    elif crowd.baskets:  # without curves the weights alone say who comes
        for phase, does in ((EVE, "pays a deposit"), (HUMP, "comes with a balance")):
            if not somebody_in(phase):
                nobody(phase, does)
        if not crowd.baskets_in(HUMP).get(DEPOSITOR):
            mistakes.add(("baskets",), f"nobody knows what a balance is worth; give {DEPOSITOR} a basket")
