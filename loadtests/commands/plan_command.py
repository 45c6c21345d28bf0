"""`zerohour plan`: what a target takes, from what one shop and one generator were seen to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from loadtests.commands.refusal import COULD_NOT_START, WRONG_USAGE, refusing
from loadtests.plan.units import UnitError, parse_ratio
from loadtests.record.run_record import RunRecordError, write_whole
from loadtests.sizing.growth_plan import PlanError, plan
from loadtests.sizing.measured_runs import read_measured
from loadtests.terminal.plan_text import print_plan

PLAIN_WIDTH = 140


def plan_growth(
    source: Annotated[
        Path, typer.Argument(metavar="CAPACITY_OR_RUN", help="The directory of a capacity search, or of a run.")
    ],
    orders_per_second: Annotated[
        float, typer.Option("--orders-per-second", help="The target; 583,000 were created in 2020's busiest second.")
    ],
    orders_per_arrival: Annotated[
        float | None,
        typer.Option("--orders-per-arrival", help="For scenarios of your own, whose orders Zerohour does not count."),
    ] = None,
    load: Annotated[
        str, typer.Option("--load", help="How much of what a core or a replica bears is planned; the rest is reserve.")
    ] = "70%",
    shop_utilisation: Annotated[
        str | None, typer.Option("--shop-utilisation", help="How busy the shop was at the rate it held, e.g. 60%.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Also write the plan as JSON into this file.")] = None,
) -> None:
    """Plan workers and shop replicas for a number of orders a second, with how uncertain that is."""
    with refusing(UnitError, exit_code=WRONG_USAGE):
        share = parse_ratio(load)
        busy = None if shop_utilisation is None else _busy(shop_utilisation)
    with refusing(RunRecordError, exit_code=COULD_NOT_START):
        measured = read_measured(source, busy)
    if orders_per_arrival is not None:
        measured = replace(measured, orders_per_arrival=[orders_per_arrival])
    with refusing(PlanError, exit_code=WRONG_USAGE):
        planned = plan(measured, orders_per_second, share).to_json()
    console = Console()
    print_plan(console if console.is_terminal else Console(width=PLAIN_WIDTH), planned)
    if out is not None:
        with refusing(RunRecordError, exit_code=COULD_NOT_START):
            write_whole(out, planned)


def _busy(text: str) -> float:
    share = parse_ratio(text)
    if not 0 < share <= 1:
        raise UnitError("a shop is busy by more than 0% and at most 100%")
    return share
