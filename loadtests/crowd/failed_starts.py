"""Shoppers whose `on_start` failed: how many, why the first of them did, and how long to wait before others try."""

from __future__ import annotations

from collections import Counter

PAUSE_S = 0.05
"""After the first failure of a class; it doubles with each that follows before one succeeds."""
PAUSE_S_MAX = 2.0
DOUBLINGS_MAX = 6
TEXT_MAX = 200
"""Characters of an exception's message that are kept: enough for a sentence, not for a page of HTML."""


class FailedStarts:
    """Counts the failures until they are taken, and sets the pace of new tries: no log-in mends by being hammered."""

    def __init__(self) -> None:
        self.count = 0
        self.first = ""
        self._in_a_row: Counter[str] = Counter()
        self._try_again_at: dict[str, float] = {}

    def failed(self, scenario: str, error: BaseException, now: float) -> None:
        """One more has failed."""
        self.count += 1
        if not self.first:
            self.first = told(error)
        self.hold_back(scenario, now)

    def hold_back(self, scenario: str, now: float) -> None:
        """Wait before others try; those that were under way together count as one step of the pause."""
        if now < self._try_again_at.get(scenario, 0.0):
            return
        pause_s = min(PAUSE_S_MAX, PAUSE_S * 2 ** min(self._in_a_row[scenario], DOUBLINGS_MAX))
        self._in_a_row[scenario] += 1
        self._try_again_at[scenario] = now + pause_s

    def succeeded(self, scenario: str) -> None:
        """A shopper of the class is ready: the next ones need not wait."""
        if self._in_a_row[scenario]:
            del self._in_a_row[scenario], self._try_again_at[scenario]

    def troubled(self, scenario: str) -> bool:
        """Whether the class has failed and not succeeded since."""
        return self._in_a_row[scenario] > 0

    def may_try(self, scenario: str, now: float) -> bool:
        return now >= self._try_again_at.get(scenario, 0.0)

    def take(self) -> tuple[int, str]:
        """How many failed since the last time, and what the first of them raised."""
        taken = self.count, self.first
        self.count, self.first = 0, ""
        return taken


def told(error: BaseException) -> str:
    """The exception's name and message on one line."""
    message = " ".join(str(error).split())[:TEXT_MAX]
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
