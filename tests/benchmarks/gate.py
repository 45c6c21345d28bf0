"""How long the verdict on an hour-long run takes: `judge_run` on 3,600 seconds of 40 keys.

    python -m tests.benchmarks.gate [--seconds 3600] [--keys 40] [--samples 30] [--rounds 2] [--json DIR]

Judged with thresholds that all hold, and with one missed, for then the gate replays the run to say when it was first
missed: in the first second, or, as the shop is slow in the last tenth of the run, towards its end, which is the worst
case. The record is made of 330 different seconds, repeated; each is decoded and added as if it were new.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from loadtests.judgement.gate import judge_run
from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import Profile
from loadtests.plan.thresholds import Threshold, parse_threshold
from loadtests.record.run_record import RunRecord, write_whole
from tests.benchmarks.measuring import Goal, Spread, conclude, parser, pin, table, turns, two_cores
from tests.benchmarks.recorded_hour import PHASE, make_seconds

GOAL_S = 2.0
DIFFERENT, DIFFERENT_SLOW = 300, 30
SLOW_FROM = 0.9
"""Of the run."""
HELD = (
    ("response", "p(75) < 200ms"),
    ("response", "p(99.9) < 20s"),
    ("response{operation=GET /operations/0}", "p(99) < 5s"),
    ("response{operation=GET /operations/1,phase=steady}", "p(99) < 5s"),
    ("service", "p(75) < 200ms"),
    ("schedule_lag", "p(99) < 50ms"),
    ("failures", "rate < 30%"),
    ("orders", "rate > 1/s"),
    ("dropped", "rate < 0.1%"),
)
CASES: dict[str, tuple[str, str] | None] = {
    "all hold": None,
    "one missed at once": ("response", "p(95) < 1ms"),
    "one missed near the end": ("response", "p(95) < 100ms"),
}


def write_run(directory: Path, seconds: int, keys: int, samples: int) -> float:
    """Write a complete run and return its size in bytes."""
    rate = 10.0 * samples
    profile = Profile("hour", (Stage(PHASE, float(seconds), rate, rate),), arrivals="even", thresholds=thresholds(HELD))
    record = RunRecord.create(directory, {"schema": 1, "run": "benchmark", "profile": profile.to_json()})
    usual = list(make_seconds(DIFFERENT, keys, samples))
    slow = list(make_seconds(DIFFERENT_SLOW, keys, samples, middle_s=0.5))
    for number in range(seconds):
        second = usual[number % DIFFERENT] if number < SLOW_FROM * seconds else slow[number % DIFFERENT_SLOW]
        second.second = number
        for account in second.arrivals.values():
            account.offered = account.completed
        record.append(second)
    write_whole(directory / "audit.json", {"checked": 35, "violations": []})
    record.end({})
    return float((directory / "seconds.jsonl").stat().st_size)


def thresholds(written: Sequence[tuple[str, str]]) -> tuple[Threshold, ...]:
    return tuple(parse_threshold(selector, expression) for selector, expression in written)


def judge_s(directory: Path, judged: Sequence[Threshold], *, missed: bool) -> float:
    """Seconds for one verdict, which must be the expected one."""
    began_at = time.perf_counter()
    verdict = judge_run(directory, judged)
    taken_s = time.perf_counter() - began_at
    if verdict["verdict"] != ("FAIL" if missed else "PASS"):
        raise SystemExit(f"the gate said {verdict['verdict']}: {verdict['validity']} {verdict['thresholds']}")
    return taken_s


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--seconds", type=int, default=3600, help="of the run")
    options.add_argument("--keys", type=int, default=40)
    options.add_argument("--samples", type=int, default=30, help="per key and second")
    options.add_argument("--rounds", type=int, default=2)
    given = options.parse_args(arguments)
    core, _ = two_cores()
    pin(core)
    rounds: dict[str, list[float]] = {case: [] for case in CASES}
    with TemporaryDirectory() as folder:
        directory = Path(folder) / "run"
        size = write_run(directory, given.seconds, given.keys, given.samples)
        for case in turns(list(CASES), given.rounds):
            missed = CASES[case]
            more = [missed] if missed else []
            rounds[case].append(judge_s(directory, thresholds([*HELD, *more]), missed=bool(more)))
    summary = {case: Spread.of(taken) for case, taken in rounds.items()}
    table(
        f"Verdict on {given.seconds:,} s of {given.keys} keys, a record of {size / 1e6:,.0f} MB",
        (f"{len(HELD)} thresholds or one more", "seconds"),
        [(case, taken.text(".2f")) for case, taken in summary.items()],
    )
    conclude(
        "gate",
        given.json,
        settings={"seconds": given.seconds, "keys": given.keys, "samples": given.samples, "bytes": size},
        summary=summary,
        rounds=rounds,
        goals=[Goal(f"verdict, {case}", taken.median, GOAL_S, "s") for case, taken in summary.items()],
    )


if __name__ == "__main__":
    main()
