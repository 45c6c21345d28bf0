"""The shape of Double 11 2017: the published GMV curve of the day, each phase of it compressed by its own factor.

A day of 86,400 s squeezed evenly into 100 s would leave 0.4 s for the six minutes that decide everything. So every
phase gets a share of the run by what there is to learn from it: midnight's six minutes a quarter (25 s of 100,
14-fold), the rest of the first hour a fifth, and the long level stretches, which only have to be seen passing, about
a tenth each. Rates are not compressed: within a phase they follow the curve's steps, as parts of the highest one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from itertools import pairwise
from types import MappingProxyType

from loadtests.plan.arrivals import Stage
from loadtests.plan.balances import HUMP, Balances
from loadtests.shapes.shaped_day import DAY_S, ShapedStage

COUNTDOWN_S = 7_200.0
"""How much of the eve the countdown stands for: browsing was busiest from 22:00 on (FACTS 2)."""
COUNTDOWN_MULTIPLE = 3.3
"""Traffic of the eve over the hourly mean, 22:00 on the night before Double 12 (Tianchi 2014, derived)."""

PHASE_ENDS_S: Mapping[str, float] = MappingProxyType(
    {
        "countdown": 0.0,
        "zero_hour": 360.0,
        "first_hour": 3_600.0,
        HUMP: 7_200.0,
        "overnight": 27_660.0,
        "daytime": 68_136.0,
        "evening": 86_400.0,
    }
)
"""Seconds after midnight at which each phase ends; 07:41:00 and 18:55:36 are published marks."""
AS_PUBLISHED = Balances(opens_s=3_600.0, lasts_s=3_600.0, share=0.033)
"""The hump that is in the curves as they are. Of 2017 neither time nor size was published: a quarter of the money from
01:00 to 02:00 is ours. Rule pages say 00:30 (2020, 2021), and 2019's curve has its hump at 01:04-01:26 or so."""
LEEWAY_S = 60.0
HUMP_BOUNDS_S = (PHASE_ENDS_S["zero_hour"] + LEEWAY_S, PHASE_ENDS_S["overnight"] - LEEWAY_S)
"""A hump lies between midnight's six minutes and the morning, and leaves something of the phases on either side."""

SHARES: Mapping[str, float] = MappingProxyType(
    {
        "countdown": 0.10,
        "zero_hour": 0.25,
        "first_hour": 0.20,
        HUMP: 0.12,
        "overnight": 0.08,
        "daytime": 0.12,
        "evening": 0.13,
    }
)
"""What part of the run each phase gets."""


Step = tuple[float, float, float]


@cache
def steps(hump: Balances = AS_PUBLISHED) -> tuple[Step, ...]:
    """The curve: (from second, to second, multiple of the day's mean rate). Sources in the file's own head."""
    return tuple(moved(_published(), hump))


def _published() -> list[Step]:
    text = resources.files("loadtests.shapes").joinpath("double11_2017_profile.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return [(float(row["start_s"]), float(row["end_s"]), float(row["multiple_of_day_mean"])) for row in rows]


def moved(curve: Iterable[Step], hump: Balances) -> Iterable[Step]:
    """A curve of the day with its balances at another time, or more or fewer of them; its area stays as it was.

    What is not a balance keeps its shape, and gives way as a whole when there are more of them.
    """
    if hump == AS_PUBLISHED:
        yield from curve
        return
    gives_way = (1 - (hump.share or 0.0)) / (1 - (AS_PUBLISHED.share or 0.0))
    bends_s = (AS_PUBLISHED.opens_s, AS_PUBLISHED.closes_s, hump.opens_s, hump.closes_s)
    for from_s, to_s, multiple in curve:
        inside = [bend_s for bend_s in bends_s if from_s < bend_s < to_s]
        for start_s, end_s in pairwise(sorted({from_s, *inside, to_s})):
            rest = multiple - height(AS_PUBLISHED, start_s)
            yield start_s, end_s, rest * gives_way + height(hump, start_s)


def height(hump: Balances, day_s: float) -> float:
    """What of the curve is balances, as a multiple of the day's mean of everything."""
    return (hump.share or 0.0) * DAY_S / hump.lasts_s if hump.at(day_s) else 0.0


def phase_ends_s(hump: Balances) -> Mapping[str, float]:
    """When each phase ends: balances have one of their own, wherever it lies."""
    return {**PHASE_ENDS_S, "first_hour": hump.opens_s, HUMP: hump.closes_s}


def stages(
    duration_s: float,
    peak_rate: float,
    hump: Balances = AS_PUBLISHED,
    *,
    countdown_s: float = COUNTDOWN_S,
    countdown_multiple: float = COUNTDOWN_MULTIPLE,
    shares: Mapping[str, float] = SHARES,
) -> tuple[ShapedStage, ...]:
    """The day in `duration_s` seconds, its highest step at `peak_rate` arrivals per second.

    Raises ValueError for a duration or a rate that is not above zero.
    """
    if not (duration_s > 0 and peak_rate > 0):
        raise ValueError("the festival needs a duration and a peak rate above zero")
    curve = ((-countdown_s, 0.0, countdown_multiple), *steps(hump))
    rate_per_multiple = peak_rate / max(multiple for _, _, multiple in steps(hump))
    whole = sum(shares.values())
    shaped: list[ShapedStage] = []
    begins_s = -countdown_s
    for phase, ends_s in phase_ends_s(hump).items():
        squeeze = duration_s * shares[phase] / whole / (ends_s - begins_s)
        for step_from_s, step_to_s, multiple in curve:
            from_s, to_s = max(step_from_s, begins_s), min(step_to_s, ends_s)
            if from_s < to_s:
                rate = multiple * rate_per_multiple
                shaped.append(ShapedStage(Stage(phase, (to_s - from_s) * squeeze, rate, rate), from_s, to_s))
        begins_s = ends_s
    return tuple(shaped)
