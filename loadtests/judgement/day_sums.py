"""Undoes a run's compression: what a run second counted stands for as many seconds of the day, and weighs as much."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from loadtests.record.second import BusinessOfSecond, Second
from loadtests.shapes.gmv_marks import Mark
from loadtests.shapes.shaped_day import DAY_S, ShapedDay

EDGE_S = 1e-6
"""A phase that a second only touches is not one of its own."""


class Part(NamedTuple):
    """What of one run second lies in one phase."""

    phase: str
    day_from_s: float
    day_to_s: float
    weight: float
    """Seconds of the day in a whole run second of this phase."""


class DaySums:
    """Sums over the day, midnight to midnight, of what a run's seconds counted. The eve stands outside.

    Where a second of the run belongs to two phases, what happened in either weighs as much as that phase's seconds.
    """

    def __init__(self, day: ShapedDay) -> None:
        self._day = day
        self._spans = day.spans()
        self.requests: dict[tuple[str, str, str], float] = {}
        """By operation, scenario and outcome."""
        self.eve_requests: dict[tuple[str, str, str], float] = {}
        self.visits = 0.0
        self.orders = self.payments = self.gmv_fen = 0.0
        self.eve_s = 0.0
        """How long the eve is, as the day counts; its sums are weighed alike."""
        self.orders_at: dict[int, int] = {}
        """By run second, unweighed; payments likewise."""
        self.payments_at: dict[int, int] = {}
        self.requests_at: dict[str, dict[int, int]] = {}
        """By operation and run second, unweighed."""
        self._gmv: list[tuple[float, float]] = [(0.0, 0.0)]
        """How much by which second of the day."""

    def parts(self, second: int) -> list[Part]:
        """The phases of a run second, in order; the nearest outside the run, where nothing weighs anything."""
        found = [
            Part(
                span.phase,
                max(span.day_from_s, self._day.day_s(second)),
                min(span.day_to_s, self._day.day_s(second + 1)),
                span.compression,
            )
            for span in self._spans
            if span.run_from_s < second + 1 - EDGE_S and span.run_to_s > second + EDGE_S
        ]
        end_s = self._spans[-1].day_to_s
        return found or [Part(self._spans[-1].phase, end_s, end_s, 0.0)]

    def add(self, second: Second) -> None:
        """One second of the run; they come in order."""
        parts = self.parts(second.second)
        by_phase = {part.phase: part for part in parts}

        def part_of(phase: str) -> Part:
            return by_phase.get(phase, parts[-1])  # a visit goes on when its phase is over

        for row in second.requests:
            part, key = part_of(row.phase), (row.operation, row.scenario, row.outcome)
            requests = self.eve_requests if part.day_to_s <= 0 else self.requests
            count = sum(row.response.buckets[1::2])
            requests[key] = requests.get(key, 0.0) + part.weight * count
            if part.day_to_s > 0:
                at = self.requests_at.setdefault(row.operation, {})
                at[second.second] = at.get(second.second, 0) + count
        for phase, account in second.arrivals.items():
            part = part_of(phase)
            self.visits += part.weight * account.started if part.day_to_s > 0 else 0.0
        for part in parts:
            if part.day_to_s <= 0:
                self.eve_s += part.day_to_s - part.day_from_s
            else:
                self._trade(second, part, [done for phase, done in second.business.items() if part_of(phase) is part])

    def _trade(self, second: Second, part: Part, done: Sequence[BusinessOfSecond]) -> None:
        orders, payments = sum(each.orders for each in done), sum(each.payments for each in done)
        self.orders_at[second.second] = self.orders_at.get(second.second, 0) + orders
        self.payments_at[second.second] = self.payments_at.get(second.second, 0) + payments
        self.orders += part.weight * orders
        self.payments += part.weight * payments
        self.gmv_fen += part.weight * sum(each.gmv_fen for each in done)
        self._gmv.append((part.day_to_s, self.gmv_fen))

    def add_all(self, seconds: Iterable[Second]) -> DaySums:
        for second in seconds:
            self.add(second)
        return self

    def count(self, operation: str, scenarios: Iterable[str] | None = None, *, eve: bool = False) -> float:
        """Requests of an operation, whatever their outcome; of these scenarios only, or of all."""
        wanted = None if scenarios is None else set(scenarios)
        table = self.eve_requests if eve else self.requests
        return sum(n for (name, who, _), n in table.items() if name == operation and (wanted is None or who in wanted))

    def gmv_share(self, day_s: float) -> float:
        """What part of the day's money was paid by then; even within a second of the run."""
        if not self.gmv_fen:
            return 0.0
        before = (0.0, 0.0)
        for point in self._gmv:
            if point[0] >= day_s:
                (from_s, had), (to_s, has) = before, point
                part = (day_s - from_s) / (to_s - from_s) if to_s > from_s else 1.0
                return (had + part * (has - had)) / self.gmv_fen
            before = point
        return 1.0

    def off_the_marks(self, marks: Sequence[Mark]) -> list[tuple[Mark, float]]:
        """Each published mark, and how much of the day's money this run had more (or less) by then."""
        return [(mark, self.gmv_share(mark.day_s) - mark.share) for mark in marks]

    @property
    def orders_per_run_s(self) -> float:
        """The day's mean, in orders of a run second."""
        return self.orders / DAY_S

    @property
    def payments_per_run_s(self) -> float:
        return self.payments / DAY_S
