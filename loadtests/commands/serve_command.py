"""`zerohour serve`: the mock platform alone; every flag goes to the platform, which knows them."""

from __future__ import annotations

import os
import sys

import typer

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def serve(context: typer.Context) -> None:
    """Serve the mock platform alone (`zerohour serve --help` lists its settings)."""
    # The platform takes this process's place: its signals and its exit code are then simply its own.
    os.execv(sys.executable, [sys.executable, "-m", "mock_platform", *context.args])
