"""`zerohour audit`: audit the books of a running mock platform, and a run's journal against them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from loadtests.commands import options
from loadtests.commands.refusal import COULD_NOT_START, WRONG_USAGE, Refusal, refusing
from loadtests.judgement.export import ExportError
from loadtests.record.journal import JournalError
from loadtests.record.run_record import RunRecordError, read_run
from loadtests.running.auditing import audit_now
from loadtests.shop.target import Target, TargetError

BROKEN = 12


def audit(
    host: Annotated[str, typer.Option("--host", help="Base URL of the mock platform.")] = "http://127.0.0.1:8080",
    admin_token: options.AdminToken = None,
    run: Annotated[Path | None, typer.Option("--run", help="Also hold this run's journal against the books.")] = None,
) -> None:
    """Audit the shop's books; exit 0 when every invariant holds, 12 when one is broken."""
    if not admin_token:
        raise Refusal(["the books are closed to strangers: give --admin-token or SHOP_ADMIN_TOKEN"], WRONG_USAGE)
    with refusing(TargetError, RunRecordError, ExportError, exit_code=COULD_NOT_START):
        target = Target(host, admin_token)
        target.knock()
        target.shop()
        findings = _findings(target, run)
    console = Console(soft_wrap=True, highlight=False)
    for violation in findings["violations"]:
        console.print(f"[red]broken[/]  {violation['invariant']}: {violation['message']}")
    console.print(f"{findings['checked']} invariants audited, {len(findings['violations'])} violations")
    raise typer.Exit(BROKEN if findings["violations"] else 0)


def _findings(target: Target, run: Path | None) -> dict[str, Any]:
    if run is None:
        return audit_now(target, None)
    try:
        return audit_now(target, read_run(run))
    except JournalError as error:
        raise RunRecordError(f"{run / 'journal.jsonl'} is damaged: {error}") from error
