"""The arrivals' books: every shopper who was meant to come is accounted for, per phase and in total."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec


class Account(msgspec.Struct, gc=False):
    """Arrivals of one phase: `offered = completed + failed + dropped + unfinished`; `started` is kept beside."""

    offered: int = 0
    started: int = 0
    completed: int = 0
    failed: int = 0
    dropped: int = 0
    unfinished: int = 0

    def add(self, other: Account) -> None:
        self.offered += other.offered
        self.started += other.started
        self.completed += other.completed
        self.failed += other.failed
        self.dropped += other.dropped
        self.unfinished += other.unfinished

    @property
    def missing(self) -> int:
        """Offered but nowhere to be found; below zero if more turned up than were offered."""
        return self.offered - self.completed - self.failed - self.dropped - self.unfinished

    def to_json(self) -> dict[str, int]:
        """The columns that balance, as verdict.json shows them."""
        return {
            "offered": self.offered,
            "completed": self.completed,
            "failed": self.failed,
            "dropped": self.dropped,
            "unfinished": self.unfinished,
        }


class Books:
    """One account per phase, fed with what each second adds."""

    def __init__(self) -> None:
        self.phases: dict[str, Account] = {}

    def add(self, accounts: Mapping[str, Account]) -> None:
        for phase, account in accounts.items():
            self.phases.setdefault(phase, Account()).add(account)

    def total(self, phases: Iterable[str] | None = None) -> Account:
        """The sum over some phases, or over all."""
        total = Account()
        for phase in self.phases if phases is None else phases:
            total.add(self.phases.get(phase, Account()))
        return total

    def close(self) -> int:
        """Count what a run that was cut off left open as unfinished; returns how many arrivals that were."""
        written_off = 0
        for account in self.phases.values():
            missing = max(0, account.missing)
            account.unfinished += missing
            written_off += missing
        return written_off

    def mistakes(self) -> list[str]:
        """One sentence for each phase that does not balance; none: the books balance."""
        return [
            f"{phase}: {account.offered} offered are not {account.completed} completed + {account.failed} failed "
            f"+ {account.dropped} dropped + {account.unfinished} unfinished: {_surplus(account.missing)}"
            for phase, account in self.phases.items()
            if account.missing
        ]

    def to_json(self) -> dict[str, Any]:
        """The `arrivals` of verdict.json."""
        by_phase = {phase: account.to_json() for phase, account in self.phases.items()}
        return {**self.total().to_json(), "by_phase": by_phase}


def _surplus(missing: int) -> str:
    return f"{missing} missing" if missing > 0 else f"{-missing} too many"
