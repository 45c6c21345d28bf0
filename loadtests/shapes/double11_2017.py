"""The shape of Double 11 2017: the published GMV curve of the day, each phase of it compressed by its own factor.

A day of 86,400 s squeezed evenly into 100 s would leave 0.4 s for the six minutes that decide everything. So every
phase gets a share of the run by what there is to learn from it: midnight's six minutes a quarter (25 s of 100,
14-fold), the rest of the first hour a fifth, and the long level stretches, which only have to be seen passing, about
a tenth each. Rates are not compressed: within a phase they follow the curve's steps, as parts of the highest one.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

from loadtests.plan.arrivals import Stage
from loadtests.shapes.shaped_day import ShapedStage

COUNTDOWN_S = 7_200.0
"""How much of the eve the countdown stands for: browsing was busiest from 22:00 on (FACTS 2)."""
COUNTDOWN_MULTIPLE = 3.3
"""Traffic of the eve over the hourly mean, 22:00 on the night before Double 12 (Tianchi 2014, derived)."""

PHASE_ENDS_S: Mapping[str, float] = MappingProxyType(
    {
        "countdown": 0.0,
        "zero_hour": 360.0,
        "first_hour": 3_600.0,
        "presale_balance": 7_200.0,
        "overnight": 27_660.0,
        "daytime": 68_136.0,
        "evening": 86_400.0,
    }
)
"""Seconds after midnight at which each phase ends; 07:41:00 and 18:55:36 are published marks."""

SHARES: Mapping[str, float] = MappingProxyType(
    {
        "countdown": 0.10,
        "zero_hour": 0.25,
        "first_hour": 0.20,
        "presale_balance": 0.12,
        "overnight": 0.08,
        "daytime": 0.12,
        "evening": 0.13,
    }
)
"""What part of the run each phase gets."""


@cache
def steps() -> tuple[tuple[float, float, float], ...]:
    """The curve: (from second, to second, multiple of the day's mean rate). Sources in the file's own head."""
    text = resources.files("loadtests.shapes").joinpath("double11_2017_profile.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple((float(row["start_s"]), float(row["end_s"]), float(row["multiple_of_day_mean"])) for row in rows)


def stages(
    duration_s: float,
    peak_rate: float,
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
    curve = ((-countdown_s, 0.0, countdown_multiple), *steps())
    rate_per_multiple = peak_rate / max(multiple for _, _, multiple in steps())
    whole = sum(shares.values())
    shaped: list[ShapedStage] = []
    begins_s = -countdown_s
    for phase, ends_s in PHASE_ENDS_S.items():
        squeeze = duration_s * shares[phase] / whole / (ends_s - begins_s)
        for step_from_s, step_to_s, multiple in curve:
            from_s, to_s = max(step_from_s, begins_s), min(step_to_s, ends_s)
            if from_s < to_s:
                rate = multiple * rate_per_multiple
                shaped.append(ShapedStage(Stage(phase, (to_s - from_s) * squeeze, rate, rate), from_s, to_s))
        begins_s = ends_s
    return tuple(shaped)
