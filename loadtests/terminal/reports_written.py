"""Writes a judged run's reports and tells the terminal where they are; GitHub is told in its own words."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console


def report_run(console: Console, directory: Path, verdict: Mapping[str, Any]) -> None:
    """Write the usual reports. A report that cannot be written is one sentence on standard error, nothing more."""
    try:
        from loadtests.reports.reporting import annotate, reported  # here, since only a run's end needs their libraries
    except ImportError as error:  # somebody installed something else meanwhile: the verdict stands
        print(f"zerohour: no report was written: {error}", file=sys.stderr)
        return

    paths, trouble = reported(directory, verdict)
    if trouble:
        print(f"zerohour: {trouble}", file=sys.stderr)
    elif paths:
        console.print(f"report         {paths[0]}", highlight=False, markup=False, soft_wrap=True)
    for line in annotate(verdict):
        print(line)
