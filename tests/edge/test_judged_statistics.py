"""Locust's statistics say what the gate says: no rounding, no rank too high, no failure counted twice."""

from __future__ import annotations

from typing import Any

import pytest
from locust.env import Environment
from locust.event import Events
from locust.stats import RequestStats, StatsCSV, setup_distributed_stats_event_listeners

from loadtests.live.judged_statistics import JudgedStatistics
from loadtests.record.histogram import Histogram
from loadtests.record.second import RequestsOfSecond, Second

OPENED = 1_700_000_000


def row(operation: str, outcome: str, seconds: list[float], phase: str = "steady") -> RequestsOfSecond:
    histogram = Histogram()
    histogram.record_many(seconds)
    return RequestsOfSecond(operation, "B", phase, outcome, histogram.delta(), Histogram().delta())


def statistics(*seconds: list[RequestsOfSecond]) -> JudgedStatistics:
    judged = JudgedStatistics()
    judged.open(OPENED + 0.25)
    for number, rows in enumerate(seconds):
        judged.take(Second(number, requests=rows))
    return judged


def test_of_1_to_100_ms_the_p95_is_95_and_1045_ms_is_not_1000() -> None:
    judged = statistics([row("/a", "ok", [n / 1000 for n in range(1, 101)]), row("/b", "ok", [1.045] * 10)])
    a, b = judged.entries["/a", ""], judged.entries["/b", ""]
    assert a.get_response_time_percentile(0.95) == pytest.approx(95, rel=1e-3)
    assert (a.min_response_time, a.max_response_time) == (pytest.approx(1), pytest.approx(100))
    assert b.get_response_time_percentile(0.95) == b.median_response_time == pytest.approx(1045, rel=1e-3)


def test_rows_of_all_phases_and_outcomes_are_one_row_an_operation() -> None:
    judged = statistics(
        [row("/a", "ok", [0.1] * 3), row("/a", "failed", [2.0])], [row("/a", "refused", [0.1], phase="evening")]
    )
    (entry,) = judged.entries.values()
    told = entry.to_dict()
    assert (told["num_requests"], told["num_failures"], told["max_response_time"]) == (5, 1, 2000)
    assert (judged.total.num_requests, judged.total.num_failures, judged.total.fail_ratio) == (5, 1, 0.2)
    assert dict(judged.total.num_reqs_per_sec) == {OPENED: 4, OPENED + 1: 1}


def test_the_latest_percentile_forgets_what_is_older_than_ten_seconds() -> None:
    judged = statistics([row("/a", "ok", [9.0] * 5)], *([row("/a", "ok", [0.1])] for _ in range(10)))
    assert judged.total.get_current_response_time_percentile(0.95) == pytest.approx(100, rel=1e-3)
    assert judged.total.get_response_time_percentile(0.95) == pytest.approx(9000, rel=1e-3)


def reported(judged: JudgedStatistics) -> None:
    """As a worker reports in Locust's own way: another count, a method, a size, an error."""
    worker, events = RequestStats(), Events()
    worker.log_request("GET", "/a", 147, 500)
    worker.log_error("GET", "/a", "went wrong")
    data: dict[str, Any] = {}
    setup_distributed_stats_event_listeners(events, worker)
    events.report_to_master.fire(client_id="w", data=data)
    master = Events()
    setup_distributed_stats_event_listeners(master, judged)
    master.worker_report.fire(client_id="w", data=data)


def test_what_workers_report_in_locusts_way_adds_method_size_and_errors_and_counts_nothing_twice() -> None:
    judged = statistics([row("/a", "failed", [0.147])])
    reported(judged)
    (entry,) = judged.entries.values()
    assert (entry.method, entry.name, entry.num_requests, entry.num_failures) == ("GET", "/a", 1, 1)
    assert entry.avg_content_length == 500
    assert entry.get_response_time_percentile(0.95) == pytest.approx(147, abs=1e-3)
    (error,) = judged.errors.values()
    assert (error.occurrences, "went wrong" in str(error.error)) == (1, True)
    assert judged.total.num_requests == 1


def test_a_method_that_is_reported_before_its_second_makes_no_second_row() -> None:
    judged = statistics()
    reported(judged)
    judged.take(Second(0, requests=[row("/a", "ok", [0.1])]))
    assert [(entry.method, entry.num_requests) for entry in judged.entries.values()] == [("GET", 1)]


def test_locusts_csv_takes_them_as_they_are_and_nobody_resets_them() -> None:
    judged = statistics([row("/a", "ok", [0.05] * 20)])
    judged.reset_all()
    environment = Environment()
    environment.stats = judged
    environment.create_local_runner()
    rows: list[Any] = []
    writer: Any = type("Writer", (), {"writerow": rows.append, "writerows": rows.extend})()
    StatsCSV(environment, [0.5, 0.95]).requests_csv(writer)
    named = [dict(zip(rows[0], each, strict=True)) for each in rows[1:]]
    assert [(each["Name"], each["Request Count"]) for each in named] == [("/a", 20), ("Aggregated", 20)]
    assert named[0]["95%"] == pytest.approx(50, rel=1e-3)
