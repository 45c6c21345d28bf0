"""The systems' charts: how a backlog grew and drained, how a scarce item went, by the shop's own books."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from loadtests.judgement.wording import quantity

AFTER_S = 60.0
"""Of what happens after the run's last second, while the books settle, so much is drawn."""
ROLES = ("main", "good", "bad", "mild")

Chart = dict[str, Any]


def system_charts(
    run: Mapping[str, Any], audit: Mapping[str, Any] | None, lasted_s: float, phase_at: Callable[[float], str]
) -> dict[str, Chart]:
    """By system: `lines` as charts have them, and `caption`, the same in words. None of a run that never began."""
    opened_at = run.get("started_at")
    if not isinstance(opened_at, int | float) or isinstance(opened_at, bool):
        return {}
    found = {}
    for row in (audit or {}).get("systems", ()):
        lines, captions = [], []
        for course, role in zip(row.get("courses", ()), ROLES, strict=False):
            xs, ys = _drawn(course, opened_at, lasted_s)
            if not any(ys):
                continue
            lines.append({"name": course["name"], "role": role, "x": xs, "y": ys})
            captions.append(_caption(course, xs, ys, phase_at))
        if lines:
            found[row["system"]] = {"lines": lines, "unit": "", "caption": "; ".join(captions)}
    return found


def _drawn(course: Mapping[str, Any], opened_at: float, lasted_s: float) -> tuple[list[float], list[int]]:
    """The stretches' middles in run seconds and their values, from the run's begin until a while after its end."""
    xs: list[float] = []
    ys: list[int] = []
    for number, value in enumerate(course["values"]):
        x = round(course["begins_at"] + (number + 0.5) * course["every_s"] - opened_at, 1)
        if -course["every_s"] / 2 < x <= lasted_s + AFTER_S:
            xs.append(max(0.0, x))
            ys.append(value)
    return xs, ys


def _caption(
    course: Mapping[str, Any], xs: Sequence[float], ys: Sequence[int], phase_at: Callable[[float], str]
) -> str:
    highest = max(ys)
    when_s = xs[ys.index(highest)]
    at = f"{quantity(when_s, 'count')} s in {phase_at(when_s)}"
    if course["kind"] == "level":
        return f"{course['name']}: {highest:,} at most, at {at}"
    per = "a second" if course["every_s"] == 1 else f"in {quantity(course['every_s'], 's')}"
    return f"{course['name']}: {sum(ys):,}, up to {highest:,} {per}, at {at}"
