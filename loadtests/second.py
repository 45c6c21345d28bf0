"""What one second of a run added: the line of seconds.jsonl, and what a worker reports to the master."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from loadtests.books import Books
from loadtests.histogram import Histogram, HistogramDelta


class RequestDelta(msgspec.Struct, gc=False):
    """The requests of one key that ended in this second; `outcome` is ok, refused or failed."""

    operation: str
    scenario: str
    phase: str
    outcome: str
    response: HistogramDelta
    service: HistogramDelta


class BusinessDelta(msgspec.Struct, gc=False):
    orders: int = 0
    payments: int = 0
    gmv_fen: int = 0


class WorkerDelta(msgspec.Struct, gc=False):
    """How one generator process fared: `cpu` as a ratio of one core, `stall_s` its event loop's longest pause."""

    worker: int
    cpu: float = 0.0
    stall_s: float = 0.0
    shoppers: int = 0
    in_flight: int = 0
    waiting: int = 0


class EventNote(msgspec.Struct, gc=False):
    """Something that happened at run second `at`. Known kinds, told by the text that goes with them:

    `fault_started` and `fault_ended` (the fault's kind), `worker_lost` (which), `target_restarted` (how it was seen),
    `aborted` (the threshold), `stopped` (why).
    """

    at: float
    kind: str
    text: str = ""


class Second(msgspec.Struct):
    """From run second `second` to `second + 1`; every figure is what was added in it, by phase."""

    second: int
    arrivals: dict[str, Books] = msgspec.field(default_factory=dict)
    requests: list[RequestDelta] = msgspec.field(default_factory=list)
    lag: dict[str, HistogramDelta] = msgspec.field(default_factory=dict)
    business: dict[str, BusinessDelta] = msgspec.field(default_factory=dict)
    workers: list[WorkerDelta] = msgspec.field(default_factory=list)
    events: list[EventNote] = msgspec.field(default_factory=list)


def merge_seconds(second: int, parts: Iterable[Second]) -> Second:
    """One second out of what several workers (or late reports of earlier seconds) say; nothing is lost.

    Of several reports by one worker the newest tells how it fares, with the highest CPU and the longest stall.
    """
    merged = Second(second)
    requests: dict[tuple[str, str, str, str], tuple[Histogram, Histogram]] = {}
    lags: dict[str, Histogram] = {}
    workers: dict[int, WorkerDelta] = {}
    for part in parts:
        for phase, books in part.arrivals.items():
            merged.arrivals[phase] = merged.arrivals.get(phase, Books()) + books
        for request in part.requests:
            key = (request.operation, request.scenario, request.phase, request.outcome)
            response, service = requests.setdefault(key, (Histogram(), Histogram()))
            response.merge(Histogram.from_delta(request.response))
            service.merge(Histogram.from_delta(request.service))
        for phase, lag in part.lag.items():
            lags.setdefault(phase, Histogram()).merge(Histogram.from_delta(lag))
        for phase, added in part.business.items():
            business = merged.business.setdefault(phase, BusinessDelta())
            business.orders += added.orders
            business.payments += added.payments
            business.gmv_fen += added.gmv_fen
        for worker in part.workers:
            before = workers.get(worker.worker, worker)
            workers[worker.worker] = msgspec.structs.replace(
                worker, cpu=max(worker.cpu, before.cpu), stall_s=max(worker.stall_s, before.stall_s)
            )
        merged.events += part.events
    merged.requests = [
        RequestDelta(*key, response=response.to_delta(), service=service.to_delta())
        for key, (response, service) in requests.items()
    ]
    merged.lag = {phase: lag.to_delta() for phase, lag in lags.items()}
    merged.workers = [workers[worker] for worker in sorted(workers)]
    return merged
