"""What stands in Locust's two extra tabs: a frame's phases and thresholds as text, in the verdict's words. Pure."""

from __future__ import annotations

from typing import Any

from loadtests.judgement.margin import MARGIN_MIN
from loadtests.judgement.wording import quantity

Plain = dict[str, Any]


def phase_rows(frame: Plain) -> list[Plain]:
    """One a phase; times in milliseconds, to the microsecond."""
    rows = []
    for phase in frame["by_phase"]:
        times = {name: _ms(phase["response"][name]) for name in ("p50", "p95", "p99")}
        rows.append({**{key: value for key, value in phase.items() if key != "response"}, **times})
    return rows


def threshold_rows(opening: Plain, frame: Plain) -> list[Plain]:
    """One a threshold, in the profile's order."""
    return [
        {
            "threshold": meant["selector"],
            "expression": meant["expression"],
            "observed": quantity(seen["observed"], meant["unit"]),
            "margin": _spare(seen["margin"]),
            "samples": seen["samples"],
            "result": seen["result"].replace("_", " "),
        }
        for meant, seen in zip(opening["thresholds"], frame["thresholds"], strict=True)
    ]


def _spare(margin: float | None) -> str:
    if margin is None:
        return ""
    return "≤ -100 %" if margin <= MARGIN_MIN else f"{margin * 100:.0f} %"


def _ms(seconds: float | None) -> str:
    return "no data" if seconds is None else f"{seconds * 1e3:.3f}".rstrip("0").rstrip(".")
