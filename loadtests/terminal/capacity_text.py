"""A capacity search as a person reads it: the answer, every run behind it, the law. From capacity.json alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from loadtests.judgement.wording import quantity

COLOURS = {"bracket": "green", "generator": "yellow", "lowest_fails": "red"}
MARKS = {
    "holds": "[green]holds[/]",
    "fails": "[red]fails[/]",
    "generator": "[yellow]generator[/]",
    "undecided": "[yellow]undecided[/]",
    "broken_off": "[yellow]broken off[/]",
}


def print_probe(console: Console, probe: Mapping[str, Any]) -> None:
    """One line when a run is over."""
    console.print(
        f"run {probe['number']:2}   {probe['rate']:>9,.4g}/s   {MARKS[probe['outcome']]}", end="   ", highlight=False
    )
    console.print(Text(probe["why"]), soft_wrap=True)


def print_capacity(console: Console, capacity: Mapping[str, Any], where: str) -> None:
    """The whole answer; `where` is the directory of its runs."""
    colour = COLOURS.get(capacity["kind"], "yellow")
    title = Text.assemble((" CAPACITY ", f"bold reverse {colour}"), f"  {capacity['profile']}: {capacity['answer']}")
    lines = [title, *(Text(f"note     {note}", "yellow") for note in capacity["notes"])]
    console.print()
    console.print(Panel(Group(*lines), border_style=colour, expand=False))
    console.print("\n[bold]Runs[/]")
    console.print(_runs(capacity["probes"]))
    if capacity["scaling"]["law"] is not None:
        console.print("\n[bold]Universal scalability law, X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1))[/]")
        console.print(_law(capacity["scaling"]["law"]))
        if capacity["scaling"]["hold_out"] is not None:
            console.print(_hold_out(capacity["scaling"]["hold_out"]), highlight=False, soft_wrap=True)
    console.print(f"\nruns and capacity.json  {where}", highlight=False, soft_wrap=True)


def _runs(probes: list[Mapping[str, Any]]) -> Table:
    table = Table(header_style="dim", box=None, pad_edge=False)
    for column in (
        "run",
        "arrivals/s",
        "",
        "requests/s",
        "in the shop",
        "mean",
        "p95",
        "orders/arrival",
        "arrivals/core s",
    ):
        table.add_column(column, justify="left" if column == "" else "right")
    for probe in sorted(probes, key=lambda probe: (probe["rate"], probe["number"])):
        seen = probe["figures"]
        table.add_row(
            str(probe["number"]),
            f"{probe['rate']:,.4g}",
            MARKS[probe["outcome"]],
            _plain(seen["requests_per_s"]),
            _plain(seen["in_shop"]),
            _time(seen["response_s"]),
            _time(seen["response_s_p95"]),
            _plain(seen["orders_per_arrival"]),
            _plain(seen["arrivals_per_cpu_s"]),
        )
    return table


def _law(law: Mapping[str, Any]) -> Table:
    table = Table(header_style="dim", box=None, pad_edge=False)
    for column in ("", "fitted", "+-", "what it is"):
        table.add_column(column, justify="right" if column in ("fitted", "+-") else "left")
    meanings = {
        "lambda_per_s": ("lambda", "requests/s, one at a time"),
        "sigma": ("sigma", "what they queue for"),
        "kappa": ("kappa", "what they cost each other"),
    }
    for key, (name, meaning) in meanings.items():
        error = law.get(f"{key}_error")
        table.add_row(name, f"{law[key]:.4g}", "unknown" if error is None else f"{error:.2g}", meaning)
    most = law["most_per_s"]
    table.add_row("most", "none" if most is None else f"{most:,.4g}", "", "requests/s, by the law")
    return table


def _hold_out(held: Mapping[str, Any]) -> str:
    return (
        f"checked on the highest rate that held, fitted without it: {held['predicted_per_s']:,.4g} requests/s "
        f"predicted at {held['concurrency']:,.3g} in the shop, {held['observed_per_s']:,.4g} seen ({held['miss']:+.1%})"
    )


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _time(value: float | None) -> str:
    return "-" if value is None else quantity(value, "s")
