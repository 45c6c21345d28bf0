"""What each operation did in each phase: requests by outcome, response against service. One row of the report each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from loadtests.record.histogram_sum import HistogramSum
from loadtests.record.second import Second

EVERY_PHASE = ""
"""Stands for the whole run."""


@dataclass(slots=True)
class OperationRow:
    """Durations are of every outcome, as thresholds see them."""

    operation: str
    phase: str
    outcomes: dict[str, int] = field(default_factory=dict)
    response: HistogramSum = field(default_factory=HistogramSum)
    service: HistogramSum = field(default_factory=HistogramSum)
    scenarios: set[str] = field(default_factory=set)

    @property
    def count(self) -> int:
        return self.response.count

    def take(self, other: OperationRow) -> None:
        """Add what another row counted."""
        for outcome, count in other.outcomes.items():
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + count
        self.response.merge(other.response)
        self.service.merge(other.service)
        self.scenarios |= other.scenarios


class OperationTable:
    """Rows by operation and phase, in the order in which they were first seen."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], OperationRow] = {}

    def add(self, second: Second) -> None:
        """Add one second."""
        for seen in second.requests:
            key = (seen.operation, seen.phase)
            row = self.rows.get(key)
            if row is None:
                row = self.rows[key] = OperationRow(*key)
            row.response.add(seen.response)
            row.service.add(seen.service)
            row.scenarios.add(seen.scenario)
            row.outcomes[seen.outcome] = row.outcomes.get(seen.outcome, 0) + sum(seen.response.buckets[1::2])

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
