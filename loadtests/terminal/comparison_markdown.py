"""A comparison as Markdown, for a step summary or a comment on a change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loadtests.terminal.comparison_wording import HEADERS, TITLES, cells, how_many, runs_wanted

MOST_ROWS = 40
"""A summary may hold 1 MiB; nobody reads as much."""
MOST_SET_ASIDE = 20


def comparison_markdown(comparison: Mapping[str, Any]) -> str:
    """The whole comparison, ending with a line's end."""
    lines = [f"## {TITLES[comparison['answer']]}: candidate against base", "", f"{how_many(comparison)}."]
    if wanted := runs_wanted(comparison):
        lines.append(f"{wanted}.")
    for one in comparison["set_aside"][:MOST_SET_ASIDE]:
        lines += ["", f"> not used: {_safe(one['directory'])}: {_safe(one['reason'])}"]
    lines += [line for note in comparison["notes"] for line in ("", f"> {_safe(note)}")]
    rows = comparison["rows"][:MOST_ROWS]
    if rows:
        lines += ["", _line(HEADERS), _line("---" for _ in HEADERS)]
        lines += [_line(_safe(cell) for cell in cells(row)) for row in rows]
    if len(comparison["rows"]) > len(rows):
        lines += ["", f"and {len(comparison['rows']) - len(rows)} more figures."]
    return "\n".join(lines) + "\n"


def _line(cells_of_row: Any) -> str:
    return f"| {' | '.join(cells_of_row)} |"


def _safe(text: str) -> str:
    """What somebody named may hold bars and tags."""
    flat = " ".join(text.split())
    for sign in "\\`*_[]|":
        flat = flat.replace(sign, f"\\{sign}")
    return flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
