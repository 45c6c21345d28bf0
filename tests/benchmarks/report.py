"""How long the reports of an hour-long run take, and how large they are: 3,600 seconds of 40 keys.

python -m tests.benchmarks.report [--seconds 3600] [--keys 40] [--samples 30] [--rounds 2] [--json DIR]
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from loadtests.judgement.gate import judge_run, write_verdict
from loadtests.reports.reporting import USUAL, write_reports
from tests.benchmarks.gate import write_run
from tests.benchmarks.measuring import Goal, Spread, conclude, parser, pin, table, two_cores

GOAL_S = 10.0
GOAL_BYTES = 6e6


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--seconds", type=int, default=3600, help="of the run")
    options.add_argument("--keys", type=int, default=40)
    options.add_argument("--samples", type=int, default=30, help="per key and second")
    options.add_argument("--rounds", type=int, default=2)
    given = options.parse_args(arguments)
    core, _ = two_cores()
    pin(core)
    taken_s = []
    with TemporaryDirectory() as folder:
        directory = Path(folder) / "run"
        write_run(directory, given.seconds, given.keys, given.samples)
        write_verdict(directory, judge_run(directory))
        for _ in range(given.rounds):
            began_at = time.perf_counter()
            written = write_reports(directory)
            taken_s.append(time.perf_counter() - began_at)
        sizes = {path.name: float(path.stat().st_size) for path in written}
    taken = Spread.of(taken_s)
    table(
        f"Reports of {given.seconds:,} s of {given.keys} keys",
        ("what", "figure"),
        [("seconds for all", taken.text(".2f")), *((name, f"{size / 1e6:.2f} MB") for name, size in sizes.items())],
    )
    conclude(
        "report",
        given.json,
        settings={"seconds": given.seconds, "keys": given.keys, "samples": given.samples, "formats": list(USUAL)},
        summary={"seconds": taken},
        rounds={"seconds": taken_s, "bytes": sizes},
        goals=[
            Goal("reports of an hour", taken.median, GOAL_S, "s"),
            Goal("report.html", sizes["report.html"], GOAL_BYTES, "bytes"),
        ],
    )


if __name__ == "__main__":
    main()
