"""A festival's day squeezed into a run: which seconds of the day each second of the run stands for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from loadtests.plan.arrivals import Stage

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class ShapedStage:
    """A stage and the stretch of the day it stands for, in seconds after midnight (negative: on the eve)."""

    stage: Stage
    day_from_s: float
    day_to_s: float


@dataclass(frozen=True, slots=True)
class PhaseSpan:
    """One row of the table "what the run's seconds stand for"."""

    phase: str
    run_from_s: float
    run_to_s: float
    day_from_s: float
    day_to_s: float

    @property
    def compression(self) -> float:
        """Seconds of the day in one second of the run."""
        return (self.day_to_s - self.day_from_s) / (self.run_to_s - self.run_from_s)


class ShapedDay:
    """Shaped stages in order, and the way back from the run's clock to the festival's."""

    def __init__(self, shaped: Sequence[ShapedStage]) -> None:
        self.shaped = tuple(shaped)
        self.stages: tuple[Stage, ...] = tuple(part.stage for part in shaped)
        self._starts_s = [0.0, *accumulate(stage.duration_s for stage in self.stages)]

    def day_s(self, run_s: float) -> float:
        """The second of the day that run second `run_s` stands for; the day's ends outside the run."""
        i = max(0, min(bisect_right(self._starts_s, run_s), len(self.shaped)) - 1)
        part = self.shaped[i]
        into = min(1.0, max(0.0, (run_s - self._starts_s[i]) / part.stage.duration_s))
        return part.day_from_s + into * (part.day_to_s - part.day_from_s)

    def spans(self) -> tuple[PhaseSpan, ...]:
        """Phase by phase, in order: the run's seconds, the day's seconds and the compression between them."""
        spans: dict[str, PhaseSpan] = {}
        for i, part in enumerate(self.shaped):
            phase, run_to_s = part.stage.phase, self._starts_s[i + 1]
            first = spans.get(phase)
            run_from_s = self._starts_s[i] if first is None else first.run_from_s
            day_from_s = part.day_from_s if first is None else first.day_from_s
            spans[phase] = PhaseSpan(phase, run_from_s, run_to_s, day_from_s, part.day_to_s)
        return tuple(spans.values())


def festival_clock(day_s: float) -> str:
    """The festival's clock as a display shows it: "00:05:22", "24:00:00" at the end, "eve 23:58:00" before."""
    whole = int(day_s // 1)
    eve = "eve " if whole < 0 else ""
    hours, rest = divmod(whole + int(DAY_S) if whole < 0 else whole, 3600)
    return f"{eve}{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
