"""The crowd held to what was published: figures, what each phase is for, and the day's money at the marks of 2017."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import msgspec

from loadtests.judgement.calibration import Figure, Habits, calibration
from loadtests.judgement.day_sums import DaySums
from loadtests.judgement.phase_mix import Mix, planned_mix, published_money, strays
from loadtests.plan.profile import Profile
from loadtests.shapes.gmv_marks import gmv_marks
from loadtests.shapes.shaped_day import DAY_S, festival_clock

YEAR = 2017
UNKNOWN = Habits(**{field.name: 1 for field in fields(Habits)})
"""Stands in where the run does not say what its scenarios planned; what follows of it is not shown."""
POINTS = 240
FIRST_S = 60.0
"""The curve is drawn from the first minute, over the logarithm of time: a third of the money comes in an hour."""


@dataclass(frozen=True, slots=True)
class MarkRow:
    clock: str
    day_s: float
    share: float
    """Of the day's money paid by then, as published."""
    realised: float


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """What a visitor does in a phase."""

    phase: str
    planned: Mix | None
    """None if the run does not say what its scenarios planned."""
    realised: Mix
    strays: Sequence[str]
    """Of what there was much more or less than planned."""
    published_money: float | None
    """Its part of the day's money, where that was published."""


@dataclass(frozen=True, slots=True)
class HeldCrowd:
    figures: Sequence[Figure]
    phases: Sequence[PhaseRow]
    marks: Sequence[MarkRow]
    curve: Sequence[tuple[float, float]]
    """Second of the day, share of the run's money paid by then."""

    @property
    def sentence(self) -> str:
        judged = [figure for figure in self.figures if figure.holds is not None]
        off = [figure.what for figure in judged if not figure.holds]
        furthest = max(self.marks, key=lambda row: abs(row.realised - row.share), default=None)
        held = f"{len(judged) - len(off)} of {len(judged)} figures lie within their bounds"
        missed = f", not {', '.join(off)}" if off else ""
        money = ""
        if furthest is not None:
            money = (
                f"; the day's money is furthest from a mark of {YEAR} at {furthest.clock}: "
                f"{100 * (furthest.realised - furthest.share):+.2f} % of the day"
            )
        return f"{held}{missed}{money}."


def habits_of(run: Mapping[str, Any]) -> Habits | None:
    """What the scenarios planned, as run.json says; None if it does not, or says nonsense."""
    try:
        told = msgspec.convert(run.get("habits"), Habits)
    except msgspec.ValidationError:
        return None
    return told if min(asdict(told).values()) >= 0 and told.dwell_s > 0 else None


def held_crowd(
    profile: Profile,
    run: Mapping[str, Any],
    sums: DaySums,
    mixes: Mapping[str, Mix],
    journal: Iterable[Mapping[str, Any]],
) -> HeldCrowd | None:
    """None for a profile whose crowd follows no curves, and for a run that took no money."""
    if profile.crowd() is None or not sums.gmv_fen:
        return None
    habits = habits_of(run)
    figures = calibration(profile, habits or UNKNOWN, sums, journal)
    if habits is None:
        figures = [replace(figure, planned=None) for figure in figures]
    planned, money = planned_mix(profile, habits) if habits else {}, published_money(profile)
    phases = [
        PhaseRow(phase, plan := planned.get(phase), mix, strays(plan, mix) if plan else (), money.get(phase))
        for phase, mix in mixes.items()
    ]
    marks = [
        MarkRow(festival_clock(mark.day_s), mark.day_s, mark.share, mark.share + off)
        for mark, off in sums.off_the_marks(gmv_marks(YEAR))
    ]
    steps = (FIRST_S * (DAY_S / FIRST_S) ** (number / POINTS) for number in range(POINTS + 1))
    return HeldCrowd(figures, phases, marks, [(day_s, sums.gmv_share(day_s)) for day_s in steps])
