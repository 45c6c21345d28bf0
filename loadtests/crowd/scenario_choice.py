"""Which Locust User classes a run has, and which of them an arrival is: by locustfile and weights."""

from __future__ import annotations

import random
from argparse import Namespace
from bisect import bisect_right
from collections.abc import Callable, Mapping
from itertools import accumulate
from pathlib import Path

from locust import User
from locust.argument_parser import get_parser
from locust.util.load_locustfile import load_locustfile

from loadtests.plan.arrivals import Arrival
from loadtests.plan.profile import Profile

FESTIVAL_LOCUSTFILE = Path(__file__).parents[1] / "locustfile.py"


class LocustfileError(Exception):
    """The locustfile can't be used; the message is one sentence."""


def user_classes(locustfile: Path) -> dict[str, type[User]]:
    """The runnable User classes of a locustfile by name, or a `LocustfileError`."""
    try:
        classes, _ = load_locustfile(str(locustfile))
    except (Exception, SystemExit) as error:
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        line = ""
        if where is not None and not isinstance(error, SyntaxError):  # which names its line itself
            line = f", line {where.tb_lineno} of {Path(where.tb_frame.f_code.co_filename).name}"
        raise LocustfileError(f"{locustfile} can't be loaded: {type(error).__name__}: {error}{line}") from error
    if not classes:
        raise LocustfileError(f"{locustfile} has no runnable User class; give it one with a @task")
    return classes


def parsed_options(locustfile: Path) -> Namespace:
    """What a loaded locustfile finds as `environment.parsed_options`: Locust's defaults and those of its own arguments.

    Raises LocustfileError if it adds an argument that must be given: only the environment could.
    """
    parser = get_parser(default_config_files=[])
    try:
        options: Namespace = parser.parse_args(args=[])
    except SystemExit as error:
        raise LocustfileError(f"{locustfile} adds an argument without a default; give it one") from error
    return options


def check_scenarios(profile: Profile, classes: Mapping[str, type[User]], locustfile: Path) -> list[str]:
    """Sentences for every scenario the profile names that the locustfile lacks, or that has nothing to do."""
    named = dict.fromkeys([*profile.scenarios, *(n for w in profile.scenarios_by_phase.values() for n in w)])
    known = ", ".join(sorted(classes))
    lacking = [
        f"scenarios.{n}: {locustfile.name} has no such User class; it has {known}" for n in named if n not in classes
    ]
    phases = profile.schedule().phases
    sent = {n for phase in phases for n, w in _weights(profile, classes, phase).items() if w > 0}
    idle = [
        f"the User class {name} of {locustfile} has no tasks; give it one with a @task, or no weight"
        for name, cls in classes.items()
        if name in sent and not cls.tasks and not _finds_tasks_later(cls)
    ]
    return lacking + idle


def _weights(profile: Profile, classes: Mapping[str, type[User]], phase: str) -> Mapping[str, float]:
    return profile.weights(phase) or {name: float(cls.weight) for name, cls in classes.items()}


def _finds_tasks_later(cls: type[User]) -> bool:
    """Whether code of the class so much as mentions `tasks`: Locust looks for them only after `on_start`."""
    own = (part for part in cls.__mro__ if not part.__module__.startswith("locust."))
    codes = (getattr(member, "__code__", None) for part in own for member in vars(part).values())
    return any("tasks" in code.co_names for code in codes if code is not None)


def picker(profile: Profile, classes: Mapping[str, type[User]]) -> Callable[[Arrival], str]:
    """Draws each arrival's scenario by the weights of its phase, from the run's seed and the arrival's number alone."""
    tables: dict[str, tuple[list[str], list[float]]] = {}
    for phase in profile.schedule().phases:
        weights = {n: w for n, w in _weights(profile, classes, phase).items() if w > 0}
        tables[phase] = (list(weights), list(accumulate(weights.values())))
    chance = random.Random()
    seed = profile.seed * 7_919

    def pick(arrival: Arrival) -> str:
        names, bounds = tables[arrival.phase]
        if len(names) == 1:
            return names[0]
        chance.seed(seed + arrival.index)
        return names[bisect_right(bounds, chance.random() * bounds[-1])]

    return pick


class ScenarioError(Exception):
    """The profile names scenarios the locustfile lacks. `mistakes`: one sentence each."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes


def check_locustfile(profile: Profile) -> dict[str, type[User]]:
    """Load the profile's locustfile and refuse it, or the profile's weights, before anything is started."""
    locustfile = profile.locustfile or FESTIVAL_LOCUSTFILE
    classes = user_classes(locustfile)
    if mistakes := check_scenarios(profile, classes, locustfile):
        raise ScenarioError(mistakes)
    return classes
