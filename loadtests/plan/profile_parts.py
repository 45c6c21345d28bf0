"""Reads the parts of a profile that repeat: stages, scenario weights, thresholds and faults.

A part that is wrong is noted and left out, so that the other parts can still be judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from loadtests.plan.arrivals import Stage
from loadtests.plan.balances import DEPOSITOR, HUMP, Balances
from loadtests.plan.profile import PlannedFault, mean_basket
from loadtests.plan.profile_mistakes import Mistakes, Place
from loadtests.plan.profile_values import Table, duration, flag, number, phase_name, rate, shown, text, weight
from loadtests.plan.thresholds import Threshold, ThresholdError, parse_threshold
from loadtests.plan.units import UnitError, parse_duration, parse_ratio
from loadtests.shapes import CROWDS, SHAPES

STAGES_MAX = 1_000
THRESHOLDS_MAX = 1_000
FAULTS_MAX = 100

Weights = dict[str, float]
"""By User class; baskets are written in the same way."""

T = TypeVar("T")
Placed = tuple[Place, T]
"""A part together with where it was written."""


def read_stages(
    written: object, run: Table, mistakes: Mistakes, homes: Mapping[str, str], crowd: CrowdAsWritten | None = None
) -> tuple[tuple[Stage, ...], tuple[str, ...] | None]:
    """The stages, written out or from a shape, and the phases; None for phases nobody can tell."""
    shape = run.written.get("shape")
    if shape is not None:
        if written is not None:
            mistakes.add(
                ("stages",), f"a profile has stages or run.shape, not both; drop one (shape is {shown(shape)})"
            )
        return _shaped(run, crowd or CrowdAsWritten({}, {}, {}, {}))
    if crowd is not None and (crowd.baskets or crowd.baskets_by_phase):
        mistakes.add(
            ("baskets",), f"they say something only together with run.shape = {' or '.join(map(shown, CROWDS))}"
        )
    for key in ("peak_rate", "duration"):
        if key in run:
            run.take(key, lambda value: value, None)
            mistakes.add(("run", key), "it says something only together with run.shape; stages have their own")
    if written is None or written == []:
        mistakes.add(("stages",), f"a profile needs stages, or run.shape (there is {', '.join(SHAPES)})")
        return (), None
    tables = _tables(written, ("stages",), STAGES_MAX, mistakes, homes)
    read = [_stage(table) for table in tables]
    names = [table.written.get("phase") for table in tables]
    phases = tuple(dict.fromkeys(name for name in names if isinstance(name, str)))
    stages = tuple(stage for stage in read if stage is not None)
    _agree_on_measuring(stages, mistakes)
    return stages if len(stages) == len(read) else (), phases or None


@dataclass(frozen=True, slots=True)
class CrowdAsWritten:
    """Who comes, and who of them buys how much: what a shape with curves makes its stages of."""

    scenarios: Weights
    scenarios_by_phase: dict[str, Weights]
    baskets: Weights
    baskets_by_phase: dict[str, Weights]
    hump: Balances | None = None
    """The presale's, where a shape has curves: then those who pay deposits and balances are a crowd of their own."""

    def baskets_in(self, phase: str) -> Weights:
        return {**self.baskets, **self.baskets_by_phase.get(phase, {})}

    def mean_baskets(self, phases: Sequence[str], mistakes: Mistakes) -> dict[str, float]:
        """By phase, what an average visit of its buyers pays. In every phase somebody buys, and somebody looks."""
        found = {}
        for phase in phases:
            weights = self.scenarios_by_phase.get(phase) or self.scenarios
            baskets = self.baskets_in(phase)
            place: Place = ("scenarios", phase) if phase in self.scenarios_by_phase else ("scenarios",)
            found[phase] = mean_basket(weights, baskets, apart=self.hump is not None)
            if not found[phase] > 0:
                mistakes.add(place, f"nobody buys in {phase}; give one of {', '.join(baskets)} a weight and a basket")
            if not any(weight > 0 and name not in baskets for name, weight in weights.items()):
                mistakes.add(place, f"nobody only looks in {phase}; give a weight to a scenario without a basket")
        return found


def _shaped(run: Table, crowd: CrowdAsWritten) -> tuple[tuple[Stage, ...], tuple[str, ...] | None]:
    name = run.written.get("shape")
    shape = SHAPES.get(name) if isinstance(name, str) else None
    why = "a shape needs it"
    duration_s = run.need("duration", duration(above_zero=True), f'{why}, like duration = "100s"')
    peak_rate = run.need("peak_rate", rate(above_zero=True), f"{why}, like peak_rate = 250")
    if shape is None:
        return (), None
    day = (duration_s or 100.0, peak_rate or 1.0)
    stages = tuple(part.stage for part in (shape(*day) if crowd.hump is None else shape(*day, crowd.hump)))
    phases = tuple(dict.fromkeys(stage.phase for stage in stages))
    if crowd.baskets and isinstance(name, str) and name in CROWDS:
        baskets = crowd.mean_baskets(phases, run.mistakes)
        if all(mean > 0 for mean in baskets.values()):
            shaped = CROWDS[name](*day, baskets, crowd.hump, crowd.baskets_in(HUMP).get(DEPOSITOR) or 1.0)
            stages = tuple(part.stage for part in shaped.stages)
    return stages, phases


def _tables(written: object, path: Place, most: int, mistakes: Mistakes, homes: Mapping[str, str]) -> list[Table]:
    if not isinstance(written, list):
        mistakes.add(path, f"it is a list; write its tables as [[{path[0]}]]")
        return []
    if len(written) > most:
        mistakes.add(path, f"there are {len(written)} of them, more than {most}")
        return []
    tables = [Table(table, (*path, i), mistakes, homes) for i, table in enumerate(written)]
    return [table for table, value in zip(tables, written, strict=True) if isinstance(value, dict)]


def _stage(table: Table) -> Stage | None:
    phase = table.need("phase", phase_name, 'a stage needs a phase, like phase = "steady"')
    duration_s = table.need("duration", duration(above_zero=True), 'a stage needs a duration, like duration = "12s"')
    level = table.take("rate", rate(), None)
    from_rate, to_rate = table.take("from", rate(), None), table.take("to", rate(), None)
    measured = table.take("measured", flag, True)
    table.close()
    if "rate" in table:
        if "from" in table or "to" in table:
            table.mistakes.add(table.path, "a stage has a rate, or from and to, not both")
            return None
        from_rate = to_rate = level
    elif "from" in table or "to" in table:
        for key in ("from", "to"):
            if key not in table:
                table.mistakes.add((*table.path, key), "a ramp needs both from and to")
    else:
        table.mistakes.add((*table.path, "rate"), "a stage needs a rate, or from and to, in arrivals per second")
    if phase is None or duration_s is None or from_rate is None or to_rate is None:
        return None
    return Stage(phase, duration_s, from_rate, to_rate, measured)


def _agree_on_measuring(stages: tuple[Stage, ...], mistakes: Mistakes) -> None:
    measured = {(stage.phase, stage.measured) for stage in stages}
    for phase in dict.fromkeys(stage.phase for stage in stages):
        if {(phase, True), (phase, False)} <= measured:
            mistakes.add(
                ("stages",), f'the phase "{phase}" is measured in one stage and not in another; name two phases'
            )


def read_scenarios(written: object, mistakes: Mistakes, named: str = "scenarios") -> tuple[Weights, dict[str, Weights]]:
    """Weights by User class, and the same for each phase that has its own; or baskets, which look alike."""
    table = Table(written, (named,), mistakes)
    general: Weights = {}
    by_phase: dict[str, Weights] = {}
    for name, value in table.written.items():
        if isinstance(value, dict):
            own = Table(value, (named, name), mistakes)
            by_phase[name] = {key: own.take(key, weight, 1.0) for key in own.written}
        else:
            general[name] = table.take(name, weight, 1.0)
    return general, by_phase


def read_thresholds(written: object, mistakes: Mistakes) -> list[Placed[Threshold]]:
    """Each selector holds one threshold or a list of them."""
    table = Table(written, ("thresholds",), mistakes)
    found: list[Placed[Threshold]] = []
    for selector, value in table.written.items():
        place: Place = ("thresholds", selector)
        bounds = value if isinstance(value, list) else [value]
        if not bounds:
            mistakes.add(place, 'it is an empty list; write a threshold, like "p(95) < 500ms"')
        for i, bound in enumerate(bounds):
            try:
                found.append((place, parse_threshold(selector, bound)))
            except ThresholdError as error:
                mistakes.add((*place, i) if isinstance(value, list) and len(bounds) > 1 else place, str(error))
    if len(found) > THRESHOLDS_MAX:
        mistakes.add(("thresholds",), f"there are {len(found)} of them, more than {THRESHOLDS_MAX}")
    return found


def read_faults(written: object, mistakes: Mistakes, homes: Mapping[str, str]) -> list[Placed[PlannedFault]]:
    """What the fault itself takes is passed on: "800ms" under `delay` as `delay_s = 0.8`, "5%" as 0.05."""
    found: list[Placed[PlannedFault]] = []
    for table in _tables(written, ("faults",), FAULTS_MAX, mistakes, homes):
        phase = table.need("phase", text, "a fault needs the phase in which it strikes")
        kind = table.need("kind", text, 'a fault needs a kind, like kind = "latency"')
        lasts_s = table.need("lasts", duration(above_zero=True), 'a fault needs an end, like lasts = "10s"')
        after_s = table.take("after", duration(), 0.0)
        route = table.take("route", _route, "/")
        parameters = dict(_parameter(table, key) for key in table.written if key not in _FAULT_KEYS)
        table.close()
        if phase is not None and kind is not None and lasts_s is not None:
            found.append((table.path, PlannedFault(phase, after_s, lasts_s, kind, route, parameters)))
    return found


_FAULT_KEYS = ("phase", "kind", "lasts", "after", "route")


def _route(value: object) -> str:
    if not text(value).startswith("/"):
        raise UnitError(f'{shown(value)} is not a route; did you mean "/{value}"?')
    return text(value)


def _parameter(table: Table, key: str) -> tuple[str, float | str]:
    value = table.take(key, _plain, "")
    if isinstance(value, str):
        for read, name in ((parse_duration, f"{key}_s"), (parse_ratio, key)):
            try:
                return name, read(value)
            except UnitError:
                continue
    return key, value


def _plain(value: object) -> float | str:
    return value if isinstance(value, str) else number(value)


def read_platform(written: object, mistakes: Mistakes) -> dict[str, str]:
    """Settings of the mock platform: names and plain values. Which there are, the platform itself knows and refuses."""
    if not isinstance(written, dict):
        mistakes.add(("platform",), "settings of the mock platform are a table, e.g. [platform] bank_latency_s = 0.5")
        return {}
    settings = {}
    for name, value in written.items():
        if isinstance(value, str | int | float):
            settings[name] = str(value).lower() if isinstance(value, bool) else str(value)
        else:
            mistakes.add(("platform", name), "a setting of the mock platform is a word or a number")
    return settings
