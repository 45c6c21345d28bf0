"""How long shoppers take for their `on_start`, learned from those who came out of it: so far ahead others are made."""

from __future__ import annotations

from collections.abc import Hashable

LEARN = 1 / 8
"""Share of each new duration in what is expected of the next: one odd log-in changes little, a slower shop much."""
MARGIN = 1.5
"""On_starts differ: one that takes half as long again as expected is still in time."""
LEAD_S_MAX = 10.0
"""No shopper is made longer ahead: most of them would stand about, each with a log-in of its own."""


class FirstSteps:
    """The on_starts that are under way, by shopper, and what those that ended taught."""

    def __init__(self) -> None:
        self.awaited = 0
        """How many ended while an arrival waited for their shopper, until they are taken."""
        self._awaited_s = 0.0
        self._expected_s: dict[str, float] = {}
        self._began_at: dict[Hashable, float] = {}

    def began(self, user: Hashable, now: float) -> None:
        self._began_at[user] = now

    def succeeded(self, user: Hashable, scenario: str, now: float, *, awaited: bool) -> None:
        """The shopper is ready; `awaited` by an arrival that has waited for it."""
        took_s = now - self._began_at.pop(user)
        expected_s = self._expected_s.get(scenario, took_s)
        self._expected_s[scenario] = expected_s + LEARN * (took_s - expected_s)
        if awaited:
            self.awaited += 1
            self._awaited_s = max(self._awaited_s, took_s)

    def ended(self, user: Hashable) -> None:
        """It failed or was sent home: nothing is learned of it."""
        self._began_at.pop(user, None)

    def lead_s(self, now: float) -> float:
        """How long before its arrival a shopper should be made; of the class that takes longest."""
        expected_s = max(self._expected_s.values(), default=0.0) or self._oldest_s(now)
        return min(LEAD_S_MAX, MARGIN * expected_s)

    def take(self, now: float, *, waiting: bool) -> tuple[int, float]:
        """How many were awaited since the last time, and how long the longest took, as yet if arrivals still wait."""
        taken = self.awaited, max(self._awaited_s, self._oldest_s(now) if waiting else 0.0)
        self.awaited, self._awaited_s = 0, 0.0
        return taken

    def _oldest_s(self, now: float) -> float:
        """Age of the on_start that is under way for longest: the first, for a dictionary keeps its order."""
        return now - next(iter(self._began_at.values()), now)
