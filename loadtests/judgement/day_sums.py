"""Undoes a run's compression: what a run second counted stands for as many seconds of the day, and weighs as much."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from loadtests.record.second import Second
from loadtests.shapes.gmv_marks import Mark
from loadtests.shapes.shaped_day import DAY_S, ShapedDay


class DaySums:
    """Sums over the day, midnight to midnight, of what a run's seconds counted. The eve stands outside."""

    def __init__(self, day: ShapedDay) -> None:
        self._day = day
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
        self._gmv: list[tuple[float, float]] = [(0.0, 0.0)]
        """How much by which second of the day."""

    def add(self, second: Second) -> None:
        """One second of the run; they come in order."""
        from_s, to_s = self._day.day_s(second.second), self._day.day_s(second.second + 1)
        weight = to_s - from_s
        is_eve = to_s <= 0
        requests = self.eve_requests if is_eve else self.requests
        for row in second.requests:
            key = (row.operation, row.scenario, row.outcome)
            requests[key] = requests.get(key, 0.0) + weight * sum(row.response.buckets[1::2])
        if is_eve:
            self.eve_s += weight
            return
        self.visits += weight * sum(account.started for account in second.arrivals.values())
        orders = sum(done.orders for done in second.business.values())
        payments = sum(done.payments for done in second.business.values())
        self.orders_at[second.second] = self.orders_at.get(second.second, 0) + orders
        self.payments_at[second.second] = self.payments_at.get(second.second, 0) + payments
        self.orders += weight * orders
        self.payments += weight * payments
        self.gmv_fen += weight * sum(done.gmv_fen for done in second.business.values())
        self._gmv.append((to_s, self.gmv_fen))

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
