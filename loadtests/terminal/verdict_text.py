"""The verdict as a person reads it on a terminal: the word first, then why, then the books. From verdict.json alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from loadtests.judgement.system_lines import line_of
from loadtests.judgement.wording import figure, quantity, selector

COLOURS = {"PASS": "green", "FAIL": "red", "BROKEN": "red", "INVALID": "yellow", "REGRESSION": "red"}
MARKS = {"PASS": "[green]✓[/]", "FAIL": "[red]✗[/]", "NO_DATA": "[yellow]∅[/]"}
MOST_VIOLATIONS = 10
MOST_NOTES = 2
MOST_FIGURES = 3
MOST_REASONS = 8


def print_verdict(console: Console, verdict: Mapping[str, Any], where: str) -> None:
    """Print a whole verdict; `where` is the run directory."""
    word = verdict["verdict"]
    colour = COLOURS.get(word, "white")
    title = Text.assemble((f" {word} ", f"bold reverse {colour}"), f"  {verdict['run']}, {verdict['duration_s']:.0f} s")
    if verdict["partial"]:
        title.append("  (partial: the run was cut off)", "yellow")
    console.print()
    console.print(Panel(Group(title, *_reasons(verdict)), border_style=colour, expand=False))
    _section(console, "Books: offered = completed + failed + dropped + unfinished", _arrivals(verdict["arrivals"]))
    if verdict["thresholds"]:
        _section(console, "Thresholds", _thresholds(verdict["thresholds"]))
    if verdict["requests"]:
        _section(console, "Requests, response time in the worst phase", _requests(verdict["requests"]))
    if verdict.get("failures"):
        _section(console, "Why requests failed", _failures(verdict["failures"]))
    if verdict["audit"].get("systems"):
        _section(console, "Systems of the shop", _systems(verdict["audit"]["systems"]))
    console.print(f"\nrun directory  {where}", highlight=False, soft_wrap=True)


def _section(console: Console, title: str, table: Table) -> None:
    console.print(f"\n[bold]{title}[/]")
    console.print(table)


def _reasons(verdict: Mapping[str, Any]) -> list[Text]:
    audit = verdict["audit"]
    lines = [
        Text(f"broken   {violation['invariant']}: {violation['message']}", "red")
        for violation in audit["violations"][:MOST_VIOLATIONS]
    ]
    if len(audit["violations"]) > MOST_VIOLATIONS:
        lines.append(Text(f"         and {len(audit['violations']) - MOST_VIOLATIONS} more in verdict.json", "red"))
    lines += [Text(f"invalid  {reason['message']}", "yellow") for reason in verdict["validity"]["reasons"]]
    if verdict.get("aborted"):
        lines.append(Text(f"stopped  {verdict['aborted']}", "yellow"))
    missed = [t for t in verdict["thresholds"] if t["result"] != "PASS"]
    for threshold in missed:
        name = selector(threshold["metric"], threshold["labels"])
        if threshold["result"] == "NO_DATA":
            lines.append(Text(f"no data  {name}: {threshold['expression']} has nothing to judge", "yellow"))
            continue
        since = threshold.get("first_breach_s")
        lines.append(
            Text(
                f"missed   {name}: {threshold['expression']}, was {quantity(threshold['observed'], threshold['unit'])}"
                + (f", first at {since:.0f} s" if since is not None else ""),
                "red",
            )
        )
    if verdict["verdict"] == "FAIL" and not missed and not verdict.get("aborted"):
        lines += [Text(f"because  {note}", "yellow") for note in verdict["notes"][:MOST_NOTES]]
    else:
        lines += [Text(f"note     {note}", "yellow") for note in verdict.get("notes", ())[:MOST_NOTES]]
    held = len(verdict["thresholds"]) - len(missed)
    if verdict["thresholds"]:
        lines.append(Text(f"{held} of {len(verdict['thresholds'])} thresholds hold"))
    if audit["checked"]:
        count = len(audit["violations"])
        found = "no violation" if not count else f"{count} violation{'s' if count > 1 else ''}"
        lines.append(Text(f"{audit['checked']} invariants audited, {found}"))
    elif audit.get("skipped"):
        lines.append(Text(f"audit skipped: {audit['skipped']}", "dim"))
    if verdict["validity"]["valid"]:
        lines.append(Text("the generator applied the load it promised"))
    return lines


def _table(*columns: str) -> Table:
    table = Table(header_style="dim", box=None, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right", overflow="fold")
    return table


def _arrivals(arrivals: Mapping[str, Any]) -> Table:
    columns = ("offered", "completed", "failed", "dropped", "unfinished")
    table = _table("phase", *columns)
    for phase, row in arrivals["by_phase"].items():
        table.add_row(phase, *(f"{row[column]:,}" for column in columns))
    table.add_row("[bold]total", *(f"[bold]{arrivals[column]:,}" for column in columns))
    return table


def _thresholds(thresholds: list[Mapping[str, Any]]) -> Table:
    table = _table("metric", "expression", "observed", "samples", "")
    for row in thresholds:
        observed = quantity(row["observed"], row["unit"])
        metric = Text(selector(row["metric"], row["labels"]))
        table.add_row(metric, row["expression"], observed, f"{row['samples']:,}", MARKS[row["result"]])
    return table


def _requests(requests: list[Mapping[str, Any]]) -> Table:
    """The worst phase of each operation and outcome: a whole table is in verdict.json and the report."""
    worst: dict[tuple[str, str], Mapping[str, Any]] = {}
    counts: dict[tuple[str, str], int] = {}
    for row in requests:
        key = (row["operation"], row["outcome"])
        counts[key] = counts.get(key, 0) + row["count"]
        if key not in worst or (row["response_s"]["p95"] or 0) > (worst[key]["response_s"]["p95"] or 0):
            worst[key] = row
    table = _table("operation", "outcome", "count", "phase", "p50", "p95",
                   "p99", "max")  # fmt: skip
    for key in sorted(worst):
        row = worst[key]
        times = (quantity(row["response_s"][p], "s") for p in ("p50", "p95", "p99", "max"))
        table.add_row(Text(key[0]), key[1], f"{counts[key]:,}", row["phase"], *times)
    return table


def _failures(failures: list[Mapping[str, Any]]) -> Table:
    table = _table("operation", "count", "reason")
    table.columns[-1].justify = "left"
    for row in failures[:MOST_REASONS]:
        table.add_row(Text(row["operation"]), f"{row['count']:,}", Text(row["reason"]))
    if len(failures) > MOST_REASONS:
        table.add_row("", "", f"and {len(failures) - MOST_REASONS} more reasons in verdict.json")
    return table


def _systems(systems: list[Mapping[str, Any]]) -> Table:
    """A line each; of a system we know no words for, the first figures that are not zero. The rest is in the report."""
    table = _table("system", "invariants", "broken", "")
    table.columns[-1].justify = "left"
    for row in systems:
        told = [figure(name, value) for name, value in row["figures"].items() if value not in (0, "none", "none yet")]
        figures = ", ".join(f"{label} {text}" for label, text in told[:MOST_FIGURES])
        broken = Text(str(row["violations"]), "red" if row["violations"] else "")
        table.add_row(
            Text(row["system"]), str(row["invariants"]), broken, Text(line_of(row["system"], row["figures"]) or figures)
        )
    return table
