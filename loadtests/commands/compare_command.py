"""`zerohour compare`: is the candidate worse than the base, or is it noise? From runs at hand, or runs made in turn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from loadtests.commands import options
from loadtests.commands.early_interrupt import INTERRUPTED
from loadtests.commands.fresh_directory import fresh_directory
from loadtests.commands.refusal import COULD_NOT_START, WRONG_USAGE, Refusal, refusing
from loadtests.commands.several_values import SeveralValues
from loadtests.plan.units import UnitError, parse_duration, parse_ratio
from loadtests.record.run_record import RunRecordError
from loadtests.record.whole_files import write_whole
from loadtests.running.interleaving import InterleaveError, Interleaving, read_command
from loadtests.terminal.comparison_markdown import comparison_markdown
from loadtests.terminal.comparison_text import print_comparison

if TYPE_CHECKING:
    from loadtests.comparison.margins import Margins

PLAIN_WIDTH = 140


class CompareCommand(SeveralValues):
    several = ("--base", "--candidate")


def compare(
    profile: Annotated[
        str | None, typer.Argument(help="With --interleave and hosts: the profile, by file or by name.")
    ] = None,
    base: Annotated[
        list[Path] | None, typer.Option("--base", help="Run directories of the base, or a directory of them.")
    ] = None,
    candidate: Annotated[
        list[Path] | None, typer.Option("--candidate", help="Run directories of the candidate, likewise.")
    ] = None,
    interleave: Annotated[
        bool, typer.Option("--interleave", help="Make the runs: base candidate candidate base base ...")
    ] = False,
    base_host: Annotated[str | None, typer.Option("--base-host", help="The base's shop, a URL.")] = None,
    candidate_host: Annotated[str | None, typer.Option("--candidate-host", help="The candidate's shop.")] = None,
    base_command: Annotated[
        str | None, typer.Option("--base-command", help="Makes a run of the base: 'zerohour rehearse smoke'.")
    ] = None,
    candidate_command: Annotated[
        str | None, typer.Option("--candidate-command", help="Makes a run of the candidate; it gets --headless --out.")
    ] = None,
    runs: Annotated[int, typer.Option("--runs", min=1, max=100, help="Runs a side, with --interleave.")] = 5,
    out: Annotated[Path | None, typer.Option("--out", help="With --interleave: where the runs go.")] = None,
    overrides: options.Set = None,
    seed: options.Seed = None,
    workers: options.Workers = 1,
    allow_target: options.AllowTarget = None,
    floor: Annotated[str, typer.Option("--floor", help="Smaller changes of a percentile never matter.")] = "3%",
    floor_time: Annotated[str, typer.Option("--floor-time", help="Nor do changes of less time.")] = "1ms",
    floor_failures: Annotated[
        str, typer.Option("--floor-failures", help="Nor do smaller changes of the failure rate.")
    ] = "0.1%",
    same_within: Annotated[
        str, typer.Option("--same-within", help="A percentile that surely changed by less is the same.")
    ] = "10%",
    json_file: Annotated[Path | None, typer.Option("--json", help="Write comparison.json here.")] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Append the result here, e.g. $GITHUB_STEP_SUMMARY.")
    ] = None,
) -> None:
    """Compare two versions by their runs; exit 11 if the candidate is worse beyond noise, else 0."""
    console = Console()
    console = console if console.is_terminal else Console(width=PLAIN_WIDTH, force_terminal=False)
    limits = _margins(floor, floor_time, floor_failures, same_within)
    if interleave:
        if base or candidate:
            raise Refusal(["--interleave makes the runs itself: leave out --base and --candidate"], WRONG_USAGE)
        passed_on = _passed_on(overrides or (), seed, workers, allow_target or ())
        commands = _commands(profile, (base_host, candidate_host), (base_command, candidate_command), passed_on)
        directory = fresh_directory(out, f"compare-{Path(profile).stem}" if profile else "compare")
        base, candidate = _make_runs(commands, runs, directory, console)
        json_file = json_file or directory / "comparison.json"
    elif profile is not None or not base or not candidate:
        raise Refusal(["give --base RUN... and --candidate RUN..., or --interleave to make the runs"], WRONG_USAGE)
    comparison = _compare(base, candidate, limits)
    print_comparison(console, comparison)
    _write(comparison, json_file, markdown)
    raise typer.Exit(comparison["exit_code"])


def _margins(floor: str, floor_time: str, floor_failures: str, same_within: str) -> Margins:
    from loadtests.comparison.margins import Margins

    with refusing(UnitError, exit_code=WRONG_USAGE):
        margins = Margins(
            floor=parse_ratio(floor),
            floor_s=parse_duration(floor_time, bare="ms"),
            floor_failures=parse_ratio(floor_failures),
            same_within=parse_ratio(same_within),
        )
    if min(margins.floor, margins.floor_failures, margins.same_within) < 0:
        raise Refusal(["a floor is not below zero"], WRONG_USAGE)
    return margins


def _passed_on(overrides: Sequence[str], seed: int | None, workers: int, allow_target: Sequence[str]) -> list[str]:
    passed = [word for override in overrides for word in ("--set", override)]
    passed += [] if seed is None else ["--seed", str(seed)]
    passed += [] if workers == 1 else ["--workers", str(workers)]
    return passed + [word for host in allow_target for word in ("--allow-target", host)]


def _commands(
    profile: str | None,
    hosts: tuple[str | None, str | None],
    given: tuple[str | None, str | None],
    passed_on: Sequence[str],
) -> dict[str, list[str]]:
    """What makes a run of each side: two hosts under one profile, or two commands."""
    if profile is not None and all(hosts) and not any(given):
        return {
            side: [*read_command("zerohour"), "run", profile, "--host", str(host), *passed_on]
            for side, host in zip(("base", "candidate"), hosts, strict=True)
        }
    if profile is None and not any(hosts) and all(given):
        if passed_on:
            raise Refusal(["write --set, --seed, --workers and --allow-target into the two commands"], WRONG_USAGE)
        with refusing(InterleaveError, exit_code=WRONG_USAGE):
            return {side: read_command(str(text)) for side, text in zip(("base", "candidate"), given, strict=True)}
    raise Refusal(
        ["--interleave takes PROFILE, --base-host and --candidate-host, or --base-command and --candidate-command"],
        WRONG_USAGE,
    )


def _make_runs(
    commands: dict[str, list[str]], runs: int, directory: Path, console: Console
) -> tuple[list[Path], list[Path]]:
    def say(line: str) -> None:
        console.print(line, highlight=False, soft_wrap=True)

    say(f"{runs} runs a side in turn, into {directory}")
    interleaving = Interleaving(commands, runs, directory, say)
    try:
        made = interleaving.run()
    except InterleaveError as error:
        raise Refusal(str(error).splitlines(), error.exit_code) from error
    if interleaving.interrupted:
        if not made["base"] or not made["candidate"]:
            raise Refusal(["interrupted before there was a run of each side"], INTERRUPTED)
        say("interrupted: comparing the runs there are")
    return made["base"], made["candidate"]


def _compare(base: Sequence[Path], candidate: Sequence[Path], margins: Margins) -> dict[str, Any]:
    # Only here: numpy and scipy take most of a second to load.
    from loadtests.comparison.comparing import compare as compare_runs
    from loadtests.comparison.sides import ComparisonError

    with refusing(RunRecordError, ComparisonError, exit_code=COULD_NOT_START):
        return compare_runs(base, candidate, margins)


def _write(comparison: dict[str, Any], json_file: Path | None, markdown: Path | None) -> None:
    if json_file is not None:
        with refusing(RunRecordError, exit_code=COULD_NOT_START):
            write_whole(json_file, comparison)
    if markdown is not None:
        try:
            with markdown.open("a", encoding="utf-8") as file:
                file.write(comparison_markdown(comparison))
        except OSError as error:
            raise Refusal([f"cannot write {markdown}: {error.strerror}"], COULD_NOT_START) from error
