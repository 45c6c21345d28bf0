"""The report's charts as data: lines over the run's seconds, phases and faults as bands, moments as marks.

The page draws whatever stands here; it knows no name of a series. A line is `{"name", "y"}`, with its own `x` where
seconds were left out (see decimation.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from loadtests.judgement.recovery import fault_spans
from loadtests.judgement.wording import selector
from loadtests.reports.decimation import MOST_POINTS, kept
from loadtests.reports.material import Material
from loadtests.reports.timeline import EVERY_OPERATION, Line, Timeline

ROLES: Mapping[str, str] = {
    "offered": "plan",
    "started": "main",
    "completed": "good",
    "failed": "bad",
    "refused": "mild",
    "dropped": "worse",
    "unfinished": "other",
    "p50": "good",
    "p95": "main",
    "p99": "bad",
    "orders": "main",
    "payments": "good",
    "GMV": "main",
    "CPU of a core": "main",
    "lateness of starts, p99": "main",
    "longest pause": "mild",
    "shoppers": "good",
    "arrivals waiting for one": "bad",
}
"""What each line means to the eye; the page has a colour for each role, one for light and one for dark."""


def charts(material: Material) -> dict[str, Any]:
    """Everything the page's charts are drawn from."""
    line = material.timeline
    seconds = line.seconds
    return {
        "seconds": {"first": seconds[0] if seconds else 0, "count": len(seconds)} if _even(seconds) else seconds,
        "charts": {
            chart["id"]: {**chart, "lines": [_line(seconds, *one) for one in chart["lines"]]} for chart in _charts(line)
        }
        | _systems(material),
        "money": _money(material),
        "response": {
            "operations": [EVERY_OPERATION, *material.charted],
            "lines": {operation: _response(line, operation) for operation in line.response_s},
        },
        "phases": _phases(material),
        "faults": _faults(line),
        "marks": _marks(material),
        "day": _day(material),
        "sparse": len(seconds) > MOST_POINTS,
    }


def _charts(line: Timeline) -> list[dict[str, Any]]:
    arrivals, requests, business, generator = line.arrivals, line.requests, line.business, line.generator
    found: list[dict[str, Any]] = [
        {
            "id": "arrivals",
            "unit": "/s",
            "lines": [(name, arrivals[name]) for name in ("offered", "started", "completed")],
        },
        {
            "id": "failures",
            "unit": "/s",
            "lines": [
                ("failed", requests["failed"]),
                ("refused", requests["refused"]),
                ("dropped", arrivals["dropped"]),
                ("unfinished", arrivals["unfinished"]),
            ],
        },
        {"id": "cpu", "unit": "%", "lines": [("CPU of a core", _times(generator["cpu"], 100))]},
        {
            "id": "lag",
            "unit": "ms",
            "lines": [
                ("lateness of starts, p99", _times(generator["lag_p99_s"], 1000)),
                ("longest pause", _times(generator["stall_s"], 1000)),
            ],
        },
        {
            "id": "shoppers",
            "unit": "",
            "lines": [("shoppers", generator["shoppers"]), ("arrivals waiting for one", generator["waiting"])],
        },
    ]
    if line.counts_business:
        found.append(
            {"id": "orders", "unit": "/s", "lines": [(name, business[name]) for name in ("orders", "payments")]}
        )
        found.append({"id": "gmv", "unit": "¥/s", "lines": [("GMV", _times(business["gmv_fen"], 0.01))]})
    return found


def _systems(material: Material) -> dict[str, Any]:
    anchors = {section.name: section.anchor for section in material.systems}
    return {
        anchors[name]: {"id": anchors[name], "unit": chart["unit"], "lines": chart["lines"]}
        for name, chart in material.system_charts.items()
        if name in anchors
    }


def _money(material: Material) -> dict[str, Any] | None:
    """[second of the day, share of its money], as published with its clock, and as the run's curve."""
    if material.crowd is None:
        return None
    return {
        "marks": [[row.day_s, row.share, row.clock] for row in material.crowd.marks],
        "curve": [[round(day_s), round(share, 4)] for day_s, share in material.crowd.curve],
    }


def _response(line: Timeline, operation: str) -> list[dict[str, Any]]:
    lines = [_line(line.seconds, name, _times(values, 1000)) for name, values in line.response_s[operation].items()]
    service = _line(line.seconds, "service p95", _times(line.service_p95_s[operation], 1000))
    return [*lines, service]


def _line(seconds: Sequence[int], name: str, values: Line) -> dict[str, Any]:
    drawn: dict[str, Any] = {"name": name, "role": ROLES.get(name, "other")}
    positions = kept(values)
    if len(positions) < len(values):
        drawn["x"] = [seconds[at] for at in positions]
    drawn["y"] = [_short(values[at]) for at in positions]
    return drawn


def _short(value: float | None) -> float | None:
    """Four digits are more than a chart can show, and half of what a report weighs."""
    if value is None or isinstance(value, int):
        return value
    short = float(f"{value:.4g}")
    return int(short) if short == int(short) else short


def _times(values: Line, factor: float) -> Line:
    return [None if value is None else value * factor for value in values]


def _even(seconds: Sequence[int]) -> bool:
    return all(second == seconds[0] + position for position, second in enumerate(seconds))


def _phases(material: Material) -> list[dict[str, Any]]:
    schedule, lasted_s = material.profile.schedule(), material.verdict["duration_s"]
    spans = [
        {"name": phase, "from": starts_s, "to": min(ends_s, lasted_s), "measured": phase in schedule.measured_phases}
        for phase in schedule.phases
        for starts_s, ends_s in schedule.phase_spans_s(phase)
        if starts_s < lasted_s
    ]
    return sorted(spans, key=lambda span: span["from"])


def _faults(line: Timeline) -> list[dict[str, Any]]:
    """Those that ended, and those that were still on when the record ends."""
    found = []
    for kind in dict.fromkeys(event.text for event in line.events if event.kind == "fault_started"):
        spans = fault_spans(kind, line.events)
        found += [{"name": kind, "from": starts_s, "to": ends_s} for starts_s, ends_s in spans]
        started = [event.at for event in line.events if event.kind == "fault_started" and event.text == kind]
        ends_s = line.seconds[-1] + 1.0
        found += [{"name": kind, "from": at, "to": ends_s} for at in started[len(spans) :]]
    return sorted(found, key=lambda span: (span["from"], span["name"]))


def _marks(material: Material) -> list[dict[str, Any]]:
    names = {"worker_lost": "worker lost", "aborted": "aborted", "stopped": "stopped"}
    marks = [
        {"at": event.at, "text": f"{names[event.kind]}: {event.text}"}
        for event in material.timeline.events
        if event.kind in names
    ]
    for threshold in material.verdict["thresholds"]:
        if threshold.get("first_breach_s") is not None:
            name = selector(threshold["metric"], threshold["labels"])
            marks.append({"at": threshold["first_breach_s"], "text": f"first missed {name}: {threshold['expression']}"})
    return sorted(marks, key=lambda mark: (mark["at"], mark["text"]))


def _day(material: Material) -> list[list[float]]:
    """[run second, second of the day] at the phases' ends: the page turns one clock into the other."""
    day = material.profile.shaped_day()
    if day is None:
        return []
    spans = day.spans()
    first = [[spans[0].run_from_s, spans[0].day_from_s]]
    return first + [[span.run_to_s, span.day_to_s] for span in spans]
