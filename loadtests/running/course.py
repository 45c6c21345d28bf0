"""A run's seconds as they come: recorded first, then judged so far, then told to whoever looks on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from loadtests.judgement.judging import ThresholdResult, judge_all
from loadtests.judgement.tally import Tally
from loadtests.judgement.wording import selector
from loadtests.plan.profile import Profile
from loadtests.record.run_record import RunRecord
from loadtests.record.second import Second
from loadtests.shapes.shaped_day import festival_clock
from loadtests.terminal.progress import Progress, progress


@dataclass(frozen=True, slots=True)
class Heard:
    """One more second, and how the run stands with it."""

    second: Second
    tally: Tally
    """Of all seconds so far; it goes on growing."""
    results: Sequence[ThresholdResult]
    told: Progress


Listener = Callable[[Heard], None]


class Course:
    """`abort` is called with the threshold that ends the run, each second that it fails."""

    def __init__(
        self, profile: Profile, record: RunRecord, abort: Callable[[str], None], listeners: Sequence[Listener]
    ) -> None:
        self._profile = profile
        self._record = record
        self._abort = abort
        self._listeners = listeners
        self._tally = Tally(profile)
        self._schedule, self._day = profile.schedule(), profile.shaped_day()

    def second(self, second: Second, journal: list[dict[str, Any]]) -> None:
        self._record.append(second)
        self._record.append_journal(journal)
        self._tally.add(second)
        results = judge_all(self._profile.thresholds, self._tally)
        self._hold_to(results, second)
        duration_s = self._schedule.duration_s
        middle_s = min(second.second + 0.5, duration_s)
        shown = festival_clock(self._day.day_s(middle_s)) if self._day else ""
        told = progress(second, self._tally, results, duration_s, self._schedule.phase_at(middle_s), shown)
        heard = Heard(second, self._tally, results, told)
        for listener in self._listeners:
            listener(heard)

    def _hold_to(self, results: Sequence[ThresholdResult], second: Second) -> None:
        for result, threshold in zip(results, self._profile.thresholds, strict=True):
            graced = second.second + 1.0 < threshold.delay_abort_s
            if threshold.abort_on_fail and result.result == "FAIL" and not graced:
                self._abort(f"{selector(result.metric, result.labels)}: {result.expression}")
