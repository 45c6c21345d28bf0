"""`zerohour init`: write a locustfile, an adapter, a profile, an audit and CI workflows for a shop of your own."""

from __future__ import annotations

import shlex
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from loadtests.commands.refusal import WRONG_USAGE, refusing
from loadtests.starter.starter import PROFILE, StarterError, write_starter


def init(
    directory: Annotated[Path, typer.Argument(help="Where to write; files that are there are never overwritten.")],
) -> None:
    """Write what it takes to rehearse a shop of your own; it runs against `zerohour serve` until you edit the host."""
    with refusing(StarterError, exit_code=WRONG_USAGE):
        written = write_starter(directory, version("zerohour"))
    for path in written:
        typer.echo(f"wrote {path}")
    profile = shlex.quote(str(directory / PROFILE))
    typer.echo(f"\nPut your shop's URL into [target] host of {directory / PROFILE}, then:")
    typer.echo(f"  zerohour run {profile} --headless")
    typer.echo("  zerohour gate runs/latest")
    typer.echo(f"\nBefore CI runs it, say in {directory / 'requirements.txt'} where Zerohour is to be had from.")
