"""The arrivals' books: every shopper who was meant to come is accounted for, per phase and in total."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class Books(msgspec.Struct, gc=False):
    """Arrivals of one phase: `offered = completed + failed + dropped + unfinished`; `started` is kept beside."""

    offered: int = 0
    started: int = 0
    completed: int = 0
    failed: int = 0
    dropped: int = 0
    unfinished: int = 0

    def __add__(self, other: Books) -> Books:
        return Books(
            offered=self.offered + other.offered,
            started=self.started + other.started,
            completed=self.completed + other.completed,
            failed=self.failed + other.failed,
            dropped=self.dropped + other.dropped,
            unfinished=self.unfinished + other.unfinished,
        )

    @property
    def accounted(self) -> int:
        """Arrivals of which it is known how they ended."""
        return self.completed + self.failed + self.dropped + self.unfinished

    @property
    def missing(self) -> int:
        """Offered but nowhere to be found; below zero if more turned up than were offered."""
        return self.offered - self.accounted

    def closed(self) -> Books:
        """The books of a run that was cut short: what is still open counts as unfinished."""
        return self + Books(unfinished=max(0, self.missing))

    def to_json(self) -> dict[str, int]:
        """The columns that balance, as verdict.json shows them."""
        return {
            "offered": self.offered,
            "completed": self.completed,
            "failed": self.failed,
            "dropped": self.dropped,
            "unfinished": self.unfinished,
        }


def total(by_phase: Mapping[str, Books]) -> Books:
    return sum(by_phase.values(), Books())


def mistakes(by_phase: Mapping[str, Books]) -> list[str]:
    """One sentence for each phase that does not balance; none: the books balance."""
    return [
        f"{phase}: {books.offered} offered are not {books.completed} completed + {books.failed} failed + "
        f"{books.dropped} dropped + {books.unfinished} unfinished: {_surplus(books.missing)}"
        for phase, books in by_phase.items()
        if books.missing
    ]


def _surplus(missing: int) -> str:
    return f"{missing} missing" if missing > 0 else f"{-missing} too many"


def to_json(by_phase: Mapping[str, Books]) -> dict[str, Any]:
    """The `arrivals` of verdict.json."""
    phases = {phase: books.to_json() for phase, books in by_phase.items()}
    return {**total(by_phase).to_json(), "by_phase": phases}
