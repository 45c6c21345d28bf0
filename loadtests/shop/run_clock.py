"""When a run's phases begin and end on the wall's clock: what setting up sales, windows and campaigns needs to know."""

from __future__ import annotations

from dataclasses import dataclass

from loadtests.plan.arrivals import Schedule
from loadtests.plan.balances import Balances


@dataclass(frozen=True, slots=True)
class RunClock:
    """Instants are epoch seconds."""

    opens_at: float
    schedule: Schedule
    seed: int = 0
    balances: Balances | None = None
    """The run seconds in which balances of the presale are open; None: as the phases say."""

    @property
    def closes_at(self) -> float:
        """When the last arrival is due; shoppers may stay longer."""
        return self.opens_at + self.schedule.duration_s

    @property
    def phases(self) -> tuple[str, ...]:
        return tuple(self.schedule.phases)

    def phase_starts_at(self, phase: str) -> float:
        """The run's opening, if the schedule has no such phase: then everything is open from the start."""
        return self.opens_at + (self.schedule.phase_starts_s(phase) if phase in self.schedule.phases else 0.0)

    def phase_ends_at(self, phase: str) -> float:
        """When the next phase starts; the run's end for the last one, or if the schedule has no such phase."""
        phases = self.phases
        if phase not in phases or phase == phases[-1]:
            return self.closes_at
        return self.phase_starts_at(phases[phases.index(phase) + 1])
