"""`zerohour gate`: judge a run directory again, also with other thresholds, also one whose run was killed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from loadtests.commands.refusal import COULD_NOT_START, WRONG_USAGE, Refusal, refusing
from loadtests.judgement.gate import judge_run, write_verdict
from loadtests.plan.profile_reader import ProfileError, read_profile
from loadtests.plan.thresholds import Threshold, ThresholdError, parse_threshold
from loadtests.record.run_record import RunRecordError
from loadtests.terminal.reports_written import report_run
from loadtests.terminal.verdict_text import print_verdict

PLAIN_WIDTH = 140


def gate(
    run: Annotated[Path, typer.Argument(help="A run directory, e.g. runs/latest.")],
    threshold: Annotated[
        list[str] | None,
        typer.Option("--threshold", help="Judge by this instead: 'response{phase=steady}: p(95) < 500ms'. Repeatable."),
    ] = None,
    profile: Annotated[
        str | None, typer.Option("--profile", help="Judge by the thresholds of this profile instead.")
    ] = None,
) -> None:
    """Judge a recorded run and leave with the verdict's exit code."""
    thresholds: tuple[Threshold, ...] | None = None
    if profile is not None:
        with refusing(ProfileError, exit_code=WRONG_USAGE):
            thresholds = read_profile(profile).thresholds
    if threshold:
        thresholds = tuple(_parse(text) for text in threshold)
    with refusing(RunRecordError, exit_code=COULD_NOT_START):
        verdict = judge_run(run, thresholds)
    console = Console()
    print_verdict(console if console.is_terminal else Console(width=PLAIN_WIDTH), verdict, str(run))
    with refusing(RunRecordError, exit_code=COULD_NOT_START):
        write_verdict(run, verdict)
    report_run(console, run, verdict)
    raise typer.Exit(verdict["exit_code"])


def _parse(text: str) -> Threshold:
    selector, colon, expression = text.rpartition(":")
    if not colon:
        raise Refusal([f"--threshold \"{text}\": write it as 'metric{{label=value}}: expression'"], WRONG_USAGE)
    with refusing(ThresholdError, exit_code=WRONG_USAGE):
        return parse_threshold(selector.strip(), expression.strip())
