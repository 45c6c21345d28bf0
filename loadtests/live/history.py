"""The run so far for a page that is opened late: every second while they are few, then ever coarser points. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

POINTS_MAX = 600
"""Even, so that every point finds a partner."""
EVENTS_MAX = 500

Plain = dict[str, Any]

WORST = frozenset({"p50", "p95", "p99", "service_p95", "waiting", "in_shop", "cpu", "lag_p99"})
"""Of several seconds the worst is kept: a coarser picture must not hide a spike. Rates are averaged."""


class History:
    """Fewer than POINTS_MAX points and one whatever the run's length; each stands for `stride` seconds."""

    def __init__(self) -> None:
        self.stride = 1
        self.points: list[Plain] = []
        self.events: list[Plain] = []
        self._open: list[Plain] = []

    def add(self, frame: Plain) -> None:
        """Take a frame's point and events in."""
        self.events = (self.events + frame["events"])[-EVENTS_MAX:]
        self._open.append(frame["point"])
        if len(self._open) < self.stride:
            return
        self.points.append(merged(self._open))
        self._open = []
        if len(self.points) == POINTS_MAX:
            self.points = [merged(pair) for pair in zip(self.points[::2], self.points[1::2], strict=True)]
            self.stride *= 2

    def so_far(self) -> Plain:
        """For a page that has just been opened."""
        points = [*self.points, merged(self._open)] if self._open else self.points
        return {"stride_s": self.stride, "points": points, "events": self.events}


def merged(points: Sequence[Plain]) -> Plain:
    """Neighbouring points as one, at the latest instant of them."""
    if len(points) == 1:
        return points[0]
    last = points[-1]
    together: Plain = {"at_s": last["at_s"]}
    for name in last.keys() - {"at_s", "margins", "operations"}:
        values = [point[name] for point in points if point[name] is not None]
        if not values:
            together[name] = None
        else:
            together[name] = max(values) if name in WORST else sum(values) / len(values)
    together["margins"] = [_least(column) for column in zip(*(point["margins"] for point in points), strict=True)]
    names = {name for point in points for name in point["operations"]}
    together["operations"] = {name: _most(point["operations"].get(name) for point in points) for name in names}
    return together


def _least(values: Any) -> float | None:
    return min((value for value in values if value is not None), default=None)


def _most(values: Any) -> float | None:
    return max((value for value in values if value is not None), default=None)
