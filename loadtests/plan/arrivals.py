"""When each shopper arrives, decided before the run from stages and a seed. Hot path: 0.4 us an arrival.

Every arrival k sits at an area under the rate line: k + 0.5 when arrivals are even, the sum of k + 1 unit
exponentials when they are a Poisson process. The line's inverse turns the area into an instant, so both kinds
share one closed form and no worker needs to know what another did.
"""

from __future__ import annotations

import itertools
import math
import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from loadtests.plan.rate_line import RateLine, Stage

__all__ = ["ARRIVAL_KINDS", "Arrival", "ArrivalKind", "Schedule", "Stage"]

ArrivalKind = Literal["even", "poisson"]
ARRIVAL_KINDS: tuple[ArrivalKind, ...] = ("even", "poisson")

NEARBY = 0.01
"""Arrivals this near to a limit are compared one by one; what rounding can do is a thousand times smaller."""


class Arrival(NamedTuple):
    """The `index`-th shopper of the whole run, due `due_s` seconds after the run opened."""

    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody asks of an arrival
    due_s: float
    phase: str


class EvenAreas:
    """Arrival k at area k + 0.5: as regular as the rate allows, and exactly floor(area + 0.5) of them."""

    def stripe(self, worker: int, workers: int) -> Iterator[float]:
        return itertools.count(worker + 0.5, workers)

    def near(self, area: float) -> tuple[int, Iterator[float]]:
        """The index of the first arrival beyond `area`, and the areas from that arrival on."""
        index = max(0, math.floor(area + 0.5))
        return index, itertools.count(index + 0.5)


class PoissonAreas:
    """Arrivals as independent people come: unit exponentials from one seed, added up.

    Only `random()` of `random.Random(seed)` is used: Python promises to keep its sequence.
    """

    MARK_EVERY = 65_536
    """A mark (20 KB of generator state) this often lets `near` resume within 6 ms wherever it is asked."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._marks = [(0, 0.0, random.Random(seed).getstate())]
        self._mark_areas = [0.0]

    def stripe(self, worker: int, workers: int) -> Iterator[float]:
        return itertools.islice(self._walk(0.0, random.Random(self._seed)), worker, None, workers)

    def near(self, area: float) -> tuple[int, Iterator[float]]:
        """The index of the first arrival beyond `area`, and the areas from that arrival on."""
        while self._mark_areas[-1] < area:
            self._add_mark()
        index, start, state = self._marks[max(0, bisect_right(self._mark_areas, area) - 1)]
        chance = random.Random()
        chance.setstate(state)
        walk = self._walk(start, chance)
        for found in walk:
            if found > area:
                return index, itertools.chain((found,), walk)
            index += 1
        raise AssertionError("a Poisson process never ends")  # pragma: no cover

    def _add_mark(self) -> None:
        index, area, state = self._marks[-1]
        chance = random.Random()
        chance.setstate(state)
        *_, area = itertools.islice(self._walk(area, chance), self.MARK_EVERY)
        self._marks.append((index + self.MARK_EVERY, area, chance.getstate()))
        self._mark_areas.append(area)

    @staticmethod
    def _walk(area: float, chance: random.Random) -> Iterator[float]:
        draw, log = chance.random, math.log
        while True:
            area -= log(1.0 - draw())
            yield area


class Schedule:
    """All arrivals of a run, by rule. Cheap to build, holds no list: `stripe` makes them one by one."""

    def __init__(self, stages: Sequence[Stage], arrivals: ArrivalKind = "poisson", seed: int = 0) -> None:
        if not stages:
            raise ValueError("a schedule needs at least one stage")
        if arrivals not in ARRIVAL_KINDS:
            raise ValueError(f'arrivals are "even" or "poisson", not "{arrivals}"')
        self.stages = tuple(stages)
        self.arrivals: ArrivalKind = arrivals
        self.seed = seed
        self.line = RateLine(self.stages)
        self.duration_s = self.line.duration_s
        self.phases: tuple[str, ...] = tuple(dict.fromkeys(stage.phase for stage in self.stages))
        self.measured_phases: tuple[str, ...] = tuple(
            dict.fromkeys(stage.phase for stage in self.stages if stage.measured)
        )
        self._areas: EvenAreas | PoissonAreas = EvenAreas() if arrivals == "even" else PoissonAreas(seed)
        self._firsts: list[int] = []
        """Index of the first arrival after each piece of the line, found as far as anybody asked."""

    def stripe(self, worker: int, workers: int) -> Iterator[Arrival]:
        """The arrivals of one worker of n, lazily and in order: every n-th, beginning with number `worker`.

        Workers are counted from 0; the union over all of them is exactly `stripe(0, 1)`.
        """
        if not 0 <= worker < workers:
            raise ValueError(f"worker {worker} of {workers}: workers are counted from 0")
        return self._stripe(worker, workers)

    def _stripe(self, worker: int, workers: int) -> Iterator[Arrival]:
        line, new = self.line, tuple.__new__  # 0.15 us against 0.3 us for Arrival(...)
        limits, due_at = line.limits, line.due_s
        if not limits:
            return
        phases = [self.stages[i].phase for i in line.pieces]
        piece, limit, phase, last_s = 0, limits[0], phases[0], 0.0
        index = worker
        for area in self._areas.stripe(worker, workers):
            while area > limit:
                piece += 1
                if piece == len(limits):
                    return
                limit, phase = limits[piece], phases[piece]
            due_s = due_at(piece, area)
            if due_s < last_s:  # the last bit may round either way; nobody overtakes
                due_s = last_s
            last_s = due_s
            yield new(Arrival, (index, due_s, phase))
            index += workers

    def offered(self, until_s: float | None = None) -> dict[str, int]:
        """How many arrivals are due at or before `until_s` (None: in the whole run), for every phase.

        Exactly what the stripes yield. A Poisson schedule is walked once, 0.1 us an arrival, then remembered.
        """
        until_s = self.duration_s if until_s is None else min(until_s, self.duration_s)
        counts = dict.fromkeys(self.phases, 0)
        total, first = self._due_by(until_s), 0
        reached = self.line.area_at(until_s) + NEARBY
        for piece, stage in enumerate(self.line.pieces):
            if first >= total:
                break
            after = self._first_after(piece) if self.line.limits[piece] <= reached else total
            counts[self.stages[stage].phase] += min(total, after) - first
            first = after
        return counts

    def _due_by(self, until_s: float) -> int:
        if until_s < 0:
            return 0
        # The area decides all but the last few; those are compared by the very instants the stripes yield.
        index, areas = self._areas.near(self.line.area_at(until_s) - NEARBY)
        for area in areas:
            piece = self.line.piece_at(area)
            if piece == len(self.line.pieces) or self.line.due_s(piece, area) > until_s:
                break
            index += 1
        return index

    def _first_after(self, piece: int) -> int:
        while len(self._firsts) <= piece:
            self._firsts.append(self._areas.near(self.line.limits[len(self._firsts)])[0])
        return self._firsts[piece]

    def planned(self) -> dict[str, float]:
        """The area under the rate line by phase: `offered` but for rounding and chance, at no cost."""
        return {phase: math.fsum(stage.area for stage in self.stages if stage.phase == phase) for phase in self.phases}

    def phase_at(self, run_s: float) -> str:
        """The phase at `run_s`. A boundary belongs to the later phase; outside the run, the nearest phase."""
        return self.stages[self.line.stage_index(run_s)].phase

    def rate_at(self, run_s: float) -> float:
        """Planned arrivals per second at `run_s`; 0 outside the run."""
        return self.line.rate_at(run_s)

    def phase_starts_s(self, phase: str) -> float:
        """Run second at which a phase (first) begins. Raises ValueError for a phase it does not have."""
        return min(start_s for start_s, _ in self.phase_spans_s(phase))

    def phase_spans_s(self, phase: str) -> list[tuple[float, float]]:
        """The (start, end) run seconds of a phase; more than one pair only if the phase comes back later."""
        spans: list[tuple[float, float]] = []
        for i, stage in enumerate(self.stages):
            if stage.phase != phase:
                continue
            if i and self.stages[i - 1].phase == phase:
                spans[-1] = (spans[-1][0], self.line.end_s(i))
            else:
                spans.append((self.line.start_s(i), self.line.end_s(i)))
        if not spans:
            raise ValueError(f'the schedule has no phase "{phase}"; it has {", ".join(self.phases)}')
        return spans
