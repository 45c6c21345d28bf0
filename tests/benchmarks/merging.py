"""What one second of a large run costs the master: read, merge, write and tally the reports of a hundred workers.

    python -m tests.benchmarks.merging [--workers 100] [--keys 40] [--samples 30] [--rounds 10] [--json DIR]

Each worker reports 40 keys with 30 samples each, so about 30 buckets a histogram and two histograms a key. The reports
go the master's own way: msgpack decoded as `Conductor` does, `Gathering`, `RunRecord`, and the `Tally` that thresholds
are judged by while the run is on. A master that needs a second or more for a second falls behind.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from loadtests.judgement.tally import Tally
from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import Profile
from loadtests.record.run_record import RunRecord
from loadtests.record.second import Second
from loadtests.running.gathering import Gathering
from tests.benchmarks.measuring import Spread, conclude, parser, pin, table, two_cores
from tests.benchmarks.recorded_hour import PHASE, SEED, make_seconds

STEPS = ("decode", "merge", "encode and append", "tally")


def merge_second(reports: Sequence[bytes], gathering: Gathering, finished: list[Second]) -> tuple[float, float]:
    """Milliseconds for decoding the reports and for merging them; the merged second is added to `finished`."""
    began_at = time.perf_counter()
    decoded = [msgspec.msgpack.decode(report, type=Second) for report in reports]
    decoded_at = time.perf_counter()
    for report in decoded:
        gathering.take(report, [])
    gathering.finish_second(float("inf"))
    assert finished
    return (decoded_at - began_at) * 1000, (time.perf_counter() - decoded_at) * 1000


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--workers", type=int, default=100)
    options.add_argument("--keys", type=int, default=40)
    options.add_argument("--samples", type=int, default=30, help="per key and worker")
    options.add_argument("--rounds", type=int, default=10, help="seconds of the run")
    given = options.parse_args(arguments)
    core, _ = two_cores()
    pin(core)
    offered = float(10 * given.samples * given.workers)
    profile = Profile("merging", (Stage(PHASE, float(given.rounds), offered, offered),), arrivals="even")
    by_worker = [
        [msgspec.msgpack.encode(second) for second in make_seconds(given.rounds, given.keys, given.samples, SEED + n)]
        for n in range(given.workers)
    ]
    finished: list[Second] = []
    gathering = Gathering(profile.schedule(), lambda second, journal: finished.append(second))
    tally = Tally(profile)
    rounds: dict[str, list[float]] = {step: [] for step in (*STEPS, "all")}
    with TemporaryDirectory() as folder:
        record = RunRecord.create(Path(folder), {"run": "benchmark"})
        for number in range(given.rounds):
            decode_ms, merge_ms = merge_second([reports[number] for reports in by_worker], gathering, finished)
            merged_at = time.perf_counter()
            record.append(finished[-1])
            written_at = time.perf_counter()
            tally.add(finished[-1])
            tally_ms = (time.perf_counter() - written_at) * 1000
            steps_ms = (decode_ms, merge_ms, (written_at - merged_at) * 1000, tally_ms)
            for step, taken_ms in zip((*STEPS, "all"), (*steps_ms, sum(steps_ms)), strict=True):
                rounds[step].append(taken_ms)
        record.close()
        line_bytes = (Path(folder) / "seconds.jsonl").stat().st_size / given.rounds
    if mistakes := tally.books.mistakes():
        raise SystemExit(mistakes[0])
    summary = {step: Spread.of(taken) for step, taken in rounds.items()}
    table(
        f"One second of {given.workers} workers with {given.keys} keys each; a line of {line_bytes / 1000:,.0f} KB",
        ("step", "ms per second of run"),
        [(step, taken.text(",.1f")) for step, taken in summary.items()],
    )
    conclude(
        "merging",
        given.json,
        settings={
            "workers": given.workers, "keys": given.keys, "samples": given.samples, "rounds": given.rounds,
            "line_bytes": line_bytes,
        },
        summary=summary,
        rounds=rounds,
    )  # fmt: skip


if __name__ == "__main__":
    main()
