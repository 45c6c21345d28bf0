"""A growth plan as a person reads it on a terminal: how many of what, how sure, and what was assumed. From its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table


def print_plan(console: Console, plan: Mapping[str, Any]) -> None:
    """Print a whole plan."""
    console.print(
        f"[bold]{plan['orders_per_s']:,.10g} orders/s[/], planned from {plan['source']}",
        highlight=False,
        soft_wrap=True,
    )
    console.print()
    table = Table(header_style="dim", box=None, pad_edge=False)
    for column in ("it takes", "plan", "from", "to"):
        table.add_column(column, justify="left" if column == "it takes" else "right")
    for key, label in (
        ("arrivals_per_s", "arrivals/s"),
        ("workers", "generator workers, a core each"),
        ("replicas", "shop replicas that share nothing"),
        ("contended", "shop replicas that contend as requests do"),
    ):
        span = plan[key]
        row = (
            ("unknown", "", "") if span is None else tuple(_number(span[name]) for name in ("planned", "least", "most"))
        )
        table.add_row(label, *row)
    console.print(table)
    console.print()
    for sentence in plan["sentences"]:
        console.print(f"- {sentence}", highlight=False, markup=False)


def _number(value: float | None) -> str:
    """None is what no number is enough for, as JSON knows no infinity."""
    return "no number" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:,.4g}"
