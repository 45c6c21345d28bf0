"""`zerohour rehearse`: start the mock platform, run a profile against it, audit, judge."""

from __future__ import annotations

from typing import Annotated

import typer

from loadtests.commands import options
from loadtests.commands.conduct import conduct


def rehearse(
    profile: options.Profile = "double11",
    headless: options.Headless = False,
    web_port: options.WebPort = None,
    web_login: options.WebLogin = None,
    wait_for_start: options.WaitForStart = False,
    stay: options.Stay = False,
    metrics_port: options.MetricsPort = None,
    metrics_host: options.MetricsHost = "127.0.0.1",
    out: options.Out = None,
    overrides: options.Set = None,
    seed: options.Seed = None,
    workers: options.Workers = 1,
    shop: Annotated[
        list[str] | None, typer.Option("--shop", help="A setting of the mock platform, e.g. bank-decline-rate=0.2.")
    ] = None,
) -> None:
    """Rehearse Double 11 on the mock platform: one command, one verdict."""
    conduct(
        profile,
        headless=headless,
        web_port=web_port,
        web_login=web_login,
        wait_for_start=wait_for_start,
        stay=stay,
        metrics=None if metrics_port is None else (metrics_host, metrics_port),
        out=out,
        overrides=overrides or (),
        seed=seed,
        workers=workers,
        host=None,
        platform_arguments=tuple(f"--{setting}" for setting in shop or ()),
    )
