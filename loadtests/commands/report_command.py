"""`zerohour report`: write the reports of a run directory again, from what it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from loadtests.commands.refusal import COULD_NOT_START, WRONG_USAGE, Refusal, refusing
from loadtests.plan.units import did_you_mean
from loadtests.record.run_record import RunRecordError


def report(
    run: Annotated[Path, typer.Argument(help="A run directory, e.g. runs/latest.")],
    formats: Annotated[
        str | None,
        typer.Option(
            "--format", help="Of html, junit, summary and json, separated by commas. Default: the first three."
        ),
    ] = None,
) -> None:
    """Write report.html, junit.xml and summary.md into a run directory; exit 0 whatever its verdict says."""
    from loadtests.reports.reporting import REPORTS, USUAL, write_reports  # here: the other commands start without them

    chosen = USUAL if formats is None else tuple(dict.fromkeys(name.strip() for name in formats.split(",")))
    for name in chosen:
        if name not in REPORTS:
            raise Refusal([f'no report is called "{name}"{did_you_mean(name, REPORTS)}'], WRONG_USAGE)
    with refusing(RunRecordError, exit_code=COULD_NOT_START):
        for path in write_reports(run, chosen):
            typer.echo(path)
