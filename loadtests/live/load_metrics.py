"""Every series of the load side, for Prometheus: the same seconds that the record keeps and the gate judges, added up.

Base units, counters that end in `_total`, closed label sets: phases, outcomes and states are listed beforehand, and
operations beyond the first two hundred are one named `other`. Counters of the plan's phases start at zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder

from loadtests.judgement.judging import ThresholdResult
from loadtests.judgement.margin import margin
from loadtests.live.bucket_bounds import Buckets, lag_bounds_s, response_bounds_s
from loadtests.live.histogram_text import HistogramText, Labels, go_number
from loadtests.plan.profile import Profile
from loadtests.record.books import Books
from loadtests.record.histogram import HistogramDelta
from loadtests.record.second import BusinessOfSecond, Second, WorkerOfSecond

OPERATIONS_MAX = 200
OTHER = "other"
ARRIVAL_STATES = ("offered", "started", "completed", "failed", "dropped", "unfinished")
OUTCOMES = ("ok", "refused", "failed")
FEN = 100


class Durations:
    """One histogram family: its children by label values, and how they are shown."""

    def __init__(self, name: str, says: str, labels: tuple[str, ...], bounds_s: Sequence[float]) -> None:
        self.name, self.says, self.labels = name, says, labels
        self._buckets = Buckets(bounds_s)
        self._children: dict[Labels, list[float]] = {}
        self._text = HistogramText(name, says, labels, bounds_s)

    def add(self, values: Labels, delta: HistogramDelta) -> None:
        child = self._children.get(values)
        if child is None:
            child = self._children[values] = self._buckets.empty()
        self._buckets.add(delta, child)

    def text(self) -> str:
        return self._text.text(self._children)

    def collect(self) -> Metric:
        family = HistogramMetricFamily(self.name, self.says, labels=self.labels)
        bounds = [go_number(bound_s) for bound_s in (*self._buckets.bounds_s, float("inf"))]
        for values, child in self._children.items():
            below, buckets = 0.0, []
            for bound, count in zip(bounds, child, strict=False):
                below += count
                buckets.append((bound, below))
            family.add_metric(values, buckets, child[-1])
        return family


class LoadMetrics:
    """The series of one run. Fed once a second in the master; a scrape between two seconds gets the same text."""

    def __init__(self, profile: Profile, run_id: str) -> None:
        self._profile, self._run_id = profile, run_id
        self._schedule = profile.schedule()
        self._phases: tuple[str, ...] = tuple(self._schedule.phases)
        of_a_request = ("operation", "phase", "outcome")
        bounds_s = response_bounds_s(profile)
        self._responses = Durations(
            "load_response_seconds", "From when a shopper meant to ask until the answer.", of_a_request, bounds_s
        )
        self._services = Durations(
            "load_service_seconds", "From when the request was sent until the answer.", of_a_request, bounds_s
        )
        self._lags = Durations(
            "load_schedule_lag_seconds",
            "Lateness of starts while a shopper was free: the generator's own fault.",
            ("phase",),
            lag_bounds_s(profile),
        )
        self._operations: set[str] = set()
        self._books = Books()
        self._requests: Counter[tuple[str, str]] = Counter()
        self._business = {phase: BusinessOfSecond() for phase in self._phases}
        self._workers: list[WorkerOfSecond] = []
        self._faults = dict.fromkeys((fault.kind for fault in profile.faults), 0)
        self._workers_lost = 0
        self._results: Sequence[ThresholdResult] = ()
        self._elapsed_s = 0.0
        self._shown: dict[str, tuple[bytes, str]] = {}
        """What was rendered since the last second, by content type."""
        self.registry = CollectorRegistry()
        self.registry.register(self)
        self._rest = CollectorRegistry()
        """All but the histograms, which have a writer of their own."""
        self._rest.register(_Families(self._others))
        ProcessCollector(registry=self._rest)

    def add(self, second: Second, results: Sequence[ThresholdResult] = ()) -> None:
        """Add one second of all workers; `results` are the profile's thresholds judged on the run so far."""
        self._elapsed_s = second.second + 1.0
        self._books.add(second.arrivals)
        for row in second.requests:
            values = (self._operation(row.operation), row.phase, row.outcome)
            self._responses.add(values, row.response)
            self._services.add(values, row.service)
            self._requests[row.phase, row.outcome] += sum(row.response.buckets[1::2])
        for phase, lag in second.lag.items():
            self._lags.add((phase,), lag)
        for phase, done in second.business.items():
            total = self._business.setdefault(phase, BusinessOfSecond())
            total.orders += done.orders
            total.payments += done.payments
            total.gmv_fen += done.gmv_fen
        for event in second.events:
            if event.kind in ("fault_started", "fault_ended") and event.text in self._faults:
                self._faults[event.text] += 1 if event.kind == "fault_started" else -1
            self._workers_lost += event.kind == "worker_lost"
        self._workers = second.workers
        self._results = results
        self._shown.clear()

    def _operation(self, name: str) -> str:
        """A locustfile that puts ids into its names would make a series a request."""
        if name not in self._operations:
            if len(self._operations) >= OPERATIONS_MAX:
                return OTHER
            self._operations.add(name)
        return name

    # -- showing ------------------------------------------------------------------------------------------------------

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """(body, content type) for an Accept header: OpenMetrics or classic text."""
        encode: Callable[[CollectorRegistry], bytes]
        try:
            encode, content_type = choose_encoder(accept)
        except TypeError:  # how the library takes a version that is not made of numbers
            encode, content_type = choose_encoder("")
        if content_type not in self._shown:
            histograms = "".join([each.text() for each in (self._responses, self._services, self._lags)])
            self._shown[content_type] = histograms.encode() + encode(self._rest), content_type
        return self._shown[content_type]

    def collect(self) -> Iterable[Metric]:
        """What prometheus_client's registry asks of a collector: every series as it is now."""
        yield from (self._responses.collect(), self._services.collect(), self._lags.collect())
        yield from self._others()

    def _others(self) -> Iterator[Metric]:
        run = {(self._run_id, self._profile.name): 1}
        yield _gauge("load_run_info", "The run and its profile.", ("run", "profile"), run)
        lasts_s = self._schedule.duration_s
        phase = self._schedule.phase_at(max(0.0, min(self._elapsed_s, lasts_s) - 0.5))
        yield _gauge("load_phase_info", "The phase that is on.", ("phase",), {(phase,): 1})
        yield _gauge("load_run_elapsed_seconds", "How much of the run is counted.", (), {(): self._elapsed_s})
        yield _gauge("load_run_duration_seconds", "How long arrivals last by the plan.", (), {(): lasts_s})
        says = "Shoppers who were to come: in the end offered = completed + failed + dropped + unfinished."
        yield _counter("load_arrivals", says, ("phase", "state"), self._arrivals())
        counts = {(phase, outcome): self._requests[phase, outcome] for phase in self._phases for outcome in OUTCOMES}
        yield _counter("load_requests", "Requests by how they ended.", ("phase", "outcome"), counts)
        done = self._business.items()
        orders = {(phase,): total.orders for phase, total in done}
        yield _counter("load_orders", "Orders that buyers were told they have.", ("phase",), orders)
        payments = {(phase,): total.payments for phase, total in done}
        yield _counter("load_payments", "Payments that buyers were told of.", ("phase",), payments)
        gmv = {(phase,): total.gmv_fen / FEN for phase, total in done}
        yield _counter("load_gmv_yuan", "Value of what buyers paid.", ("phase",), gmv)
        yield from self._generator()
        yield from self._thresholds()

    def _arrivals(self) -> dict[Labels, float]:
        accounts = {phase: self._books.total([phase]) for phase in self._phases}
        return {
            (phase, state): getattr(account, state) for phase, account in accounts.items() for state in ARRIVAL_STATES
        }

    def _generator(self) -> Iterator[Metric]:
        """How the worker processes fare; a lost one's series end."""
        for name, says, figure in WORKER_GAUGES:
            yield _gauge(
                name, says, ("worker",), {(str(each.worker),): getattr(each, figure) for each in self._workers}
            )
        yield _counter("load_workers_lost", "Workers lost: the run is invalid.", (), {(): self._workers_lost})
        faults = {(kind,): count for kind, count in self._faults.items()}
        yield _gauge("load_faults_active", "Faults that the run has put on the shop now.", ("kind",), faults)

    def _thresholds(self) -> Iterator[Metric]:
        """How each threshold stands; without data it neither holds nor has room."""
        ok, room = {}, {}
        judged = list(zip(self._profile.thresholds, self._results, strict=False))
        for threshold, result in judged:
            left = margin(threshold, result)
            if left is not None:
                ok[threshold.name,] = float(result.result == "PASS")
                room[threshold.name,] = left
        samples = {(threshold.name,): result.samples for threshold, result in judged}
        yield _gauge("load_threshold_samples", "What it is judged on; 0: no data yet.", ("threshold",), samples)
        yield _gauge("load_threshold_ok", "1: holds so far; 0: broken.", ("threshold",), ok)
        says = "Room left as a share of the limit; negative: broken."
        yield _gauge("load_threshold_margin_ratio", says, ("threshold",), room)


WORKER_GAUGES = (
    ("load_shoppers", "Shoppers of the pool.", "shoppers"),
    ("load_visits_in_flight", "Arrivals whose visit is under way.", "in_flight"),
    ("load_arrivals_waiting", "Arrivals that wait for a free shopper.", "waiting"),
    ("load_generator_cpu_ratio", "Processor time of a worker as a share of one core.", "cpu"),
    ("load_generator_stall_seconds", "The longest pause of a worker's event loop in the last second.", "stall_s"),
)


class _Families:
    def __init__(self, families: Callable[[], Iterable[Metric]]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families()


def _gauge(name: str, says: str, labels: Sequence[str], values: Mapping[Any, float]) -> Metric:
    family = GaugeMetricFamily(name, says, labels=labels)
    for each, value in values.items():
        family.add_metric(each, value)
    return family


def _counter(name: str, says: str, labels: Sequence[str], values: Mapping[Any, float]) -> Metric:
    family = CounterMetricFamily(name, says, labels=labels)
    for each, value in values.items():
        family.add_metric(each, value)
    return family
