"""`zerohour capacity`: find the highest rate of arrivals at which a shop keeps a profile's promises."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from loadtests.commands import options
from loadtests.commands.early_interrupt import INTERRUPTED
from loadtests.commands.fresh_directory import fresh_directory
from loadtests.commands.refusal import COULD_NOT_START, WRONG_USAGE, Refusal, refusing
from loadtests.plan.profile_mistakes import Mistakes
from loadtests.plan.profile_overrides import apply_override
from loadtests.plan.profile_reader import ProfileError, read_profile
from loadtests.plan.profile_source import read_source
from loadtests.plan.units import UnitError, parse_duration, parse_rate, parse_ratio
from loadtests.record.run_record import RunRecordError
from loadtests.running.searching import CapacitySearch
from loadtests.shop.target import Target, TargetError
from loadtests.sizing.probe_profile import ProbeError, Probing, probing_of
from loadtests.sizing.staircase import Search
from loadtests.terminal.capacity_text import print_capacity, print_probe

PLAIN_WIDTH = 160
FIRST_SHARE = 0.1
"""Of the profile's own peak: where the stairs begin unless somebody says."""


def capacity(
    profile: options.Profile,
    host: Annotated[
        str | None,
        typer.Option(
            "--host", help="Base URL of a shop that is up. Default: the profile's, or a fresh mock for every run."
        ),
    ] = None,
    from_rate: Annotated[
        str | None, typer.Option("--from", help="First rate, arrivals/s. Default: a tenth of the profile's peak.")
    ] = None,
    step: Annotated[float, typer.Option("--step", help="How many times higher each step of the stairs is.")] = 1.5,
    tolerance: Annotated[
        str, typer.Option("--tolerance", help="How wide the bracket may be, as a share of its lower end.")
    ] = "10%",
    step_duration: Annotated[
        str, typer.Option("--step-duration", help="How long each rate is measured, after a short warm-up.")
    ] = "10s",
    max_runs: Annotated[int, typer.Option("--max-runs", help="At most so many runs, repeats included.")] = 12,
    phase: Annotated[
        str | None, typer.Option("--phase", help="Whose crowd and promises count. Default: the busiest phase's.")
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Probe the profile's whole course with another peak, not one steady rate.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Where the runs go. Default: runs/<utc>-capacity-<profile>.")
    ] = None,
    overrides: options.Set = None,
    seed: options.Seed = None,
    workers: options.Workers = 1,
    admin_token: options.AdminToken = None,
    allow_target: options.AllowTarget = None,
    shop: Annotated[
        list[str] | None, typer.Option("--shop", help="A setting of the mock platform, e.g. commit-s=0.02.")
    ] = None,
) -> None:
    """Find how many arrivals a second the shop holds: a bracket, whole runs that show it, and how it scales."""
    with refusing(ProfileError, exit_code=WRONG_USAGE):
        resolved = read_profile(profile, overrides=overrides or (), seed=seed, host=host)
        written = _written(profile, overrides or [])
    with refusing(UnitError, ProbeError, ValueError, exit_code=WRONG_USAGE):
        probing = probing_of(resolved, written, parse_duration(step_duration), phase, whole)
        first = parse_rate(from_rate) if from_rate is not None else FIRST_SHARE * probing.peak
        search = Search(first, step, parse_ratio(tolerance), max_runs)
    host = resolved.host
    if host is not None and shop:
        raise Refusal([f"--shop sets up a mock, and the shop at {host} is up already"], WRONG_USAGE)
    if host is not None:
        with refusing(TargetError, exit_code=WRONG_USAGE):
            Target(host).guard(tuple(allow_target or ()))
        with refusing(TargetError, exit_code=COULD_NOT_START):
            Target(host).knock()
        arguments = ["run", "--host", host, *(word for name in allow_target or () for word in ("--allow-target", name))]
    else:
        arguments = ["rehearse", *(word for setting in shop or () for word in ("--shop", setting))]
    directory = fresh_directory(out, f"capacity-{resolved.name}")
    console = Console() if Console().is_terminal else Console(width=PLAIN_WIDTH)
    console.print(_opening(probing, search, directory), highlight=False, soft_wrap=True)
    looking = CapacitySearch(
        probing,
        search,
        directory,
        (*arguments, "--workers", str(workers)),
        {"SHOP_ADMIN_TOKEN": admin_token} if admin_token else {},
        lambda probe: print_probe(console, probe.to_json()),
    )
    with refusing(RunRecordError, exit_code=COULD_NOT_START):
        found = looking.run()
    print_capacity(console, found.to_json(), str(directory))
    raise typer.Exit(INTERRUPTED if looking.interrupted else found.exit_code)


def _written(profile: str, overrides: list[str]) -> dict[str, Any]:
    """The profile's tables with the overrides in them; the reader has accepted both."""
    written = read_source(profile).written
    for override in overrides:
        apply_override(written, override, Mistakes({}))
    return written


def _opening(probing: Probing, search: Search, directory: Path) -> str:
    how = "its whole course with another peak" if probing.whole else f"the crowd of {probing.phase} at a steady rate"
    return (
        f"zerohour capacity of {probing.profile.name}: {how}, from {search.from_rate:g}/s, "
        f"at most {search.runs_max} runs   {directory}{os.sep}"
    )
