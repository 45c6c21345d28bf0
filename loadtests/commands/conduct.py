"""What `rehearse` and `run` share: read the profile, choose the directory, run, leave with the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import typer
from rich.console import Console

from loadtests.commands.early_interrupt import INTERRUPTED
from loadtests.commands.fresh_directory import RUNS, fresh_directory
from loadtests.commands.profiles_command import habits
from loadtests.commands.refusal import COULD_NOT_START, WRONG_USAGE, Refusal, refusing
from loadtests.plan.profile import Profile
from loadtests.plan.profile_reader import ProfileError, read_profile
from loadtests.record.run_record import RunRecord, RunRecordError
from loadtests.running.processes import ProcessError
from loadtests.running.run_order import Doors, Order, Pages
from loadtests.shop.target import Target, TargetError

PLAIN_WIDTH = 140
STARTS_WITHIN_S = 5.0
"""For `zerohour serve &` and a run in the next line."""


def conduct(
    profile_name: str,
    *,
    headless: bool,
    out: Path | None,
    overrides: Sequence[str],
    seed: int | None,
    workers: int,
    host: str | None,
    doors: tuple[str, int] | None = None,
    admin_token: str | None = None,
    allow_target: tuple[str, ...] = (),
    platform_arguments: tuple[str, ...] = (),
    web_port: int | None = None,
    web_login: str | None = None,
    wait_for_start: bool = False,
    stay: bool = False,
    metrics: tuple[str, int] | None = None,
) -> None:
    """Conduct one run. `host` None starts the mock platform; an empty one means the profile's own target."""
    _check_pages(headless, web_port, web_login, wait_for_start, stay)
    with refusing(ProfileError, exit_code=WRONG_USAGE):
        profile = read_profile(profile_name, overrides=overrides, seed=seed, host=host or None)
    if host is not None:
        host = _reached(profile, allow_target)
    else:
        # The profile's own settings first: what the command line says comes later and wins.
        profiled = (f"--{name.replace('_', '-')}={value}" for name, value in profile.platform.items())
        platform_arguments = (*profiled, *platform_arguments)
    console = _console(headless)
    # From here on Locust is loaded, which patches this process's sockets; the commands that need none stay quick.
    classes, record = _begin(profile, console, host, workers, out)
    order = Order(
        profile,
        record,
        host,
        workers=workers,
        doors=Doors(*doors) if doors else None,
        headless=headless,
        pages=None if headless else Pages(web_port, web_login, wait_for_start, stay),
        metrics=Doors(*metrics) if metrics else None,
        classes=classes,
        allow_target=allow_target,
        admin_token=admin_token,
        platform_arguments=platform_arguments,
        opened=(lambda: None) if out is not None else (lambda: _point_latest_at(record.directory)),
    )
    raise typer.Exit(_run(order, console))


def _reached(profile: Profile, allow_target: tuple[str, ...]) -> str:
    """The profile's host, once it is allowed and answers."""
    if profile.host is None:
        raise Refusal(["which shop? give --host URL, or target.host in the profile"], WRONG_USAGE)
    with refusing(TargetError, exit_code=WRONG_USAGE):
        Target(profile.host).guard(allow_target)
    with refusing(TargetError, exit_code=COULD_NOT_START):
        Target(profile.host).knock(STARTS_WITHIN_S)
    return profile.host


def _console(headless: bool) -> Console:
    console = Console() if not headless else Console(force_terminal=False)
    return console if console.is_terminal else Console(force_terminal=False, width=PLAIN_WIDTH)


def _begin(
    profile: Profile, console: Console, host: str | None, workers: int, out: Path | None
) -> tuple[tuple[str, ...], RunRecord]:
    """The locustfile's User classes, and the record of the run, begun."""
    from loadtests.crowd.scenario_choice import (
        LocustfileError,
        ScenarioError,
        check_locustfile,
        fixed_counts,
        steps_left_out,
    )
    from loadtests.running.provenance import describe_run

    with refusing(LocustfileError, ScenarioError, exit_code=WRONG_USAGE):
        classes = check_locustfile(profile)
    left_out = steps_left_out(profile, classes)
    for sentence in left_out + fixed_counts(profile, classes):
        console.print(f"note: {sentence}", highlight=False, soft_wrap=True)
    described = {**describe_run(profile, host, workers), "left_out": left_out}
    if profile.crowd() is not None and profile.locustfile is None:
        # What the scenarios plan goes into the record: who reads it later need not load them.
        described["habits"] = asdict(habits())
    # At once after the directory: one without its run.json could not be judged if we are killed.
    directory = fresh_directory(out, profile.name)
    with refusing(RunRecordError, exit_code=COULD_NOT_START):
        return tuple(classes), RunRecord.create(directory, described)


def _run(order: Order, console: Console) -> int:
    """The run's exit code. Ctrl-C before or after the arrivals is a refusal that says what is left."""
    from loadtests.live.server import PortTaken
    from loadtests.running.conductor import ConductError
    from loadtests.running.rehearsal import Rehearsal

    rehearsal = Rehearsal(order, console)
    with refusing(TargetError, ConductError, ProcessError, PortTaken, RunRecordError, exit_code=COULD_NOT_START):
        try:
            return rehearsal.run()
        except KeyboardInterrupt:
            judged = f"`zerohour gate {order.out}` judges what was recorded"
            what = judged if rehearsal.opened else "no arrival had started"
            raise Refusal([f"interrupted; {what}"], INTERRUPTED) from None


def _check_pages(headless: bool, port: int | None, login: str | None, wait_for_start: bool, stay: bool) -> None:
    """Refuse pages that are asked for and forbidden at once, and a login nobody could give."""
    mistakes = []
    asked = {"--web-port": port is not None, "--wait-for-start": wait_for_start, "--stay": stay}
    if headless and (names := [name for name, given in asked.items() if given]):
        mistakes.append(f"{', '.join(names)}: there are no pages with --headless")
    if login is not None and not all(login.partition(":")):
        mistakes.append("--web-login is written name:password")
    if mistakes:
        raise Refusal(mistakes, WRONG_USAGE)


def _point_latest_at(directory: Path) -> None:
    """`runs/latest`: the run that began last. One that could not start never gets there."""
    fresh = RUNS / f".latest-{directory.name}"
    fresh.symlink_to(directory.name)
    fresh.replace(RUNS / "latest")
