"""Small run directories of every verdict, written the way runs are, for the tests of reports."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from loadtests.judgement.calibration import Habits
from loadtests.judgement.gate import judge_run, write_verdict
from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import PlannedFault, Profile
from loadtests.plan.profile_reader import read_profile
from loadtests.plan.thresholds import parse_threshold
from loadtests.record.books import Account
from loadtests.record.histogram import Histogram, HistogramDelta
from loadtests.record.run_record import RunRecord, write_whole
from loadtests.record.second import BusinessOfSecond, Event, FailuresOfSecond, RequestsOfSecond, Second, WorkerOfSecond

HOSTILE = "GET /<script>alert(1)</script>[bold]|`%\n::error::x"
"""An operation that tries to get out of every kind of report."""
RATE = 40
STAGES = (
    Stage("countdown", 6, RATE / 4, RATE / 4, measured=False),
    Stage("zero_hour", 12, RATE, RATE),
    Stage("evening", 6, RATE / 4, RATE / 4),
)
THRESHOLDS = tuple(
    parse_threshold(*pair)
    for pair in (
        ("response{phase=zero_hour}", "p(95) < 500ms"),
        ("response{operation=POST /orders,phase=zero_hour}", "p(99) < 1s"),
        ("failures", "rate < 1%"),
        ("orders{phase=zero_hour}", "rate > 2/s"),
    )
)
OPENED_AT = 1_794_326_400.0
SYSTEMS: list[dict[str, Any]] = [
    {"system": "checkout", "invariants": 2, "violations": 0, "figures": {}},
    {
        "system": "logistics",
        "invariants": 1,
        "violations": 0,
        "figures": {"parcels": 8452, "backlog_peak_parcels": 3034, "delivered_share": 0.998, "median_wait_s": 10.21},
        "courses": [
            {
                "name": "parcels to sort",
                "kind": "level",
                "begins_at": OPENED_AT - 2,
                "every_s": 1.0,
                "values": [0, 0, 0, 40, 3034, 1500, 12, 0],
            },
            {
                "name": "parcels made",
                "kind": "flow",
                "begins_at": OPENED_AT - 2,
                "every_s": 1.0,
                "values": [0, 0, 0, 40, 3000, 2, 0, 0],
            },
        ],
    },
]
CLEAN: dict[str, Any] = {
    "checked": 4,
    "invariants": ["no_oversell", "one_order_per_key", "queues_lose_no_parcel", "lost_order"],
    "violations": [],
    "systems": SYSTEMS,
    "explained": {"orders_tried": 500},
}
OVERSOLD = {
    "invariant": "no_oversell",
    "subject": "S0000001",
    "message": "S0000001 sold 501 units of 500 <b>& one</b>",
}
BROKEN = {
    **CLEAN,
    "violations": [OVERSOLD, {"invariant": "lost_order", "subject": "K7", "message": "order of key K7 is not there"}],
    "systems": [{**SYSTEMS[0], "violations": 1}, SYSTEMS[1]],
}

Change = Callable[[Second], None]


def durations(chance: random.Random, count: int, middle_s: float) -> HistogramDelta:
    histogram = Histogram()
    histogram.record_many(middle_s * chance.lognormvariate(0.0, 0.5) for _ in range(count))
    return histogram.delta()


def second_of(number: int, phase: str, rate: int, middle_s: float = 0.02) -> Second:
    chance = random.Random(number)
    rows = []
    for operation, outcome, count in (
        ("GET /skus/{sku}", "ok", rate * 2),
        ("POST /orders", "ok", rate // 2),
        ("POST /orders", "refused", 2),
        ("GET /shipments", "ok", 3),
        (HOSTILE, "ok", 1),
    ):
        response, service = durations(chance, count, middle_s), durations(chance, count, middle_s / 2)
        rows.append(RequestsOfSecond(operation, "Buyer", phase, outcome, response, service))
    return Second(
        number,
        arrivals={phase: Account(offered=rate, started=rate, completed=rate)},
        requests=rows,
        lag={phase: durations(chance, rate, 0.0005)},
        business={phase: BusinessOfSecond(orders=rate // 2, payments=rate // 3, gmv_fen=rate * 9_900)},
        workers=[WorkerOfSecond(0, cpu=0.3, stall_s=0.002, shoppers=50, in_flight=5)],
    )


def unchanged(second: Second) -> None: ...


def slow(second: Second) -> None:
    if second.second >= 10:
        chance = random.Random(second.second)
        for row in second.requests:
            row.response = durations(chance, sum(row.response.buckets[1::2]), 0.9)


def failing(second: Second) -> None:
    second.failures = [FailuresOfSecond("POST /orders", "status 500", 2), FailuresOfSecond(HOSTILE, HOSTILE, 1)]


def starved(second: Second) -> None:
    second.workers[0].cpu = 1.0


def hurt(second: Second) -> None:
    slow(second)
    if second.second == 9:
        second.events.append(Event(9.0, "fault_started", "latency"))
    if second.second == 14:
        second.events.append(Event(14.0, "fault_ended", "latency"))


def made_run(
    directory: Path,
    *,
    change: Change = unchanged,
    seconds: int = 24,
    audit: Mapping[str, Any] | None = CLEAN,
    ended: Mapping[str, Any] | None = {},
    planned: Profile | None = None,
    described: Mapping[str, Any] | None = None,
    **profile: Any,
) -> Path:
    """Write a run and its verdict; `seconds` below 24 and `ended` None is a run that was killed."""
    fault = PlannedFault("zero_hour", 3.0, 5.0, "latency", "/payments")
    if planned is None:
        planned = Profile(**{"name": "made", "stages": STAGES, "thresholds": THRESHOLDS, "faults": (fault,), **profile})
    schedule = planned.schedule()
    described = {
        **(described or {}),
        "schema": 1, "run": "20261111T000000-made-0001", "profile": planned.to_json(), "target": "http://127.0.0.1:9",
        "workers": 1, "versions": {"python": "3.11"}, "machine": {"system": "Linux", "processors": 2},
        "started_at": OPENED_AT, "revision": "0123abc",
    }  # fmt: skip
    record = RunRecord.create(directory, described)
    for number in range(seconds):
        phase = schedule.phase_at(number + 0.5)
        second = second_of(number, phase, round(schedule.rate_at(number + 0.5)))
        change(second)
        record.append(second)
    if audit is not None:
        write_whole(directory / "audit.json", audit)
    if ended is not None:
        record.end(ended)
    record.close()
    write_verdict(directory, judge_run(directory))
    return directory


def made_day(directory: Path, **made: Any) -> Path:
    """A whole Double 11 in 24 seconds, whose crowd has curves."""
    planned = read_profile("double11", ["run.duration=24s", "run.peak_rate=60", "run.arrivals=even"])
    habits = {field.name: 1 for field in fields(Habits)} | {
        "views": 4, "searches": 1.5, "cart_share": 0.06, "basket_fen": 20_000, "phone_share": 0.9,
              "bot_accounts": 3}  # fmt: skip
    return made_run(directory, **{"planned": planned, "described": {"habits": habits}, **made})


def idle(second: Second) -> None:
    second.requests.clear()
    second.business.clear()
    second.arrivals.clear()


MAKERS: Mapping[str, Callable[[Path], Path]] = {
    "pass": made_run,
    "fail": lambda directory: made_run(directory, change=hurt),
    "invalid": lambda directory: made_run(directory, change=starved),
    "day": made_day,
    "broken": lambda directory: made_run(directory, audit=BROKEN),
    "partial": lambda directory: made_run(directory, change=slow, seconds=13, audit=None, ended=None),
    "no_data": lambda directory: made_run(directory, change=idle),
    "nothing": lambda directory: made_run(directory, seconds=0, audit=None, ended=None),
    "own_shop": lambda directory: made_run(
        directory, audit={"checked": 0, "violations": [], "skipped": "the target is not the mock platform"}, faults=()
    ),
}
WORDS = {
    "pass": "PASS", "day": "FAIL", "fail": "FAIL", "invalid": "INVALID", "broken": "BROKEN",
    "partial": "FAIL", "no_data": "FAIL", "nothing": "FAIL", "own_shop": "PASS",
}  # fmt: skip
