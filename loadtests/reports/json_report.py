"""report.json: the verdict, the systems and the seconds' lines in one file, for whoever draws charts of their own."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec

from loadtests.reports.material import Material


def render(material: Material) -> bytes:
    """Every second, nothing left out; durations in seconds, money in fen."""
    line = material.timeline
    content = {
        "schema": 1,
        "verdict": material.verdict,
        "systems": [
            {
                "system": section.name,
                "checked": section.checked,
                "invariants": list(section.invariants),
                "violations": list(section.violations),
                "line": section.line,
                "operations": [row.operation for row in section.operations],
                "courses": material.system_charts.get(section.name, {}).get("lines", []),
            }
            for section in material.systems
        ],
        "crowd": _crowd(material),
        "seconds": line.seconds,
        "arrivals": line.arrivals,
        "requests": line.requests,
        "business": line.business,
        "generator": line.generator,
        "response_s": {operation or "(all)": lines for operation, lines in line.response_s.items()},
        "service_p95_s": {operation or "(all)": values for operation, values in line.service_p95_s.items()},
        "events": line.events,
    }
    return msgspec.json.encode(content) + b"\n"


def _crowd(material: Material) -> dict[str, Any] | None:
    """The calibration and the day's money; null for a crowd without curves."""
    crowd = material.crowd
    if crowd is None:
        return None
    figures = [{**asdict(figure), "holds": figure.holds} for figure in crowd.figures]
    phases = [asdict(row) for row in crowd.phases]
    return {"figures": figures, "phases": phases, "marks": [asdict(mark) for mark in crowd.marks]}
