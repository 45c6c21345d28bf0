"""Which runs count: both sides must have applied the same load, completely, to a shop that kept its word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from loadtests.judgement.gate import recorded_profile
from loadtests.judgement.tally import Tally
from loadtests.judgement.validity import check_validity
from loadtests.plan.profile import Profile
from loadtests.record.run_record import Run, read_run
from loadtests.record.soundness import check_soundness

Side = Literal["base", "candidate"]
RUNS_MAX = 200
"""A side; reading an hour-long run takes a second."""

NOT_THE_LOAD = {"path", "host", "thresholds", "validity", "warnings", "platform", "audit"}
"""Parts of a profile in which the two versions may differ: where the shop is, how it is set, what is demanded of it.
Everything else makes the load, and so does whatever the profile learns to say later."""


class ComparisonError(Exception):
    """These runs cannot be compared; one sentence for the user, or several in lines."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """A run that counts."""

    directory: Path
    run_id: str
    profile: Profile
    tally: Tally
    started_at: float | None
    surroundings: dict[str, Any]
    """Machine and number of workers: they may differ, and then a reader should know."""


@dataclass(frozen=True, slots=True)
class SetAside:
    side: Side
    directory: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.directory} is set aside: {self.reason}"


@dataclass(slots=True)
class Sides:
    base: list[Measurement] = field(default_factory=list)
    candidate: list[Measurement] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)

    @property
    def runs(self) -> list[Measurement]:
        return [*self.base, *self.candidate]


def gather(base: Sequence[Path], candidate: Sequence[Path]) -> Sides:
    """Read both sides. A directory of run directories stands for all runs in it.

    Raises RunRecordError for what is no run or is damaged, ComparisonError for a run that is BROKEN or if a side has
    no run that counts.
    """
    sides = Sides()
    known: set[str] = set()
    load: dict[str, Any] | None = None
    given: tuple[tuple[Side, Sequence[Path], list[Measurement]], ...]
    given = ("base", base, sides.base), ("candidate", candidate, sides.candidate)
    for side, paths, kept in given:
        for path in _run_directories(paths):
            measured = _measured(path)
            if isinstance(measured, Measurement):
                load = load or _load(measured.profile)
                reason = "it was given already" if measured.run_id in known else _other_load(measured.profile, load)
            else:
                reason = measured
            if isinstance(measured, Measurement) and not reason:
                known.add(measured.run_id)
                kept.append(measured)
            else:
                sides.set_aside.append(SetAside(side, path, reason))
    for side, _, kept in given:
        if not kept:
            raise ComparisonError("\n".join((f"no {side} run is left to compare", *map(str, sides.set_aside))))
    return sides


def _run_directories(paths: Iterable[Path]) -> Iterator[Path]:
    count = 0
    for path in paths:
        inside = [] if (path / "run.json").exists() or not path.is_dir() else sorted(path.glob("*/run.json"))
        found = [run.parent for run in inside if not run.parent.is_symlink()] or [path]
        count += len(found)
        if count > RUNS_MAX:
            raise ComparisonError(f"there are more than {RUNS_MAX} runs on one side")
        yield from found


def _measured(directory: Path) -> Measurement | str:
    """The run's sums; or why it is no measurement."""
    run = read_run(directory)
    profile = replace(recorded_profile(run), thresholds=())
    ended = run.ended or {}
    tally = Tally(profile)
    try:
        for second in run.seconds:
            tally.add(second)
        tally.close(stopped_s=ended.get("stopped_s"), cut_off=run.partial)
        validity = check_validity(profile, tally, ended)
    except (LookupError, ArithmeticError, ValueError, MemoryError):
        check_soundness(run)  # either the record is to blame, or we are
        raise
    if broken := (run.audit or {}).get("violations"):
        raise ComparisonError(
            f"{directory} is BROKEN ({broken[0]['invariant']}: {broken[0]['message']}): "
            "how fast a shop breaks its word is no question; mend that first"
        )
    if cut := _cut_off(run, tally):
        return cut
    if not validity.valid:
        return f"it is INVALID: {validity.reasons[0].message}"
    if not any(tally.outcomes().values()):
        return "no request was made in it"
    return Measurement(
        directory,
        str(run.run.get("run", directory.name)),
        profile,
        tally,
        _number(run.run.get("started_at")),
        {name: run.run.get(name) for name in ("machine", "workers")},
    )


def _cut_off(run: Run, tally: Tally) -> str:
    ended = run.ended or {}
    if run.partial:
        return f"it was cut off after {tally.elapsed_s:.0f} s"
    for sign in ("aborted", "asked", "interrupted"):
        if ended.get(sign):
            how = "aborted by a threshold" if sign == "aborted" else "stopped by a task" if sign == "asked" else sign
            return f"it was {how} after {tally.lasted_s:.0f} of {tally.schedule.duration_s:.0f} s"
    return ""


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _load(profile: Profile) -> dict[str, Any]:
    """What the shop was put under, by name."""
    load = {name: value for name, value in profile.to_json().items() if name not in NOT_THE_LOAD}
    # Two checkouts have a file of one name in two places.
    load["locustfile"] = profile.locustfile and profile.locustfile.name
    return load


def _other_load(profile: Profile, load: dict[str, Any]) -> str:
    own = _load(profile)
    for name in sorted(own.keys() | load.keys(), key=lambda name: (name != "name", name != "seed", name)):
        mine, theirs = own.get(name), load.get(name)
        if mine != theirs:
            plain = not isinstance(mine, list | dict)
            said = f"its {name} is {mine} and not {theirs}" if plain else f"its {name} are others"
            return f"it is of another load than the first run: {said}"
    return ""
