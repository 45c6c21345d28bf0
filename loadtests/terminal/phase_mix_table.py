"""What the crowd does in each phase as a person reads it: planned, and what a run did, a visitor; then the money."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table

from loadtests.judgement.phase_mix import RATIOS, Mix, strays


def phase_mix_table(
    planned: Mapping[str, Mix], published_money: Mapping[str, float], realised: Mapping[str, Mix] | None = None
) -> Table:
    """A row a phase, and beneath it one for the run; what strays from the plan is marked."""
    table = Table(
        box=None,
        header_style="dim",
        pad_edge=False,
        title="What a visitor does, phase by phase",
        title_style="bold",
        title_justify="left",
    )
    for column in ("phase", "", "visitors", *RATIOS, "of the day's money", "published"):
        table.add_column(column, justify="left" if column in ("phase", "") else "right")
    for phase, plan in planned.items():
        money = f"{published_money[phase]:.1%}" if phase in published_money else "-"
        table.add_row(phase, "profile", *_cells(plan, ()), money)
        if realised is not None:
            table.add_row("", "run", *_cells(realised[phase], strays(plan, realised[phase])), "")
    return table


def _cells(mix: Mix, strange: tuple[str, ...] | list[str]) -> list[str]:
    cells = [f"{mix.visitors:,.0f}{_mark('visitors', strange)}"]
    for what in RATIOS:
        ratio = mix.a_visitor(what)
        cells.append("-" if ratio is None else f"{ratio:.2f}{_mark(what, strange)}")
    return [*cells, f"{mix.money:.1%}"]


def _mark(what: str, strange: tuple[str, ...] | list[str]) -> str:
    return " ✗" if what in strange else ""
