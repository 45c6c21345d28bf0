"""A frame says what the terminal and the verdict say of the same seconds, and no page can be flooded by it."""

from __future__ import annotations

import msgspec
import pytest

from loadtests.judgement.judging import judge_all
from loadtests.judgement.tally import Tally
from loadtests.live.frame import OPERATIONS_MAX, Plain, frame_of, opening_of
from loadtests.live.tab_rows import phase_rows, threshold_rows
from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import Profile
from loadtests.plan.thresholds import parse_threshold
from loadtests.record.books import Account
from loadtests.record.histogram import Histogram
from loadtests.record.second import BusinessOfSecond, Event, RequestsOfSecond, Second, WorkerOfSecond
from loadtests.terminal.progress import progress

THRESHOLDS = (
    parse_threshold("response", "p(95) < 500ms"),
    parse_threshold("failures", "rate < 1%"),
    parse_threshold("orders", "count > 0"),
    parse_threshold("response{phase=evening}", "p(95) < 1s"),
)
STAGES = (Stage("warm_up", 2, 0, 10, measured=False), Stage("zero_hour", 4, 100, 50), Stage("evening", 4, 50, 50))
PROFILE = Profile("p", STAGES, thresholds=THRESHOLDS)


def row(operation: str, outcome: str, *seconds: float, phase: str = "zero_hour") -> RequestsOfSecond:
    histogram = Histogram()
    histogram.record_many(seconds)
    return RequestsOfSecond(operation, "B", phase, outcome, histogram.delta(), histogram.delta())


def frames(*seconds: Second, profile: Profile = PROFILE) -> list[Plain]:
    tally, told = Tally(profile), []
    for second in seconds:
        tally.add(second)
        results = judge_all(profile.thresholds, tally)
        shown = progress(second, tally, results, profile.duration_s, "zero_hour", "00:00:03")
        told.append(frame_of(profile, second, tally, results, shown))
    return told


BUSY = Second(
    2,
    arrivals={"zero_hour": Account(offered=110, started=105, completed=90, failed=4, dropped=3)},
    requests=[row("POST /orders", "ok", *[0.010] * 98), row("POST /orders", "failed", 0.9, 0.9), row("GET /", "ok", 2)],
    business={"zero_hour": BusinessOfSecond(orders=44, payments=40, gmv_fen=123_456)},
    workers=[WorkerOfSecond(1, cpu=0.42, shoppers=60, in_flight=11, waiting=2), WorkerOfSecond(0, cpu=0.2)],
    events=[Event(2.4, "fault_started", "latency")],
)


def test_a_frame_tells_the_totals_and_its_point_tells_the_second() -> None:
    quiet = Second(3, arrivals={"zero_hour": Account(completed=5)}, workers=[WorkerOfSecond(0)])
    first, second = frames(BUSY, quiet)
    assert first["arrivals"] == {
        "offered": 110, "started": 105, "completed": 90, "failed": 4, "dropped": 3, "unfinished": 0
    }  # fmt: skip
    assert (first["requests"], first["failed"], first["business"]["gmv_fen"]) == (101, 2, 123_456)
    assert (first["point"]["offered"], first["point"]["requests"], first["point"]["failed"]) == (110, 101, 2)
    assert [worker["worker"] for worker in first["workers"]] == [0, 1]
    assert first["events"] == [{"at": 2.4, "kind": "fault_started", "text": "latency"}]
    assert (second["arrivals"]["completed"], second["requests"], second["business"]["orders"]) == (95, 101, 44)
    assert (second["point"]["requests"], second["point"]["p95"], second["point"]["orders"]) == (0, None, 0)


def test_its_percentiles_are_the_gates() -> None:
    (frame,) = frames(BUSY)
    tally = Tally(PROFILE)
    tally.add(BUSY)
    assert frame["response"]["p95"] == tally.response("zero_hour").percentile(95)
    orders = next(one for one in frame["operations"] if one["operation"] == "POST /orders")
    assert (orders["requests"], orders["failed"], orders["response"]["max"]) == (100, 2, pytest.approx(0.9))
    assert orders["response"]["p95"] == pytest.approx(0.01, rel=1e-3)
    assert phase_rows(frame)[1]["p95"] == "10"


def test_each_threshold_has_its_margin_and_nothing_where_there_is_no_data() -> None:
    (frame,) = frames(BUSY)
    assert [(one["result"], one["margin"]) for one in frame["thresholds"]] == [
        ("PASS", pytest.approx(0.98, abs=0.001)),
        ("FAIL", pytest.approx(1 - 2 / 101 / 0.01, abs=0.001)),
        ("PASS", 1.0),
        ("NO_DATA", None),
    ]
    rows = threshold_rows(opening_of(PROFILE, "r", "http://shop", 1), frame)
    assert [each["result"] for each in rows] == ["PASS", "FAIL", "PASS", "NO DATA"]
    assert (rows[1]["margin"], rows[3]["observed"]) == ("-98 %", "no data")


def test_the_opening_holds_phases_with_their_bands_and_the_planned_rate() -> None:
    opening = opening_of(PROFILE, "r", "http://shop", 2)
    assert [(p["phase"], p["from_s"], p["to_s"], p["measured"]) for p in opening["phases"]] == [
        ("warm_up", 0, 2, False),
        ("zero_hour", 2, 6, True),
        ("evening", 6, 10, True),
    ]
    assert opening["plan"] == [[0, 0], [2, 10], [2, 100], [6, 50], [6, 50], [10, 50]]
    assert (opening["shops"], opening["festival"], opening["workers"]) == (True, False, 2)


def test_a_locustfile_that_names_every_url_apart_does_not_flood_the_page() -> None:
    rows = [row(f"/users/{n}", "ok", 0.01) for n in range(500)] + [row("/busy", "ok", *[0.01] * 9)]
    (frame,) = frames(Second(2, requests=rows, arrivals={"zero_hour": Account(offered=1)}))
    names = [one["operation"] for one in frame["operations"]]
    assert len(names) == len(frame["point"]["operations"]) == OPERATIONS_MAX
    assert "/busy" in names and frame["operations_unseen"] == 501 - OPERATIONS_MAX
    assert len(msgspec.json.encode(frame)) < 40_000
