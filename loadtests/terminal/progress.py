"""What a watcher is told of a run that is on, once a second: computed from the same tally that the gate judges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.judgement.judging import ThresholdResult
from loadtests.judgement.tally import Tally
from loadtests.record.second import Second


@dataclass(frozen=True, slots=True)
class Progress:
    """One second of a run for display. Times in seconds, GMV in fen."""

    run_s: float
    duration_s: float
    phase: str
    festival_clock: str
    """The clock of the festival day this second stands for; empty for a run without a shape."""
    offered: int
    started: int
    ended: int
    dropped: int
    in_flight: int
    waiting: int
    shoppers: int
    offered_now: int
    """Arrivals that fell due in this second, and how many started in it."""
    started_now: int
    response_p50_s: float | None
    response_p95_s: float | None
    response_p99_s: float | None
    requests: int
    refused: int
    failed: int
    orders: int
    payments: int
    gmv_fen: int
    cpu: float
    thresholds: Sequence[ThresholdResult]


def progress(
    second: Second, tally: Tally, thresholds: Sequence[ThresholdResult], duration_s: float, phase: str, clock: str
) -> Progress:
    """Sum up a run after `second`; percentiles are of the phase that is on."""
    books = tally.books.total()
    response = tally.response(phase=phase)
    outcomes = tally.outcomes()
    business = tally.business_total()
    return Progress(
        run_s=second.second + 1.0,
        duration_s=duration_s,
        phase=phase,
        festival_clock=clock,
        offered=books.offered,
        started=books.started,
        ended=books.completed + books.failed,
        dropped=books.dropped,
        in_flight=sum(worker.in_flight for worker in second.workers),
        waiting=sum(worker.waiting for worker in second.workers),
        shoppers=sum(worker.shoppers for worker in second.workers),
        offered_now=sum(account.offered for account in second.arrivals.values()),
        started_now=sum(account.started for account in second.arrivals.values()),
        response_p50_s=response.percentile(50),
        response_p95_s=response.percentile(95),
        response_p99_s=response.percentile(99),
        requests=sum(outcomes.values()),
        refused=outcomes.get("refused", 0),
        failed=outcomes.get("failed", 0),
        orders=business.orders,
        payments=business.payments,
        gmv_fen=business.gmv_fen,
        cpu=max((worker.cpu for worker in second.workers), default=0.0),
        thresholds=thresholds,
    )
