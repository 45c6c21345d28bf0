"""Writes reports into the run directory: the table of those there are, and a way that never stops a run's end."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtests.record.run_record import RunRecordError
from loadtests.record.whole_files import write_bytes
from loadtests.reports import html_report, json_report, junit_report, summary_report
from loadtests.reports.annotations import workflow_commands
from loadtests.reports.material import Material

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Report:
    file: str
    render: Callable[[Material], bytes]
    always: bool = True
    """Whether every run writes it."""


REPORTS: Mapping[str, Report] = {
    "html": Report("report.html", html_report.render),
    "junit": Report("junit.xml", junit_report.render),
    "summary": Report("summary.md", summary_report.render),
    "json": Report("report.json", json_report.render, always=False),
}
"""By the name that `zerohour report --format` knows it by."""
USUAL = tuple(name for name, report in REPORTS.items() if report.always)


def write_reports(
    directory: Path, formats: Iterable[str] = USUAL, verdict: Mapping[str, Any] | None = None
) -> list[Path]:
    """Write reports of a run beside its record, and return where they are.

    Raises RunRecordError, one sentence, if the run cannot be read or a report cannot be written.
    """
    material = Material.of(directory, verdict)
    written = []
    for name in formats:
        path = directory / REPORTS[name].file
        write_bytes(path, REPORTS[name].render(material))
        written.append(path)
    return written


def reported(directory: Path, verdict: Mapping[str, Any]) -> tuple[list[Path], str]:
    """Write the usual reports of a run that was just judged: where they are, or a sentence why not.

    Whatever happens here, the verdict stands: a full disk or a mistake of ours is no reason for another exit code.
    """
    try:
        return write_reports(directory, verdict=verdict), ""
    except RunRecordError as error:
        return [], f"no report was written: {error}"
    except Exception as error:
        logger.info("no report of %s", directory, exc_info=True)
        return [], f"no report was written: {type(error).__name__}: {error}"


def annotate(verdict: Mapping[str, Any]) -> list[str]:
    """The lines to print for GitHub, if it is GitHub that runs us."""
    return workflow_commands(verdict) if os.environ.get("GITHUB_ACTIONS") == "true" else []
