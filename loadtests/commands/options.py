"""Options that several commands share, so that they read and mean the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Profile = Annotated[
    str, typer.Argument(help="A profile's file, or the name of a shipped one (see `zerohour profiles`).")
]
Headless = Annotated[bool, typer.Option("--headless", help="No pages and no live display: plain lines, as in CI.")]
Out = Annotated[Path | None, typer.Option("--out", help="The run directory. Default: runs/<utc>-<profile>.")]
Set = Annotated[list[str] | None, typer.Option("--set", help="Override a profile value, e.g. run.peak_rate=400.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Another seed for arrivals and shoppers.")]
Workers = Annotated[int, typer.Option("--workers", min=1, max=256, help="Worker processes on this machine.")]
AdminToken = Annotated[
    str | None,
    typer.Option("--admin-token", envvar="SHOP_ADMIN_TOKEN", help="Opens the shop's exports for the audit."),
]
AllowTarget = Annotated[
    list[str] | None, typer.Option("--allow-target", help="A host other than this machine that may be put under load.")
]
WebPort = Annotated[
    int | None,
    typer.Option("--web-port", min=1, max=65535, help="Port of the pages. Default: 8089, or a free one if taken."),
]
WebLogin = Annotated[
    str | None,
    typer.Option("--web-login", envvar="ZEROHOUR_WEB_LOGIN", help="name:password that the pages ask for."),
]
MetricsPort = Annotated[
    int | None,
    typer.Option(
        "--metrics-port", min=0, max=65535, help="Port for Prometheus alone, also with --headless. Default: none."
    ),
]
MetricsHost = Annotated[
    str, typer.Option("--metrics-host", help="Where --metrics-port listens; anybody who gets there may read.")
]
WaitForStart = Annotated[
    bool, typer.Option("--wait-for-start", help="Start the arrivals by Start in Locust's web UI, not at once.")
]
Stay = Annotated[bool, typer.Option("--stay", help="Leave the pages open after the verdict, until Ctrl-C.")]
