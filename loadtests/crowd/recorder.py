"""Gathers what one worker's shoppers saw into the second in which it ended. Hot path.

Requests come from Locust's own `request` event, so any client that fires it is measured. A client that knows its
instants passes `started_at` and `finished_at` (seconds of `time.monotonic()`); else they follow from `start_time`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from loadtests.crowd.failure_reasons import CUT_OFF, FailureReasons, packed, reason_of
from loadtests.crowd.visit import BusinessCount, Festival, Visit, current_visit
from loadtests.record.books import Account
from loadtests.record.histogram import Histogram
from loadtests.record.second import BusinessOfSecond, RequestsOfSecond, Second, WorkerOfSecond

OUTSIDE_A_VISIT = "-"
"""Scenario of a request that no arrival made: a user's `on_start`, say."""
WHOLE_VISIT = "(visit)"
"""Operation of a failure without a failed request: a task that raised, or was cut off before it reported any."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What happened between two cuts; nobody adds to it any more."""

    cells: Mapping[tuple[str, str, str, str], tuple[Histogram, Histogram]]
    lags: Mapping[str, Histogram]
    books: Mapping[str, Account]
    business: Mapping[str, BusinessCount]
    failures: Mapping[tuple[str, str], int]

    def pack(self, second: int, worker: WorkerOfSecond, breathe: Callable[[], None]) -> Second:
        """One second of the run record. `breathe` is called every millisecond or so of work."""
        requests = []
        for (operation, scenario, phase, outcome), (response, service) in self.cells.items():
            name = str(operation)  # a locustfile may fire events of its own, and name them by a number
            requests.append(RequestsOfSecond(name, scenario, phase, outcome, response.delta(), service.delta()))
            breathe()
        lag = {}
        for phase, histogram in self.lags.items():
            lag[phase] = histogram.delta()
            breathe()
        business = {p: BusinessOfSecond(b.orders, b.payments, b.gmv_fen) for p, b in self.business.items()}
        return Second(second, dict(self.books), requests, lag, business, [worker], failures=packed(self.failures))


class Recorder:
    """One worker's books and histograms since the last cut."""

    def __init__(self, festival: Festival) -> None:
        self.festival = festival
        self._epoch_less_monotonic_s = time.time() - time.monotonic()
        self._cells: dict[tuple[str, str, str, str], tuple[Histogram, Histogram]] = {}
        self._lags: dict[str, Histogram] = {}
        self._books: dict[str, Account] = {}
        self._reasons = FailureReasons()

    # -- arrivals -----------------------------------------------------------------------------------------------------

    def _phase(self, phase: str) -> Account:
        books = self._books.get(phase)
        if books is None:
            books = self._books[phase] = Account()
        return books

    def started(self, phase: str) -> None:
        self._phase(phase).started += 1

    def dropped(self, phase: str) -> None:
        self._phase(phase).dropped += 1

    def left(self, visit: Visit) -> None:
        """A shopper has gone: content, or having met a failure."""
        if visit.failed:
            self._phase(visit.phase).failed += 1
        else:
            self._phase(visit.phase).completed += 1

    def lag(self, phase: str, seconds: float) -> None:
        """Lateness of an arrival that a free shopper could have started on time."""
        histogram = self._lags.get(phase)
        if histogram is None:
            histogram = self._lags[phase] = Histogram()
        histogram.record(max(0.0, seconds))

    def unfinished(self, visit: Visit, request: tuple[str, float] | None, now: float) -> None:
        """A visit the end of the drain cut off; its open request is a failure of the age it has reached.

        A client of the user's own tells nothing of its open request; if no other came before, the visit stands for it.
        """
        self._phase(visit.phase).unfinished += 1
        visit.cut_off = True
        if request is None and visit.due_at is not None:
            request = WHOLE_VISIT, visit.started_at
        if request is not None:
            operation, started_at = request
            due_at = visit.take_due(started_at)
            phase = self.festival.schedule.phase_at(due_at - self.festival.opened_at)
            self._sample(operation, visit.scenario, phase, "failed", now - due_at, now - started_at)
            self._reasons.count(operation, CUT_OFF)

    def raised(self, *, exception: Any = None, **_: Any) -> None:
        """Listener for Locust's `user_error`. A task that raises is a failure, also where every request went well."""
        visit = current_visit()
        if visit is not None:
            self.broken_off(visit, exception)

    def broken_off(self, visit: Visit, error: object) -> None:
        """What a shopper did raised: the visit has failed, if no request told so before."""
        if visit.failed or visit.cut_off:
            return
        visit.failed = True
        now, due_at = time.monotonic(), visit.take_due(visit.started_at)
        self._sample(WHOLE_VISIT, visit.scenario, visit.phase, "failed", now - due_at, now - visit.started_at)
        self._reasons.count(WHOLE_VISIT, reason_of(error))

    # -- requests -----------------------------------------------------------------------------------------------------

    def request(
        self,
        *,
        name: str,
        response_time: float | None,
        exception: Any = None,
        start_time: float | None = None,
        context: Any = None,
        started_at: float | None = None,
        finished_at: float | None = None,
        outcome: str | None = None,
        **_: Any,
    ) -> None:
        """Listener for Locust's `request` event; `response_time` is in milliseconds, as Locust has it."""
        service_s = (response_time or 0.0) / 1000.0
        if finished_at is None:
            if start_time is None:
                finished_at = time.monotonic()
            else:
                finished_at = start_time - self._epoch_less_monotonic_s + service_s
        if started_at is None:
            started_at = finished_at - service_s
        if outcome is None:
            refused = type(context) is dict and context.get("outcome") == "refused"
            outcome = "failed" if exception else "refused" if refused else "ok"
        visit = current_visit()
        if visit is None:
            scenario, due_at = OUTSIDE_A_VISIT, started_at
        elif visit.cut_off:
            return
        else:
            scenario, due_at = visit.scenario, visit.take_due(started_at)
            if outcome == "failed":
                visit.failed = True
        phase = self.festival.schedule.phase_at(due_at - self.festival.opened_at)
        self._sample(name, scenario, phase, outcome, finished_at - due_at, finished_at - started_at)
        if outcome == "failed":
            self._reasons.count(name, reason_of(exception))

    def _sample(
        self, operation: str, scenario: str, phase: str, outcome: str, response_s: float, service_s: float
    ) -> None:
        key = (operation, scenario, phase, outcome)
        cell = self._cells.get(key)
        if cell is None:
            cell = self._cells[key] = (Histogram(), Histogram())
        cell[0].record(response_s)
        cell[1].record(service_s)

    # -- the cut ------------------------------------------------------------------------------------------------------

    def cut(self) -> Cut:
        """Hand over everything since the last cut and begin anew; takes no time, however much it is."""
        cut = Cut(self._cells, self._lags, self._books, dict(self.festival.business), self._reasons.take())
        self._cells, self._lags, self._books = {}, {}, {}
        self.festival.business.clear()
        return cut
