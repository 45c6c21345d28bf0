"""The words of a comparison, the same on a terminal and in Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loadtests.judgement.wording import quantity

TITLES = {"worse": "REGRESSION", "better": "BETTER", "same": "SAME", "inconclusive": "INCONCLUSIVE"}
HEADERS = (
    "operation",
    "phase",
    "figure",
    "base",
    "candidate",
    "change",
    "95 % interval",
    "chance",
    "answer",
    "runs to tell",
)


def how_many(comparison: Mapping[str, Any]) -> str:
    """How many runs stand against how many, and what became of the figures."""
    count = dict.fromkeys(("worse", "better", "same", "inconclusive"), 0)
    for row in comparison["rows"]:
        count[row["answer"]] += 1
    words = ", ".join(f"{number} {word}" for word, number in count.items() if number) or "nothing to compare"
    base, candidate = len(comparison["base"]), len(comparison["candidate"])
    return f"{base} run{'s' if base != 1 else ''} against {candidate}: {words}"


def subject(row: Mapping[str, Any]) -> str:
    """Whose figure it is: p95 of POST /orders in steady."""
    where = f" in {row['phase']}" if row["phase"] else ""
    return f"{row['figure']} of {row['operation'] or 'all operations'}{where}"


def runs_wanted(comparison: Mapping[str, Any]) -> str:
    """How many more runs would settle what is open; empty if nothing is."""
    opened = sum(row["answer"] == "inconclusive" for row in comparison["rows"])
    if not opened:
        return ""
    of = f"{opened} of {len(comparison['rows'])} figures could have changed without it being seen"
    wanted = comparison["runs_needed"]
    if wanted is None:
        return f"{of}; the runs differ too much among themselves: longer runs or a quieter machine would help"
    whom = "would tell" if opened == 1 else "would tell of half of them"
    return f"{of}; about {wanted} runs a side {whom}"


def cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """One row under HEADERS."""
    return (
        row["operation"] or "(all)",
        row["phase"] or "(measured)",
        row["figure"],
        quantity(row["base"], row["unit"]),
        quantity(row["candidate"], row["unit"]),
        _signed(row["change"], row["unit"]),
        interval(row),
        f"{min(99.0, row['p'] * 100):.2g} %",
        row["answer"],
        str(row["runs_needed"] or "many") if row["answer"] == "inconclusive" else "",
    )


def interval(row: Mapping[str, Any]) -> str:
    """Where the change lies in 95 of 100 cases: "+11.2 to +19.4 %"."""
    places, unit = (1, "%") if row["unit"] == "s" else (2, "points")
    return f"{row['change_low'] * 100:+.{places}f} to {row['change_high'] * 100:+.{places}f} {unit}"


def _signed(change: float, unit: str) -> str:
    """A share of the base for percentiles, percentage points for failure rates."""
    return f"{change * 100:+.1f} %" if unit == "s" else f"{change * 100:+.2f} points"
