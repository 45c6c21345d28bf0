"""Gathers the seconds of all workers into the seconds of the run, and closes its books.

What is *offered* comes from the schedule alone: a worker that dies or lies cannot make the books balance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from loadtests.plan.arrivals import Schedule
from loadtests.record.books import Account, Books
from loadtests.record.merging import merge_seconds
from loadtests.record.second import Event, Second


@dataclass(slots=True)
class Gathering:
    """The run's seconds in the making. `hand_over` gets each finished one with the journal lines that came with it."""

    schedule: Schedule
    hand_over: Callable[[Second, list[dict[str, Any]]], None]
    next_second: int = 0
    events: list[Event] = field(default_factory=list)
    """Happenings that the next second will carry."""
    _reports: dict[int, list[Second]] = field(default_factory=dict)
    _journal: list[dict[str, Any]] = field(default_factory=list)
    _books: Books = field(default_factory=Books)
    _offered: dict[str, int] = field(default_factory=dict)

    def take(self, report: Second, journal: list[dict[str, Any]]) -> None:
        """Keep what a worker reports, also when it comes late: then it goes into a later second of the run."""
        self._reports.setdefault(report.second, []).append(report)
        self._journal.extend(journal)

    @property
    def pending(self) -> bool:
        """Whether a report waits to be handed over, also one of a second that was handed over without it."""
        return bool(self._reports)

    def finish_second(self, ends_s: float) -> None:
        """Hand over the next second. No arrival falls due after `ends_s`."""
        second = self.next_second
        due = sorted(number for number in self._reports if number <= second)
        merged = merge_seconds(second, [report for number in due for report in self._reports.pop(number)])
        self._offer(merged, min(second + 1.0, ends_s))
        self._pass_on(merged)

    def close(self, ends_s: float, *, workers_lost: bool) -> None:
        """Hand over what is left: arrivals nobody reported, and what lost workers took with them."""
        last = Second(second=self.next_second)
        self._offer(last, ends_s)
        if workers_lost:
            for phase in self.schedule.phases:
                self._write_off(phase, last.arrivals.setdefault(phase, Account()))
        if last.arrivals or self.events or self._journal:
            self._pass_on(last)

    def _offer(self, second: Second, until_s: float) -> None:
        """Add the arrivals that fell due since we last asked."""
        for phase, count in self.schedule.offered(until_s).items():
            if new := count - self._offered.get(phase, 0):
                self._offered[phase] = count
                second.arrivals.setdefault(phase, Account()).offered += new

    def _write_off(self, phase: str, account: Account) -> None:
        """Started visits that nobody saw end are unfinished; arrivals that never started are dropped."""
        known = Account()
        known.add(self._books.phases.get(phase, Account()))
        known.add(account)
        missing = max(0, known.missing)
        under_way = max(0, known.started - known.completed - known.failed - known.unfinished)
        account.unfinished += min(missing, under_way)
        account.dropped += max(0, missing - under_way)

    def _pass_on(self, second: Second) -> None:
        self._books.add(second.arrivals)
        second.events, self.events = self.events, []
        journal, self._journal = self._journal, []
        self.next_second += 1
        self.hand_over(second, journal)
