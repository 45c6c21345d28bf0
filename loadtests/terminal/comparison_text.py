"""A comparison as a person reads it on a terminal: the answer first, then what changed, worst first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from loadtests.terminal.comparison_wording import (
    HEADERS,
    TITLES,
    cells,
    how_many,
    runs_wanted,
    subject,
)

COLOURS = {"worse": "red", "better": "green", "same": "green", "inconclusive": "yellow"}
MOST_ROWS = 20
MOST_SET_ASIDE = 10


def print_comparison(console: Console, comparison: Mapping[str, Any]) -> None:
    """Print comparison.json's content."""
    colour = COLOURS[comparison["answer"]]
    title = Text.assemble((f" {TITLES[comparison['answer']]} ", f"bold reverse {colour}"), f"  {how_many(comparison)}")
    console.print()
    console.print(Panel(Group(title, *_lines(comparison)), border_style=colour, expand=False))
    rows = comparison["rows"]
    shown = rows[:MOST_ROWS]
    if shown:
        console.print("\n[bold]Response time and failures, worst first[/]")
        console.print(_table(shown))
    if len(rows) > len(shown):
        rest = len(rows) - len(shown)
        console.print(f"and {rest} more figure{'s' if rest > 1 else ''}: --json FILE has them all", highlight=False)


def _lines(comparison: Mapping[str, Any]) -> list[Text]:
    lines = [
        Text(f"{row['answer']:<8} {subject(row)}: {sentence(row)}", COLOURS[row["answer"]])
        for row in comparison["rows"]
        if row["answer"] in ("worse", "better")
    ][:MOST_ROWS]
    lines += [Text(f"not used {_reason(one)}", "yellow") for one in comparison["set_aside"][:MOST_SET_ASIDE]]
    if len(comparison["set_aside"]) > MOST_SET_ASIDE:
        lines.append(Text(f"         and {len(comparison['set_aside']) - MOST_SET_ASIDE} more", "yellow"))
    lines += [Text(f"note     {note}", "yellow") for note in comparison["notes"]]
    if wanted := runs_wanted(comparison):
        lines.append(Text(wanted))
    return lines


def _reason(one: Mapping[str, Any]) -> str:
    return f"{one['directory']}: {one['reason']}"


def sentence(row: Mapping[str, Any]) -> str:
    """What happened to a figure: 20.1 ms became 23.2 ms, +15 % (+11 % to +19 %)."""
    base, candidate, change, between = cells(row)[3:7]
    return f"{base} became {candidate}, {change} ({between})"


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(header_style="dim", box=None, pad_edge=False)
    for number, column in enumerate(HEADERS):
        table.add_column(column, justify="left" if number in (0, 1, 2, 8) else "right", overflow="fold")
    for row in rows:
        *figures, word, runs = cells(row)
        table.add_row(*map(Text, figures), Text(word, COLOURS[row["answer"]]), runs)
    return table
