"""`zerohour profiles`: the shipped profiles, and what one of them stands for."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from loadtests.commands.refusal import WRONG_USAGE, refusing
from loadtests.plan.profile_reader import ProfileError, read_profile, shipped_profiles

app = typer.Typer(help="List the shipped profiles, or show one.", rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def profiles(context: typer.Context) -> None:
    """List the shipped profiles."""
    if context.invoked_subcommand is not None:
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in ("profile", "lasts", "peak", "arrivals", "thresholds"):
        table.add_column(column, justify="left" if column == "profile" else "right")
    for name in shipped_profiles():
        profile = read_profile(name)
        schedule = profile.schedule()
        peak = max(max(stage.from_rate, stage.to_rate) for stage in schedule.stages)
        offered = sum(schedule.planned().values())
        table.add_row(
            name, f"{schedule.duration_s:.0f} s", f"{peak:,.0f} /s", f"{offered:,.0f}", str(len(profile.thresholds))
        )
    Console().print(table)


@app.command("show")
def show(name: Annotated[str, typer.Argument(help="A shipped profile's name, or a file.")]) -> None:
    """Show what a profile does: its phases, what their seconds stand for, and what it demands."""
    with refusing(ProfileError, exit_code=WRONG_USAGE):
        profile = read_profile(name)
    schedule = profile.schedule()
    console = Console(highlight=False)
    console.print(
        f"[bold]{profile.name}[/]  {schedule.duration_s:.0f} s, {profile.arrivals} arrivals, seed {profile.seed}"
    )
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in ("phase", "from", "to", "arrivals", "peak", "measured"):
        table.add_column(column, justify="left" if column == "phase" else "right")
    offered = schedule.offered()
    for phase in schedule.phases:
        spans = schedule.phase_spans_s(phase)
        peak = max(max(stage.from_rate, stage.to_rate) for stage in schedule.stages if stage.phase == phase)
        measured = "yes" if phase in schedule.measured_phases else "no"
        table.add_row(
            phase, f"{spans[0][0]:.1f} s", f"{spans[-1][1]:.1f} s", f"{offered[phase]:,}", f"{peak:,.1f} /s", measured
        )
    console.print(table)
    for threshold in profile.thresholds:
        labels = ",".join(f"{key}={value}" for key, value in threshold.labels.items())
        console.print(f"  {threshold.metric}{{{labels}}}  {threshold.expression}", markup=False)
