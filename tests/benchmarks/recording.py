"""What it costs to write one sample down: our histogram and recorder against HdrHistogram and prometheus_client.

    python -m tests.benchmarks.recording [--samples 20000] [--rounds 15] [--json DIR]

One process on one core, as a worker is: gevent has patched its locks. Every contender gets the same log-normal
durations around 5 ms in turn; the cost of the empty loop is measured like a contender and taken off. `Recorder` is
asked as in a run: by Locust's `request` event with all our client tells, on a greenlet that is on a visit.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.benchmarks.measuring import Spread, conclude, parser, pin, table, turns, two_cores

SEED = 11
MIDDLE_S, SIGMA = 0.005, 0.8
EMPTY = "empty loop"
Loop = Callable[[Sequence[float]], None]


def loops() -> dict[str, Loop]:
    """By contender: a loop that records every duration it is given."""
    import locust  # isort: skip  # first: it patches the locks that prometheus_client takes  # noqa: F401

    from hdrh.histogram import HdrHistogram
    from prometheus_client import CollectorRegistry
    from prometheus_client import Histogram as PrometheusHistogram

    from loadtests.record.histogram import Histogram

    ours = Histogram()
    hdr = HdrHistogram(1, 3_600_000_000_000, 3)
    bound = PrometheusHistogram("bound", "One child, kept", registry=CollectorRegistry())
    labelled = PrometheusHistogram("labelled", "Looked up", ["operation", "phase"], registry=CollectorRegistry())

    def nothing(durations: Sequence[float]) -> None:
        for _ in durations:
            pass

    def histogram(durations: Sequence[float]) -> None:
        record = ours.record
        for seconds in durations:
            record(seconds)

    def hdr_histogram(durations: Sequence[float]) -> None:
        record = hdr.record_value
        for seconds in durations:
            record(int(seconds * 1e9))

    def prometheus(durations: Sequence[float]) -> None:
        observe = bound.observe
        for seconds in durations:
            observe(seconds)

    def prometheus_labels(durations: Sequence[float]) -> None:
        for seconds in durations:
            labelled.labels("GET /skus", "steady").observe(seconds)

    return {
        EMPTY: nothing,
        "Histogram.record": histogram,
        "HdrHistogram.record_value": hdr_histogram,
        "prometheus_client observe, bound": prometheus,
        "prometheus_client labels().observe": prometheus_labels,
        "Recorder.request, called": events(recorder=True, locust_statistics=False, fire=False),
        "Recorder.request, by Locust's event": events(recorder=True, locust_statistics=False),
        "Locust's statistics, by its event": events(recorder=False, locust_statistics=True),
        "both, as in a run": events(recorder=True, locust_statistics=True),
    }


def events(*, recorder: bool, locust_statistics: bool, fire: bool = True) -> Loop:
    """A loop that tells of each duration as our client does, to those who are to listen."""
    from locust.env import Environment

    from loadtests.crowd.recorder import Recorder
    from loadtests.crowd.visit import Festival
    from loadtests.plan.arrivals import Schedule, Stage

    opened_at = time.monotonic()
    schedule = Schedule((Stage("warm_up", 0.001, 1.0, 1.0), Stage("steady", 3600.0, 1.0, 1.0)))
    books = Recorder(Festival("benchmark", 0, SEED, schedule, opened_at))
    environment = Environment()
    if locust_statistics:
        environment.create_local_runner()
    event = environment.events.request
    if recorder and fire:
        event.add_listener(books.request)
    tell: Callable[..., None] = event.fire if fire else books.request
    context: dict[str, Any] = {}

    def loop(durations: Sequence[float]) -> None:
        for seconds in durations:
            finished_at = opened_at + 1.0 + seconds
            tell(
                request_type="GET",
                name="GET /skus",
                response_time=seconds * 1000.0,
                response_length=200,
                response=None,
                context=context,
                exception=None,
                start_time=1_000_000_000.0,
                url="http://127.0.0.1/skus",
                started_at=finished_at - seconds,
                finished_at=finished_at,
                outcome="ok",
            )

    return loop


def measure(contenders: dict[str, Loop], durations: Sequence[float], rounds: int) -> dict[str, list[float]]:
    """Nanoseconds a sample of every round, on the greenlet that runs this."""
    import gevent

    from loadtests.crowd.visit import Visit

    gevent.getcurrent().visit = Visit(0, "steady", "Visitor", None, SEED)
    for loop in contenders.values():
        loop(durations)  # the first time is slower: caches, dictionaries that grow
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for name in turns(list(contenders), rounds):
        began_ns = time.perf_counter_ns()
        contenders[name](durations)
        taken[name].append((time.perf_counter_ns() - began_ns) / len(durations))
    empty = min(taken.pop(EMPTY))
    return {name: [ns - empty for ns in rounds] for name, rounds in taken.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--samples", type=int, default=20_000, help="a round")
    options.add_argument("--rounds", type=int, default=15)
    given = options.parse_args(arguments)
    core, _ = two_cores()
    pin(core)
    chance = random.Random(SEED)
    durations = [MIDDLE_S * chance.lognormvariate(0.0, SIGMA) for _ in range(given.samples)]
    contenders = loops()
    import gevent

    rounds = gevent.spawn(measure, contenders, durations, given.rounds).get()
    summary = {name: Spread.of(taken) for name, taken in rounds.items()}
    ours = summary["Histogram.record"].median
    table(
        "Recording one sample, one core, under gevent",
        ("how", "ns", "x Histogram.record"),
        [(name, taken.text(",.0f"), f"{taken.median / ours:.1f}") for name, taken in summary.items()],
    )
    conclude(
        "recording",
        given.json,
        settings={"samples": given.samples, "rounds": given.rounds},
        summary=summary,
        rounds=rounds,
    )


if __name__ == "__main__":
    main()
