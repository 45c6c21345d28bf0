"""Options that several commands share, so that they read and mean the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Profile = Annotated[
    str, typer.Argument(help="A profile's file, or the name of a shipped one (see `zerohour profiles`).")
]
Headless = Annotated[bool, typer.Option("--headless", help="No live display: plain lines, as in CI.")]
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
