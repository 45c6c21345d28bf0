"""What a run's seconds stand for, worded for reports: a phase's stretch of the festival day and its compression."""

from __future__ import annotations

from typing import NamedTuple

from loadtests.plan.profile import Profile
from loadtests.plan.units import render_duration
from loadtests.shapes.shaped_day import festival_clock


class DaySpan(NamedTuple):
    phase: str
    run: str
    day: str
    second: str


def day_spans(profile: Profile) -> list[DaySpan]:
    """A row a phase; none for a profile without a shape."""
    day = profile.shaped_day()
    if day is None:
        return []
    return [
        DaySpan(
            span.phase,
            f"{span.run_from_s:.0f} - {span.run_to_s:.0f} s",
            f"{festival_clock(span.day_from_s)} - {festival_clock(span.day_to_s)}",
            render_duration(span.compression, 2),
        )
        for span in day.spans()
    ]
