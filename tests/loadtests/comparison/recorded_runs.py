"""Run directories as a run leaves them, of a shop that takes as long as a test wants."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import Profile
from loadtests.record.books import Account
from loadtests.record.histogram import Histogram, HistogramDelta
from loadtests.record.run_record import RunRecord, write_whole
from loadtests.record.second import RequestsOfSecond, Second, WorkerOfSecond

SECONDS = 6
PER_SECOND = 100
PROFILE = Profile(
    "p", (Stage("warm_up", 1, 100, 100, measured=False), Stage("steady", 2, 100, 100), Stage("peak", 3, 100, 100))
)
CLEAN: Mapping[str, Any] = {"checked": 14, "violations": []}
Change = Callable[[int, Second], None]


def phase_of(number: int) -> str:
    return "warm_up" if number < 1 else "steady" if number < 3 else "peak"


def record(
    directory: Path,
    seconds_by_operation: Mapping[str, float],
    *,
    seed: int = 1,
    failing: int = 0,
    profile: Profile = PROFILE,
    audit: Mapping[str, Any] | None = CLEAN,
    ended: Mapping[str, Any] | None = {},
    facts: Mapping[str, Any] | None = None,
    change: Change = lambda number, second: None,
) -> Path:
    """A run: each operation is asked 100 times a second and takes about so long; `failing` of them each second fail."""
    chance = random.Random(seed)
    run = RunRecord.create(
        directory, {"schema": 1, "run": directory.name, "profile": profile.to_json(), **(facts or {})}
    )
    luck = {operation: chance.gauss(1.0, 0.01) for operation in seconds_by_operation}
    for number in range(SECONDS):
        phase = phase_of(number)
        second = Second(
            number,
            arrivals={phase: Account(offered=100, started=100, completed=100)},
            lag={phase: delta([0.001] * 100)},
            workers=[WorkerOfSecond(0, cpu=0.3, shoppers=50, in_flight=10)],
        )
        for operation, seconds in seconds_by_operation.items():
            for outcome, count in (("ok", PER_SECOND - failing), ("failed", failing)):
                if count:
                    took = delta([seconds * luck[operation] * chance.uniform(0.9, 1.1) for _ in range(count)])
                    second.requests.append(RequestsOfSecond(operation, "Buyer", phase, outcome, took, took))
        change(number, second)
        run.append(second)
    if audit is not None:
        write_whole(directory / "audit.json", audit)
    if ended is not None:
        run.end(ended)
    run.close()
    return directory


def record_side(
    folder: Path, side: str, runs: int, seconds_by_operation: Mapping[str, float], **more: Any
) -> list[Path]:
    """So many runs of one side; each with luck of its own."""
    return [
        record(folder / f"{side}-{number}", seconds_by_operation, seed=100 * len(side) + number, **more)
        for number in range(runs)
    ]


def other_profile(**changes: Any) -> Profile:
    return replace(PROFILE, **changes)


def delta(durations_s: list[float]) -> HistogramDelta:
    histogram = Histogram()
    histogram.record_many(durations_s)
    return histogram.delta()
