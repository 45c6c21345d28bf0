"""Finds figures of a record that cannot have been measured: asked when judging stumbled, since looking takes long."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from loadtests.record.histogram import HistogramDelta, bucket_index
from loadtests.record.run_record import Run, RunRecordError
from loadtests.record.second import Second

LARGEST = 1e9
"""Thirty years in seconds: no run lasts that long, no generator has so many cores."""


def check_soundness(run: Run) -> None:
    """Raise RunRecordError, one sentence, for the first figure that no recorder wrote."""
    for line, second in enumerate(run.seconds, start=1):
        for mistake in _mistakes(second):
            path = run.directory / "seconds.jsonl"
            raise RunRecordError(f"{path} is damaged in line {line}: {mistake}")


def _mistakes(second: Second) -> Iterator[str]:
    for row in second.requests:
        yield from _mistakes_of(f"{row.operation} response", row.response)
        yield from _mistakes_of(f"{row.operation} service", row.service)
    for phase, delta in second.lag.items():
        yield from _mistakes_of(f"{phase} lag", delta)
    figures = {f"worker {one.worker}'s {name}": getattr(one, name) for one in second.workers for name in WORKER}
    figures |= {f"the instant of {event.kind}": event.at for event in second.events}
    yield from (f"{name} is {figure:g}" for name, figure in figures.items() if not abs(figure) <= LARGEST)


WORKER = ("cpu", "stall_s", "on_start_s")


def _mistakes_of(name: str, delta: HistogramDelta) -> Iterator[str]:
    indexes, counts = delta.buckets[::2], delta.buckets[1::2]
    if len(indexes) != len(counts):
        yield f"the {name} histogram has a bucket without a count"
    elif any(later <= earlier for earlier, later in pairwise(indexes)):
        yield f"the {name} histogram has buckets that do not ascend"
    elif any(count <= 0 for count in counts):
        yield f"the {name} histogram has a bucket that holds nothing"
    elif indexes and not bucket_index(delta.min_ns) <= indexes[0] <= indexes[-1] <= bucket_index(delta.max_ns):
        yield f"the {name} histogram has buckets beyond its minimum or maximum"
