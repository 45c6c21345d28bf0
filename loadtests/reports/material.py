"""What every report is made of, read once from a run directory: the run, its verdict, its seconds walked through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from loadtests.judgement.day_sums import DaySums
from loadtests.judgement.gate import recorded_profile, verdict_of
from loadtests.judgement.phase_mix import RealisedMix
from loadtests.plan.profile import Profile
from loadtests.record.run_record import Run, RunRecordError, read_run
from loadtests.record.soundness import check_soundness
from loadtests.record.whole_files import Audited, read_whole
from loadtests.reports.crowd_held import HeldCrowd, held_crowd
from loadtests.reports.operation_table import OperationTable
from loadtests.reports.shop_systems import SystemSection, sections
from loadtests.reports.system_charts import system_charts
from loadtests.reports.timeline import Timeline

OPERATIONS_CHARTED = 24
"""Of each, eight lines are drawn: the most frequent ones, so that a report stays small enough to send."""

JOURNAL_BYTES_MOST = 64 * 1024 * 1024
"""A longer one is not read for the two figures of the crowd that only it knows: as objects it is ten times as large."""


class WrittenThreshold(msgspec.Struct):
    metric: str
    labels: dict[str, str]
    expression: str
    observed: float | None
    limit: float
    unit: str
    samples: int
    result: str
    first_breach_s: float | None = None


class WrittenReason(msgspec.Struct):
    rule: str
    observed: float
    limit: float
    message: str


class WrittenValidity(msgspec.Struct):
    valid: bool
    reasons: list[WrittenReason]


class WrittenAccount(msgspec.Struct):
    offered: int
    completed: int
    failed: int
    dropped: int
    unfinished: int


class WrittenArrivals(WrittenAccount):
    by_phase: dict[str, WrittenAccount]


class WrittenRequests(msgspec.Struct):
    operation: str
    count: int


class WrittenFailures(msgspec.Struct):
    operation: str
    reason: str
    count: int


class WrittenVerdict(msgspec.Struct):
    """verdict.json, as far as reports rely on it."""

    verdict: str
    exit_code: int
    partial: bool
    run: str
    duration_s: float
    thresholds: list[WrittenThreshold]
    arrivals: WrittenArrivals
    requests: list[WrittenRequests]
    validity: WrittenValidity
    audit: Audited
    aborted: str | None = None
    failures: list[WrittenFailures] = []
    notes: list[str] = []


@dataclass
class Material:
    """A run and its verdict. What takes a walk through the seconds is done on first use."""

    run: Run
    verdict: Mapping[str, Any]
    profile: Profile

    @classmethod
    def of(cls, directory: Path, verdict: Mapping[str, Any] | None = None) -> Material:
        """Read a run directory; without `verdict` its verdict.json counts, or the gate's if there is none.

        Raises RunRecordError, one sentence.
        """
        run = read_run(directory)
        if verdict is None:
            verdict = read_whole(directory / "verdict.json", WrittenVerdict)
        if verdict is None:
            verdict = verdict_of(run).to_json()
        return cls(run, verdict, recorded_profile(run))

    @property
    def timeline(self) -> Timeline:
        return self._walked[0]

    @property
    def operations(self) -> OperationTable:
        return self._walked[1]

    @cached_property
    def systems(self) -> list[SystemSection]:
        schedule = self.profile.schedule()
        lasts_s = {
            phase: sum(to_s - from_s for from_s, to_s in schedule.phase_spans_s(phase)) for phase in schedule.phases
        }
        return sections(self.verdict["audit"], self.operations, lasts_s)

    @cached_property
    def crowd(self) -> HeldCrowd | None:
        """How near the crowd came to what was published; None if it follows no curves, or the day was cut short."""
        seconds, (sums, mixes) = self.timeline.seconds, self._walked[2:]
        if sums is None or mixes is None or not seconds or seconds[-1] + 1 < self.profile.schedule().duration_s:
            return None
        path = self.run.directory / "journal.jsonl"
        try:
            journal = self.run.journal if path.stat().st_size <= JOURNAL_BYTES_MOST else ()
            return held_crowd(self.profile, self.run.run, sums, mixes.by_phase(), journal)
        except (RunRecordError, OSError, LookupError, TypeError, ValueError):
            # A journal that is damaged tells nothing.
            return held_crowd(self.profile, self.run.run, sums, mixes.by_phase(), ())

    @cached_property
    def system_charts(self) -> dict[str, dict[str, Any]]:
        """By system, how its day went by the shop's books."""
        schedule = self.profile.schedule()
        return system_charts(self.run.run, self.run.audit, self.verdict["duration_s"], schedule.phase_at)

    @property
    def charted(self) -> list[str]:
        """The operations that charts show, the most frequent first."""
        counts: dict[str, int] = {}
        for row in self.verdict["requests"]:
            counts[row["operation"]] = counts.get(row["operation"], 0) + row["count"]
        return sorted(counts, key=lambda operation: (-counts[operation], operation))[:OPERATIONS_CHARTED]

    @cached_property
    def _walked(self) -> tuple[Timeline, OperationTable, DaySums | None, RealisedMix | None]:
        """All at once: decoding an hour of seconds takes longer than any of it."""
        timeline, operations = Timeline(self.charted), OperationTable()
        day = self.profile.shaped_day() if self.profile.crowd() is not None else None
        sums, mixes = (None, None) if day is None else (DaySums(day), RealisedMix(self.profile))
        try:
            for second in self.run.seconds:
                timeline.add(second)
                operations.add(second)
                if sums is not None and mixes is not None:
                    sums.add(second)
                    mixes.add(second)
        except (LookupError, ArithmeticError, ValueError, MemoryError):
            check_soundness(self.run)  # either the record is to blame, or we are
            raise
        return timeline, operations, sums, mixes
