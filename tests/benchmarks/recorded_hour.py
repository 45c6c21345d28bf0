"""Makes seconds of a run as a busy shop would fill them, for the benchmarks of merging and judging."""

from __future__ import annotations

import random
from collections.abc import Iterator

from loadtests.record.books import Account
from loadtests.record.histogram import Histogram, HistogramDelta
from loadtests.record.second import BusinessOfSecond, RequestsOfSecond, Second, WorkerOfSecond

SEED = 11
OUTCOMES = ("ok", "ok", "ok", "refused", "failed")
PHASE = "steady"


def keys(count: int) -> list[tuple[str, str, str, str]]:
    """Operation, scenario, phase and outcome of so many rows of a second."""
    return [(f"GET /operations/{n // 5}", f"Scenario{n // 10}", PHASE, OUTCOMES[n % 5]) for n in range(count)]


def durations(chance: random.Random, samples: int, middle_s: float) -> HistogramDelta:
    """Log-normal: with so few samples, nearly each has a bucket of its own."""
    histogram = Histogram()
    histogram.record_many(middle_s * chance.lognormvariate(0.0, 0.8) for _ in range(samples))
    return histogram.delta()


def make_seconds(count: int, rows: int, samples: int, seed: int = SEED, middle_s: float = 0.010) -> Iterator[Second]:
    """Seconds 0, 1, ... as one worker reports them; each of `rows` keys has `samples` requests a second.

    What was offered is the master's to say. `middle_s` is the median response.
    """
    chance = random.Random(seed)
    arrivals = 10 * samples
    for number in range(count):
        yield Second(
            second=number,
            arrivals={PHASE: Account(started=arrivals, completed=arrivals)},
            requests=[
                RequestsOfSecond(*key, durations(chance, samples, middle_s), durations(chance, samples, middle_s))
                for key in keys(rows)
            ],
            lag={PHASE: durations(chance, samples, 0.0005)},
            business={PHASE: BusinessOfSecond(orders=samples, payments=samples, gmv_fen=19_900 * samples)},
            workers=[WorkerOfSecond(worker=0, cpu=0.5, stall_s=0.001, shoppers=500, in_flight=50)],
        )
