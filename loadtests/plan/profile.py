"""A run as data: what arrives when, on whom, and what must hold. Frozen; the reader checks, this file only holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from loadtests.plan.arrivals import ArrivalKind, Schedule, Stage
from loadtests.plan.balances import DEPOSITOR, HUMP, Balances
from loadtests.plan.thresholds import Threshold
from loadtests.shapes import CROWDS, SHAPES
from loadtests.shapes.double11_2017_crowd import Crowd
from loadtests.shapes.shaped_day import ShapedDay

Connections = Literal["keep", "per_arrival"]


@dataclass(frozen=True, slots=True)
class ValidityLimits:
    """Beyond these the generator did not apply the load, and the run proves nothing."""

    max_dropped: float = 0.001
    """Share of the offered arrivals."""
    max_schedule_lag_p99_s: float = 0.05
    """Lateness of a start while a shopper was free: the generator's own fault."""
    max_generator_cpu: float = 0.9
    """Of one core, sustained for `cpu_sustained_s`."""
    cpu_sustained_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which goods the crowd wants. No exponent was published for Taobao's: 0.6 to 1.1 is the range to try (FACTS 3)."""

    zipf_exponent: float = 0.9
    """The item of rank r is wanted as often as r to the power of minus this."""
    hot_share: float = 0.05
    """Of all wishes, how many are for the one hot item, on top of what its rank has."""


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """A fault to put on the mock platform `after_s` into a phase."""

    phase: str
    after_s: float
    lasts_s: float
    kind: str
    route: str
    parameters: Mapping[str, float | str] = field(default_factory=dict)


def mean_basket(weights: Mapping[str, float], baskets: Mapping[str, float], *, apart: bool = False) -> float:
    """Of those with a weight who come to buy; 0 if nobody pays. `apart`: those who come for a presale do not count."""
    buying = {name: weight for name, weight in weights.items() if name in baskets and weight > 0}
    if apart:
        buying.pop(DEPOSITOR, None)
    paid = sum(weight * baskets[name] for name, weight in buying.items())
    return paid / sum(buying.values()) if buying else 0.0


@dataclass(frozen=True, slots=True)
class Profile:
    """One run, resolved: every default filled in, every unit in seconds, shares and arrivals per second."""

    name: str
    stages: tuple[Stage, ...]
    seed: int = 11
    path: Path | None = None
    """The file it was read from; None for one made by hand."""
    locustfile: Path | None = None
    """None: the festival's own scenarios."""
    audit: Path | None = None
    """A Python file whose `audit(journal, run)` judges the run afterwards, for a shop of one's own."""
    arrivals: ArrivalKind = "poisson"
    connections: Connections = "keep"
    max_shoppers: int = 2000
    """Per worker."""
    patience_s: float = 30.0
    drain_s: float = 10.0
    host: str | None = None
    timeout_s: float = 30.0
    shape: str | None = None
    peak_rate: float | None = None
    scenarios: Mapping[str, float] = field(default_factory=dict)
    """Weights by User class. Empty: the classes' own weights; otherwise a class not named takes no part."""
    scenarios_by_phase: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """A phase's own weights, in place of `scenarios`."""
    baskets: Mapping[str, float] = field(default_factory=dict)
    """Who comes to buy, and how many average baskets a visit of theirs pays. Only with a shape that has curves for
    looking, ordering and paying: then a phase's weights say who among the buyers comes, and who among the others."""
    baskets_by_phase: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Where a phase's differ from `baskets`."""
    wanted: Wanted = Wanted()
    balances: Balances | None = None
    """When balances of the presale are paid, and how many; None: as the phases and the weights say."""
    thresholds: tuple[Threshold, ...] = ()
    validity: ValidityLimits = ValidityLimits()
    faults: tuple[PlannedFault, ...] = ()
    platform: Mapping[str, str] = field(default_factory=dict)
    """Settings of the mock platform that `rehearse` starts, as its flags have them; any other target ignores them."""
    warnings: tuple[str, ...] = ()
    """What the reader found odd but not wrong; a sentence each."""

    @property
    def duration_s(self) -> float:
        """From the first second of the schedule to its last; the drain comes on top."""
        return self.schedule().duration_s

    def schedule(self) -> Schedule:
        """The arrivals. Every call builds the same one afresh; keep it if you ask it often."""
        return Schedule(self.stages, self.arrivals, self.seed)

    def weights(self, phase: str) -> Mapping[str, float]:
        """The weights that count in a phase; empty means the classes' own."""
        return self.scenarios_by_phase.get(phase) or self.scenarios

    def crowd(self) -> Crowd | None:
        """The shape's curves of looking, ordering and paying; None unless the profile says who buys."""
        if self.shape is None or self.peak_rate is None or not self.baskets:
            return None
        mean = {phase: self.mean_basket(phase) for phase in self.schedule().phases}
        balance = self.baskets_in(HUMP).get(DEPOSITOR) or 1.0
        return CROWDS[self.shape](self.duration_s, self.peak_rate, mean, self.balances, balance)

    def baskets_in(self, phase: str) -> Mapping[str, float]:
        """The baskets that count in a phase."""
        return {**self.baskets, **self.baskets_by_phase.get(phase, {})}

    def mean_basket(self, phase: str) -> float:
        """What an average visit of a phase's buyers pays, in average baskets; those of a presale left out if apart."""
        return mean_basket(self.weights(phase), self.baskets_in(phase), apart=self.balances is not None)

    def kind_of_visitor(self, scenario: str) -> str:
        """In the words of the curves: who looks, who buys, who comes for a presale, who comes again to see."""
        if scenario == DEPOSITOR and self.balances is not None:
            return "presale"
        if scenario not in self.baskets:
            return "looks"
        return "buys" if self.baskets[scenario] else "comes again"

    @property
    def balances_window(self) -> Balances | None:
        """The run seconds in which balances are open, where stages say so; a shape has its phase for them."""
        return self.balances if self.shape is None else None

    def shaped_day(self) -> ShapedDay | None:
        """What the run's seconds stand for; None unless the profile takes a shape."""
        crowd = self.crowd()
        if crowd is not None:
            return ShapedDay(crowd.stages)
        if self.shape is None or self.peak_rate is None:
            return None
        shape, day = SHAPES[self.shape], (self.duration_s, self.peak_rate)
        return ShapedDay(shape(*day) if self.balances is None else shape(*day, self.balances))

    def to_json(self) -> dict[str, Any]:
        """Plain data for run.json and for the workers; `from_json` makes the same profile of it."""
        return {
            "name": self.name,
            "seed": self.seed,
            "path": None if self.path is None else str(self.path),
            "locustfile": None if self.locustfile is None else str(self.locustfile),
            "audit": None if self.audit is None else str(self.audit),
            "arrivals": self.arrivals,
            "connections": self.connections,
            "max_shoppers": self.max_shoppers,
            "patience_s": self.patience_s,
            "drain_s": self.drain_s,
            "host": self.host,
            "timeout_s": self.timeout_s,
            "shape": self.shape,
            "peak_rate": self.peak_rate,
            "stages": [asdict(stage) for stage in self.stages],
            "scenarios": dict(self.scenarios),
            "scenarios_by_phase": {phase: dict(weights) for phase, weights in self.scenarios_by_phase.items()},
            "baskets": dict(self.baskets),
            "baskets_by_phase": {phase: dict(baskets) for phase, baskets in self.baskets_by_phase.items()},
            "wanted": asdict(self.wanted),
            "balances": None if self.balances is None else asdict(self.balances),
            "thresholds": [threshold.to_json() for threshold in self.thresholds],
            "validity": asdict(self.validity),
            "faults": [asdict(fault) for fault in self.faults],
            "platform": dict(self.platform),
            "warnings": list(self.warnings),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Profile:
        """The profile of `to_json`'s data. Raises KeyError, TypeError or ValueError for anything else."""
        plain = dict(data)
        for name in ("path", "locustfile", "audit"):
            plain[name] = None if plain.get(name) is None else Path(plain[name])
        plain["stages"] = tuple(Stage(**stage) for stage in plain["stages"])
        plain["thresholds"] = tuple(Threshold.from_json(threshold) for threshold in plain["thresholds"])
        plain["wanted"] = Wanted(**plain.get("wanted", {}))
        plain["balances"] = Balances(**plain["balances"]) if plain.get("balances") else None
        plain["validity"] = ValidityLimits(**plain["validity"])
        plain["faults"] = tuple(PlannedFault(**fault) for fault in plain["faults"])
        plain["warnings"] = tuple(plain["warnings"])
        return cls(**plain)
