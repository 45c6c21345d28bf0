"""One request as its shopper lived it: three instants, from which both durations follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["ok", "refused", "failed"]
"""refused: the shop said no as it should (sold out, queue, limit); failed: error, timeout, broken promise."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Instants are seconds on one clock. `due_at` is when the shopper meant to start: waiting counts."""

    operation: str
    scenario: str
    phase: str
    outcome: Outcome
    due_at: float
    started_at: float
    finished_at: float

    @property
    def response_s(self) -> float:
        """What the shopper felt."""
        return self.finished_at - self.due_at

    @property
    def service_s(self) -> float:
        """What the shop took once asked."""
        return self.finished_at - self.started_at
