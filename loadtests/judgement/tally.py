"""Adds up the seconds of a run, while it is on and afterwards: the live display and the gate look at the same sums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from loadtests.judgement.recovery import Pulse, pulse_of
from loadtests.plan.profile import Profile
from loadtests.record.books import Account, Books
from loadtests.record.histogram_sum import HistogramSum
from loadtests.record.second import BusinessOfSecond, Event, Second, WorkerOfSecond

Trend = Literal["response", "service"]


class Key(NamedTuple):
    """What the requests of one row of the verdict have in common."""

    operation: str
    scenario: str
    phase: str
    outcome: str


class Selection(NamedTuple):
    """Which requests are meant; None: all. Without a phase, `measured` leaves out the phases that only warm up."""

    operation: str | None = None
    scenario: str | None = None
    phase: str | None = None
    measured: bool = False


EVERYTHING = Selection()


@dataclass(slots=True)
class Feeds:
    """Where the requests of one key are added."""

    response: list[HistogramSum] = field(default_factory=list)
    service: list[HistogramSum] = field(default_factory=list)
    counts: list[dict[str, int]] = field(default_factory=list)


class Tally:
    """The sums of a run so far. What a selection method returns stays up to date as seconds are added.

    With `by_key=False` only selections asked for before the first second are added up, at a fraction of the cost.
    """

    def __init__(self, profile: Profile, *, by_key: bool = True) -> None:
        self.schedule = profile.schedule()
        self.measured = frozenset(self.schedule.measured_phases)
        self.elapsed_s = 0.0
        """End of the last second added."""
        self.stopped_s: float | None = None
        """When arrivals stopped, if that was before the end of the schedule."""
        self.closed = False
        self.books = Books()
        self.responses: dict[Key, HistogramSum] = {}
        self.services: dict[Key, HistogramSum] = {}
        self.lag: dict[str, HistogramSum] = {}
        self.business: dict[str, BusinessOfSecond] = {}
        self.workers: list[tuple[int, list[WorkerOfSecond]]] = []
        self.events: list[Event] = []
        self.failures: dict[tuple[str, str], int] = {}
        """How many requests failed, by operation and reason."""
        self.pulses: list[Pulse] = []
        """Kept only if a threshold asks for recovery: each takes merging that second's histograms."""
        self._by_key = by_key
        self._pulsing = any(threshold.metric == "recovery" for threshold in profile.thresholds)
        self._feeds: dict[tuple[str, str, str, str], Feeds] = {}
        self._trends: dict[tuple[Trend, Selection], HistogramSum] = {}
        self._counts: dict[Selection, dict[str, int]] = {}
        self._lags: dict[Selection, HistogramSum] = {}

    # -- adding -------------------------------------------------------------------------------------------------------

    def add(self, second: Second) -> None:
        """Add one second. Hot: an hour of seconds is added within the gate's two seconds."""
        self.elapsed_s = max(self.elapsed_s, second.second + 1.0)
        self.books.add(second.arrivals)
        feeds_of = self._feeds
        for row in second.requests:
            key = (row.operation, row.scenario, row.phase, row.outcome)
            feeds = feeds_of.get(key)
            if feeds is None:
                feeds = self._open(Key(*key))
            for response in feeds.response:
                response.add(row.response)
            for service in feeds.service:
                service.add(row.service)
            if feeds.counts:
                added = sum(row.response.buckets[1::2])
                for counts in feeds.counts:
                    counts[row.outcome] = counts.get(row.outcome, 0) + added
        for phase, lag in second.lag.items():
            self.lag.setdefault(phase, HistogramSum()).add(lag)
            for selection, merged in self._lags.items():
                if self._selects(selection, phase):
                    merged.add(lag)
        for phase, done in second.business.items():
            _add_business(self.business.setdefault(phase, BusinessOfSecond()), done)
        self.workers.append((second.second, second.workers))
        for why in second.failures:
            self.failures[why.operation, why.reason] = self.failures.get((why.operation, why.reason), 0) + why.count
        for event in second.events:
            self._note(event)
        if self._pulsing:
            self.pulses.append(pulse_of(second))

    def _open(self, key: Key) -> Feeds:
        feeds = self._feeds[key] = Feeds()
        if self._by_key:
            self.responses[key], self.services[key] = HistogramSum(), HistogramSum()
            feeds.response.append(self.responses[key])
            feeds.service.append(self.services[key])
        for (trend, selection), merged in self._trends.items():
            if self._matches(selection, key):
                (feeds.response if trend == "response" else feeds.service).append(merged)
        feeds.counts += [counts for selection, counts in self._counts.items() if self._matches(selection, key)]
        return feeds

    def _note(self, event: Event) -> None:
        self.events.append(event)
        if event.kind in ("stopped", "aborted") and self.stopped_s is None:
            self.stopped_s = event.at

    def close(self, *, stopped_s: float | None = None, cut_off: bool = False) -> int:
        """No second comes any more; the run record's end mark knows best when arrivals stopped.

        Of a run that was cut off, arrivals whose end nobody saw count as unfinished; returns how many those are.
        """
        self.closed = True
        if stopped_s is not None:
            self.stopped_s = stopped_s
        return self.books.close() if cut_off else 0

    @property
    def lasted_s(self) -> float:
        """For how long arrivals were on; the drain comes on top."""
        stopped_s = self.schedule.duration_s if self.stopped_s is None else self.stopped_s
        return min(self.schedule.duration_s, stopped_s, self.elapsed_s)

    # -- selecting ----------------------------------------------------------------------------------------------------

    def response(self, phase: str | None = None) -> HistogramSum:
        """Response times of a phase, or of everything."""
        return self.trend("response", Selection(phase=phase))

    def trend(self, trend: Trend, selection: Selection) -> HistogramSum:
        """Response or service times of what the selection names, of every outcome."""
        merged = self._trends.get((trend, selection))
        if merged is None:
            merged = self._trends[trend, selection] = HistogramSum()
            sums = self.responses if trend == "response" else self.services
            for key in self._keys(selection):
                merged.merge(sums[key])
                feeds = self._feeds[key]
                (feeds.response if trend == "response" else feeds.service).append(merged)
        return merged

    def outcomes(self, selection: Selection = EVERYTHING) -> dict[str, int]:
        """Number of requests by outcome."""
        counts = self._counts.get(selection)
        if counts is None:
            counts = self._counts[selection] = {}
            for key in self._keys(selection):
                counts[key.outcome] = counts.get(key.outcome, 0) + self.responses[key].count
                self._feeds[key].counts.append(counts)
        return counts

    def schedule_lag(self, selection: Selection) -> HistogramSum:
        """Lateness of starts for which a free shopper existed; only the phase of the selection counts."""
        merged = self._lags.get(selection)
        if merged is None:
            merged = self._lags[selection] = HistogramSum()
            for phase, lag in self.lag.items():
                if self._selects(selection, phase):
                    merged.merge(lag)
        return merged

    def account(self, selection: Selection) -> Account:
        """The arrivals of the selected phases."""
        return self.books.total(phase for phase in self.books.phases if self._selects(selection, phase))

    def business_total(self, selection: Selection = EVERYTHING) -> BusinessOfSecond:
        """Orders, payments and GMV of the selected phases."""
        total = BusinessOfSecond()
        for phase, done in self.business.items():
            if self._selects(selection, phase):
                _add_business(total, done)
        return total

    def duration_s(self, selection: Selection) -> float:
        """How long the selected phases have lasted so far, by schedule."""
        return sum(
            max(0.0, min(ends_s, self.lasted_s) - starts_s)
            for phase in self.schedule.phases
            if self._selects(selection, phase)
            for starts_s, ends_s in self.schedule.phase_spans_s(phase)
        )

    def _keys(self, selection: Selection) -> Iterator[Key]:
        if not self._by_key and self._feeds:
            raise RuntimeError("a tally without keys must be asked before the first second is added")
        return (key for key in self.responses if self._matches(selection, key))

    def _matches(self, selection: Selection, key: Key) -> bool:
        return (
            selection.operation in (None, key.operation)
            and selection.scenario in (None, key.scenario)
            and self._selects(selection, key.phase)
        )

    def _selects(self, selection: Selection, phase: str) -> bool:
        if selection.phase is not None:
            return phase == selection.phase
        return not selection.measured or phase in self.measured


def _add_business(total: BusinessOfSecond, done: BusinessOfSecond) -> None:
    total.orders += done.orders
    total.payments += done.payments
    total.gmv_fen += done.gmv_fen
