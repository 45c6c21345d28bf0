"""The arrival rate as a line of stages, the area under it (how many arrivals) and that area's inverse (when).

The rate runs linearly from `from_rate` to `to_rate` inside a stage and may jump between stages. Within a
stage of duration D the area after t seconds is a(t) = f t + s t^2 / 2 with slope s = (to - from) / D. Its
inverse is written t = 2 a / (f + sqrt(f^2 + 2 s a)), which divides by a sum instead of subtracting near-equal
numbers: it needs no special case for a level stage (s = 0), nor for ramps from or to zero.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

MAX_RATE = 1_000_000.0
"""Arrivals per second; a hundred times what one core of the generator can start."""
MAX_STAGE_S = 366 * 86_400.0
AREA_TOLERANCE = 1e-6
"""An arrival whose area overshoots a stage by a millionth still belongs to it: that much is rounding."""

NO_AREA = 1e-9
"""A billionth of an arrival is nobody; squares of such rates would fall below what a float can hold."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of the run: arrivals per second go linearly from `from_rate` to `to_rate`."""

    phase: str
    duration_s: float
    from_rate: float
    to_rate: float
    measured: bool = True
    buyers: float | None = None
    """Share of the arrivals who come to buy, where a shape's curves say so; None: the scenarios' weights alone do."""
    depositors: float | None = None
    """Share of the arrivals who come for a presale, to pay a deposit or its balance; None: the weights say."""

    def __post_init__(self) -> None:
        if not self.phase:
            raise ValueError("a stage needs the name of its phase")
        if not 0 < self.duration_s <= MAX_STAGE_S:
            raise ValueError(f"a stage lasts more than 0 s and at most 366 days, not {self.duration_s:g} s")
        for rate in (self.from_rate, self.to_rate):
            if not 0 <= rate <= MAX_RATE:
                raise ValueError(f"an arrival rate is from 0/s to {MAX_RATE:,.0f}/s, not {rate:g}/s")
        for who, share in (("buyers", self.buyers), ("depositors", self.depositors)):
            if share is not None and not 0 <= share <= 1:
                raise ValueError(f"the share of {who} is from 0 to 1, not {share:g}")

    @property
    def area(self) -> float:
        """How many arrivals the stage offers, before rounding."""
        return (self.from_rate + self.to_rate) / 2 * self.duration_s


class RateLine:
    """Answers "how many by then?" and "when is that many reached?" for a sequence of stages."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        self.stages = tuple(stages)
        self.duration_s = math.fsum(stage.duration_s for stage in stages)
        self.area = math.fsum(stage.area for stage in stages)
        self._starts_s = [math.fsum(s.duration_s for s in stages[:i]) for i in range(len(stages))]
        self._ends_s = [*self._starts_s[1:], self.duration_s]
        areas_before = [math.fsum(s.area for s in stages[:i]) for i in range(len(stages) + 1)]
        self._areas_before = areas_before
        # Stages without area never start anybody; leaving them out keeps the inverse from dividing by zero.
        self.pieces: list[int] = [i for i, stage in enumerate(stages) if stage.area > NO_AREA]
        self.limits: list[float] = [areas_before[i + 1] + AREA_TOLERANCE for i in self.pieces]
        self._terms = [self._term(i) for i in self.pieces]

    def _term(self, i: int) -> tuple[float, float, float, float, float, float, float]:
        stage = self.stages[i]
        slope = (stage.to_rate - stage.from_rate) / stage.duration_s
        rate = stage.from_rate
        return (
            self._areas_before[i],
            stage.area,
            rate,
            rate * rate,
            2 * slope,
            self._starts_s[i],
            self._ends_s[i],
        )

    def piece_at(self, area: float) -> int:
        """Which of `pieces` holds the arrival at this area; len(pieces) when it lies beyond the end."""
        return bisect_left(self.limits, area)

    def due_s(self, piece: int, area: float) -> float:
        """When the line has gathered `area`, which lies in `piece`. Never outside the piece's own seconds."""
        before, whole, rate, rate_squared, double_slope, start_s, end_s = self._terms[piece]
        local = area - before
        if local >= whole:
            return end_s
        if local <= 0.0:
            return start_s
        under_root = rate_squared + double_slope * local
        root = math.sqrt(under_root) if under_root > 0.0 else 0.0
        due_s = start_s + 2.0 * local / (rate + root)
        return due_s if due_s < end_s else end_s

    def area_at(self, run_s: float) -> float:
        """How many should have arrived by `run_s`, before rounding."""
        if run_s <= 0 or not self.stages:
            return 0.0
        if run_s >= self.duration_s:
            return self._areas_before[-1]
        i = self.stage_index(run_s)
        stage, into_s = self.stages[i], run_s - self._starts_s[i]
        gained = (stage.to_rate - stage.from_rate) * (into_s / stage.duration_s)
        return self._areas_before[i] + (stage.from_rate + gained / 2) * into_s

    def rate_at(self, run_s: float) -> float:
        """Planned arrivals per second at `run_s`; 0 before the start and from the end on."""
        if not 0 <= run_s < self.duration_s:
            return 0.0
        i = self.stage_index(run_s)
        stage = self.stages[i]
        return stage.from_rate + (stage.to_rate - stage.from_rate) * (run_s - self._starts_s[i]) / stage.duration_s

    def stage_index(self, run_s: float) -> int:
        """The stage at `run_s`. A boundary belongs to the later one; outside the run, the nearest."""
        return max(0, min(bisect_right(self._starts_s, run_s), len(self.stages)) - 1)

    def start_s(self, stage: int) -> float:
        return self._starts_s[stage]

    def end_s(self, stage: int) -> float:
        return self._ends_s[stage]
