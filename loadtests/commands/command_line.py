"""The command `zerohour`: joins the commands; every expected error becomes a sentence and the right exit code."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from loadtests.commands import (
    audit_command,
    capacity_command,
    compare_command,
    gate_command,
    init_command,
    plan_command,
    profiles_command,
    rehearse_command,
    report_command,
    run_command,
    serve_command,
    worker_command,
)
from loadtests.commands.early_interrupt import INTERRUPTED
from loadtests.commands.refusal import Refusal
from loadtests.commands.steadfast_output import keep_output_steadfast

app = typer.Typer(
    name="zerohour",
    help="Rehearse a shopping festival's peak: open arrivals, audited books, one verdict.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"zerohour {version('zerohour')}")
        raise typer.Exit


@app.callback()
def zerohour(
    told: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """What all commands have in common; the app says it in `help`."""


app.command("rehearse")(rehearse_command.rehearse)
app.command("run")(run_command.run)
app.command("serve", context_settings=serve_command.PASS_ON)(serve_command.serve)
app.command("worker")(worker_command.worker)
app.command("gate")(gate_command.gate)
app.command("init")(init_command.init)
app.command("report")(report_command.report)
app.command("audit")(audit_command.audit)
app.command("compare", cls=compare_command.CompareCommand)(compare_command.compare)
app.command("capacity")(capacity_command.capacity)
app.command("plan")(plan_command.plan_growth)
app.add_typer(profiles_command.app, name="profiles")


def run_command_line() -> None:
    """Run the command line; exits with the codes of the README's table."""
    keep_output_steadfast()
    try:
        app()
    except Refusal as refusal:
        for sentence in refusal.sentences:
            print(f"zerohour: {sentence}", file=sys.stderr)
        sys.exit(refusal.exit_code)
    except KeyboardInterrupt:
        print("zerohour: interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
