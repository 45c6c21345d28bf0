"""When the balances of a presale are paid, for how long and how many: the hump after midnight, as a profile says it."""

from __future__ import annotations

from dataclasses import dataclass

DEPOSITOR = "PresaleBuyer"
"""The scenario that pays a deposit on one visit and the balance on another."""
EVE, HUMP = "countdown", "presale_balance"
"""Names of phases: until the first one's end deposits are taken, and in the second balances are paid."""


@dataclass(frozen=True, slots=True)
class Balances:
    """The hump. `opens_s` is a second of the festival's day where a shape has one, and else a second of the run."""

    opens_s: float
    lasts_s: float
    share: float | None = None
    """Of the day's money, for a shape; else of the arrivals while balances are open, and None: as the weights say."""

    @property
    def closes_s(self) -> float:
        return self.opens_s + self.lasts_s

    def at(self, instant_s: float) -> bool:
        """Whether balances are open; from the first instant on, and not at the last."""
        return self.opens_s <= instant_s < self.closes_s
