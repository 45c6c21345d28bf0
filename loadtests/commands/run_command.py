"""`zerohour run`: run a profile against something that is already up."""

from __future__ import annotations

from typing import Annotated

import typer

from loadtests.commands import options
from loadtests.commands.conduct import conduct


def run(
    profile: options.Profile,
    host: Annotated[
        str | None, typer.Option("--host", help="Base URL of the shop. Default: the profile's target.host.")
    ] = None,
    headless: options.Headless = False,
    out: options.Out = None,
    overrides: options.Set = None,
    seed: options.Seed = None,
    workers: options.Workers = 1,
    admin_token: options.AdminToken = None,
    allow_target: options.AllowTarget = None,
) -> None:
    """Run a profile against a shop that is already up, the mock platform or your own."""
    conduct(
        profile,
        headless=headless,
        out=out,
        overrides=overrides or (),
        seed=seed,
        workers=workers,
        host=host or "",
        admin_token=admin_token,
        allow_target=tuple(allow_target or ()),
    )
