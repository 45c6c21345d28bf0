"""What each operation did in each phase: requests by outcome, response against service. One row of the report each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from loadtests.record.histogram_sum import HistogramSum
from loadtests.record.second import RequestsOfSecond, Second

EVERY_PHASE = ""
"""Stands for the whole run."""
PURCHASES = frozenset({"POST /orders", "POST /payments"})
BUYERS = frozenset({"PresaleBuyer", "CrossBorderBuyer", "PickupBuyer", "CouponHunter", "FlashSaleHunter", "Scalper"})
"""Scenarios whose purchases are some system's business: of these there is a row by scenario too."""


@dataclass(slots=True)
class OperationRow:
    """Durations are of every outcome, as thresholds see them."""

    operation: str
    phase: str
    outcomes: dict[str, int] = field(default_factory=dict)
    response: HistogramSum = field(default_factory=HistogramSum)
    service: HistogramSum = field(default_factory=HistogramSum)
    scenarios: dict[str, int] = field(default_factory=dict)
    """How many of its requests each scenario made."""

    @property
    def count(self) -> int:
        return self.response.count

    def take(self, other: OperationRow) -> None:
        """Add what another row counted."""
        for outcome, count in other.outcomes.items():
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + count
        self.response.merge(other.response)
        self.service.merge(other.service)
        for scenario, count in other.scenarios.items():
            self.scenarios[scenario] = self.scenarios.get(scenario, 0) + count


class OperationTable:
    """Rows by operation and phase, in the order in which they were first seen."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], OperationRow] = {}
        self.purchases: dict[tuple[str, str, str], OperationRow] = {}
        """By operation, phase and scenario, of BUYERS; each request is in `rows` as well."""

    def add(self, second: Second) -> None:
        """Add one second."""
        for seen in second.requests:
            key = (seen.operation, seen.phase)
            row = self.rows.get(key)
            if row is None:
                row = self.rows[key] = OperationRow(*key)
            row.response.add(seen.response)
            row.service.add(seen.service)
            self._count(row, seen)
            if seen.scenario in BUYERS and seen.operation in PURCHASES:
                bought = self.purchases.setdefault((*key, seen.scenario), OperationRow(*key))
                bought.response.add(seen.response)
                bought.service.add(seen.service)
                self._count(bought, seen)

    @staticmethod
    def _count(row: OperationRow, seen: RequestsOfSecond) -> None:
        count = sum(seen.response.buckets[1::2])
        row.outcomes[seen.outcome] = row.outcomes.get(seen.outcome, 0) + count
        row.scenarios[seen.scenario] = row.scenarios.get(seen.scenario, 0) + count

    def operations(self) -> list[OperationRow]:
        """A row for each operation over the whole run, the most frequent first."""
        return sorted(self.merged(self.rows.values()), key=lambda row: (-row.count, row.operation))

    @staticmethod
    def merged(rows: Iterable[OperationRow]) -> list[OperationRow]:
        """The same rows with their phases put together."""
        whole: dict[str, OperationRow] = {}
        for row in rows:
            whole.setdefault(row.operation, OperationRow(row.operation, EVERY_PHASE)).take(row)
        return list(whole.values())
