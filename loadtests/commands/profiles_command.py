"""`zerohour profiles`: the shipped profiles, and what one of them stands for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from loadtests.commands import options
from loadtests.commands.refusal import WRONG_USAGE, refusing
from loadtests.judgement.calibration import Habits, calibration
from loadtests.judgement.day_sums import DaySums
from loadtests.judgement.phase_mix import planned_mix, published_money, realised_mix
from loadtests.plan.profile import Profile
from loadtests.plan.profile_reader import ProfileError, read_profile, shipped_profiles
from loadtests.record.run_record import Run, RunRecordError, read_run
from loadtests.terminal.calibration_table import calibration_table, marks_table
from loadtests.terminal.phase_mix_table import phase_mix_table
from loadtests.terminal.presale_text import balances_text

WIDTH_OF_A_FILE = 160
"""Columns where nobody looks on: lines are not folded."""

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
def show(
    name: Annotated[str, typer.Argument(help="A shipped profile's name, or a file.")],
    run: Annotated[Path | None, typer.Option(help="A run directory, whose crowd is held to the calibration.")] = None,
    overrides: options.Set = None,
) -> None:
    """Show what a profile does: its phases, what it demands, and how near its crowd is to what was published."""
    with refusing(ProfileError, RunRecordError, exit_code=WRONG_USAGE):
        profile = read_profile(name, overrides or ())
        record = None if run is None else read_run(run)
    schedule = profile.schedule()
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH_OF_A_FILE)
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
    if profile.balances is not None:
        console.print(f"balances of the presale: {balances_text(profile.balances, profile.shape is not None)}")
    for threshold in profile.thresholds:
        labels = ",".join(f"{key}={value}" for key, value in threshold.labels.items())
        console.print(f"  {threshold.metric}{{{labels}}}  {threshold.expression}", markup=False)
    if profile.crowd() is not None:
        console.print()
        show_calibration(profile, record, console)
    elif record is not None:
        console.print(f"note: the crowd of {profile.name} follows no curves, so there is nothing to hold the run to")


def show_calibration(profile: Profile, record: Run | None, console: Console) -> None:
    """The published figures beside the profile's, and a run's; a run is measured by the profile it was made with."""
    told = habits()
    if record is None:
        console.print(calibration_table(calibration(profile, told), with_run=False))
        console.print()
        console.print(phase_mix_table(planned_mix(profile, told), published_money(profile)))
        return
    with refusing(KeyError, TypeError, ValueError, exit_code=WRONG_USAGE):
        made_with = Profile.from_json(record.run["profile"])
    day, crowd = made_with.shaped_day(), made_with.crowd()
    if day is None or crowd is None:
        console.print(f"note: the run's own profile, {made_with.name}, has no crowd with curves")
        return
    sums = DaySums(day).add_all(record.seconds)
    console.print(calibration_table(calibration(made_with, told, sums, record.journal), with_run=True))
    console.print()
    plan, done = planned_mix(made_with, told), realised_mix(made_with, record.seconds)
    console.print(phase_mix_table(plan, published_money(made_with), done))
    console.print()
    console.print(marks_table(sums, crowd))


def habits() -> Habits:
    """Read off the scenarios themselves. Only here: loading them loads Locust, which patches sockets."""
    from loadtests.crowd.scenario_choice import FESTIVAL_LOCUSTFILE, user_classes

    classes: dict[str, Any] = dict(user_classes(FESTIVAL_LOCUSTFILE))
    looker, buyer, bot = classes["WindowShopper"], classes["CartLoadedBuyer"], classes["Scalper"]
    return Habits(
        views=looker.views_mean,
        searches=looker.searches_mean,
        cart_share=looker.cart_share,
        basket_fen=buyer.basket_fen,
        phone_share=buyer.phone_share,
        bot_accounts=bot.accounts,
        think_s=looker.think_s,
    )
