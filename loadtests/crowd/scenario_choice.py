"""Which Locust User classes a run has, and which of them an arrival is: by locustfile and weights."""

from __future__ import annotations

import math
import random
from argparse import Namespace
from bisect import bisect_right
from collections.abc import Callable, Mapping
from itertools import accumulate
from pathlib import Path

from locust import User
from locust.argument_parser import get_parser
from locust.util.load_locustfile import load_locustfile

from loadtests.crowd.even_mix import EvenMix
from loadtests.plan.arrivals import Arrival
from loadtests.plan.profile import Profile
from loadtests.plan.who_comes import shares

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
    unfit = [sentence for name, cls in classes.items() if name in sent for sentence in getattr(cls, "unfit", list)()]
    return list(dict.fromkeys(lacking + idle + unfit))


def steps_left_out(profile: Profile, classes: Mapping[str, type[User]]) -> list[str]:
    """A sentence for each adapter of a shop of one's own that offers less than the scenarios know to do."""
    schedule = profile.schedule()
    sent = [n for phase in schedule.phases for n, w in _weights(profile, classes, phase).items() if w > 0]
    told = [sentence for n in sent for sentence in getattr(classes[n], "left_out", list)()]
    return list(dict.fromkeys(told))


def fixed_counts(profile: Profile, classes: Mapping[str, type[User]]) -> list[str]:
    """A sentence for each User class whose `fixed_count` is passed over: nobody but the schedule says how many come."""
    return [
        f"{name} has a fixed_count, and Locust's users at once are none of a schedule's arrivals: it gets its share by "
        f"weight; say which in [scenarios]"
        for name, cls in classes.items()
        if cls.fixed_count and not all(profile.weights(phase) for phase in profile.schedule().phases)
    ]


def _weights(profile: Profile, classes: Mapping[str, type[User]], phase: str) -> Mapping[str, float]:
    return profile.weights(phase) or {name: float(cls.weight) for name, cls in classes.items()}


def _finds_tasks_later(cls: type[User]) -> bool:
    """Whether code of the class so much as mentions `tasks`: Locust looks for them only after `on_start`."""
    own = (part for part in cls.__mro__ if not part.__module__.startswith("locust."))
    codes = (getattr(member, "__code__", None) for part in own for member in vars(part).values())
    return any("tasks" in code.co_names for code in codes if code is not None)


GOLDEN = (math.sqrt(5) - 1) / 2
"""Multiples of it, less their whole parts, fill the stretch from 0 to 1 more evenly than any other number's."""


def picker(profile: Profile, classes: Mapping[str, type[User]]) -> Callable[[Arrival], str]:
    """Chooses each arrival's scenario from the run's seed and the arrival's number alone.

    By the weights of its phase, which hold exactly; where a shape says how many of a stage's arrivals come to buy, by
    the weights among those who buy, and among the others. Even arrivals are evenly mixed too: any hundred in a row
    hold the weights to one or two. The others are drawn.
    """
    schedule = profile.schedule()
    whole = [shares(_weights(profile, classes, stage.phase), stage, profile.baskets) for stage in schedule.stages]
    if profile.arrivals == "even" and profile.crowd() is not None:
        return EvenMix(schedule, [_normal(table) for table in whole], profile.kind_of_visitor, profile.seed)
    tables = [(list(table), list(accumulate(table.values()))) for table in whole]
    stage_at = schedule.line.stage_index
    chance = random.Random()
    seed = profile.seed * 7_919
    is_even = profile.arrivals == "even"
    first = random.Random(seed).random()

    def pick(arrival: Arrival) -> str:
        names, bounds = tables[stage_at(arrival.due_s)]
        if len(names) == 1:
            return names[0]
        if is_even:
            return names[bisect_right(bounds, (first + arrival.index * GOLDEN) % 1.0 * bounds[-1])]
        chance.seed(seed + arrival.index)
        return names[bisect_right(bounds, chance.random() * bounds[-1])]

    return pick


def _normal(table: Mapping[str, float]) -> dict[str, float]:
    whole = sum(table.values())
    return {name: share / whole for name, share in table.items()}


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
