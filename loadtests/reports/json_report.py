"""report.json: the verdict, the systems and the seconds' lines in one file, for whoever draws charts of their own."""

from __future__ import annotations

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
                "operations": [row.operation for row in section.operations],
            }
            for section in material.systems
        ],
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
