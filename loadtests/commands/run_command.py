"""`zerohour run`: run a profile against something that is already up."""

from __future__ import annotations

from typing import Annotated

import typer

from loadtests.commands import options
from loadtests.commands.conduct import conduct
from loadtests.commands.refusal import WRONG_USAGE, Refusal


def run(
    profile: options.Profile,
    host: Annotated[
        str | None, typer.Option("--host", help="Base URL of the shop. Default: the profile's target.host.")
    ] = None,
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
    admin_token: options.AdminToken = None,
    allow_target: options.AllowTarget = None,
    master: Annotated[
        bool, typer.Option("--master", help="Start no worker here: wait for `zerohour worker` on other machines.")
    ] = False,
    expect_workers: Annotated[
        int | None, typer.Option("--expect-workers", min=1, help="With --master: how many workers to wait for.")
    ] = None,
    bind_host: Annotated[
        str, typer.Option("--bind-host", help="With --master: where to listen. A private network only: no password.")
    ] = "127.0.0.1",
    bind_port: Annotated[int, typer.Option("--bind-port", min=0, max=65535, help="With --master: the port.")] = 5557,
) -> None:
    """Run a profile against a shop that is already up, the mock platform or your own."""
    if master != (expect_workers is not None):
        raise Refusal(["--master and --expect-workers N go together"], WRONG_USAGE)
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
        workers=expect_workers or workers,
        doors=(bind_host, bind_port) if master else None,
        host=host or "",
        admin_token=admin_token,
        allow_target=tuple(allow_target or ()),
    )
