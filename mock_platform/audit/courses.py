"""Courses: how the shop's day went in its own books, stretch by stretch: how much waited where, how much was done when.

An audit tells that a backlog peaked at 210 parcels; its course tells when, and how it drained. All courses of a report
share one grid of stretches, at least a second long and at most STRETCHES_MOST of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil, floor, isfinite
from typing import Literal

from mock_platform.audit import course_steps
from mock_platform.audit.course_steps import Step
from mock_platform.audit.exported_books import Books

STRETCHES_MOST = 600
WINDOW_S = 7200.0
"""A shop may have served for days; what lies longer back than this is counted in where a course begins."""

Kind = Literal["level", "flow"]

COURSES: Mapping[str, tuple[tuple[str, Kind, Callable[[Books], Iterable[Step]]], ...]] = {
    "checkout": (("orders awaiting payment", "level", course_steps.awaiting_payment),),
    "flash sale": (("units left", "level", course_steps.flash_units_left),),
    "payment": (("payments with the bank", "level", course_steps.with_the_bank),),
    "presale": (("deposits", "flow", course_steps.deposits), ("balances", "flow", course_steps.balances)),
    "promotions": (
        ("coupons claimed", "flow", course_steps.coupons_claimed),
        ("coupons used", "flow", course_steps.coupons_used),
    ),
    "cross-border": (("declarations at customs", "level", course_steps.at_customs),),
    "logistics": (
        ("parcels to sort", "level", course_steps.to_sort),
        ("parcels on their way", "level", course_steps.on_their_way),
    ),
    "marketplace": (
        ("price changes", "flow", course_steps.price_changes),
        ("orders delivered or fetched", "flow", course_steps.delivered),
    ),
    "outlets": (
        ("orders waiting to be fetched", "level", course_steps.waiting_in_outlets),
        ("till sales", "flow", course_steps.till_sales),
    ),
    "risk": (
        ("bots' tries stopped", "flow", course_steps.bots_stopped),
        ("bots' tries let in", "flow", course_steps.bots_let_in),
        ("people's tries let in", "flow", course_steps.people_let_in),
        ("people's tries stopped", "flow", course_steps.people_stopped),
    ),
}
"""By system. A level is how many there were, the highest of a stretch; a flow is how many came in it."""


@dataclass(frozen=True, slots=True)
class Course:
    name: str
    kind: Kind
    begins_at: float
    """Epoch seconds by the shop's clock."""
    every_s: float
    values: tuple[int, ...]
    """One a stretch."""


def courses(books: Books) -> dict[str, tuple[Course, ...]]:
    """The courses of each system that has any; none where nothing happened. Linear in the rows."""
    found: dict[str, list[tuple[str, Kind, list[Step]]]] = {}
    for system, told in COURSES.items():
        for name, kind, steps_of in told:
            if steps := sorted(step for step in steps_of(books) if isfinite(step[0])):
                found.setdefault(system, []).append((name, kind, steps))
    lists = [steps for told in found.values() for _, _, steps in told]
    if not lists:
        return {}
    ends_at = max(steps[-1][0] for steps in lists)
    begins_at = floor(max(min(steps[0][0] for steps in lists), ends_at - WINDOW_S))
    every_s = float(max(1, ceil((ends_at - begins_at + 1) / STRETCHES_MOST)))
    count = floor((ends_at - begins_at) / every_s) + 1
    return {
        system: tuple(
            Course(name, kind, float(begins_at), every_s, tuple(_values(kind, steps, begins_at, every_s, count)))
            for name, kind, steps in told
        )
        for system, told in found.items()
    }


def _values(kind: Kind, steps: list[Step], begins_at: float, every_s: float, count: int) -> Iterator[int]:
    """A level's highest in each stretch, beginning with what it was before; a flow's sum."""
    now, at = 0, 0
    while at < len(steps) and steps[at][0] < begins_at:
        now += steps[at][1]
        at += 1
    for stretch in range(count):
        ends_at = begins_at + (stretch + 1) * every_s
        highest, came = now, 0
        while at < len(steps) and steps[at][0] < ends_at:
            now += steps[at][1]
            came += steps[at][1]
            highest = max(highest, now)
            at += 1
        yield highest if kind == "level" else came
