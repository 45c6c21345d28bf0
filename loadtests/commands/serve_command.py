"""`zerohour serve`: the mock platform alone; every flag goes to the platform, which knows them."""

from __future__ import annotations

import runpy
import sys

import typer

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def serve(context: typer.Context) -> None:
    """Serve the mock platform alone (`zerohour serve --help` lists its settings)."""
    # As `python -m mock_platform` would, but in this process: a fresh one would greet Ctrl-C with a traceback while
    # it loads, and would not know that whoever reads our output may leave.
    sys.argv = ["mock_platform", *context.args]
    runpy.run_module("mock_platform", run_name="__main__", alter_sys=True)
