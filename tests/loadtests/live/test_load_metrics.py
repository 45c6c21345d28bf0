"""The load side's series against what happened; the text against prometheus_client's own."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from prometheus_client import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from loadtests.judgement.judging import judge_all
from loadtests.judgement.tally import Tally
from loadtests.live.load_metrics import OPERATIONS_MAX, LoadMetrics
from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import PlannedFault, Profile
from loadtests.plan.thresholds import parse_threshold
from loadtests.record.books import Account
from loadtests.record.histogram import Histogram, HistogramDelta
from loadtests.record.second import BusinessOfSecond, Event, RequestsOfSecond, Second, WorkerOfSecond

THRESHOLDS = (
    parse_threshold("response{phase=zero_hour}", "p(95) < 500ms"),
    parse_threshold("orders", "rate > 400/s"),
    parse_threshold("response{phase=evening}", "p(95) < 300ms"),
)
PROFILE = Profile(
    "festival",
    (Stage("zero_hour", 2, 100, 100), Stage("evening", 8, 10, 10)),
    thresholds=THRESHOLDS,
    faults=(PlannedFault("zero_hour", 0, 1, "latency", "/"),),
)


def delta(*durations_s: float) -> HistogramDelta:
    histogram = Histogram()
    histogram.record_many(durations_s)
    return histogram.delta()


def second(number: int, *, operation: str = "POST /orders", phase: str = "zero_hour") -> Second:
    return Second(
        number,
        arrivals={phase: Account(offered=100, started=99, completed=90, failed=4, dropped=1, unfinished=5)},
        requests=[
            RequestsOfSecond(operation, "Buyer", phase, "ok", delta(*[0.2] * 90), delta(*[0.1] * 90)),
            RequestsOfSecond(operation, "Hunter", phase, "ok", delta(0.4), delta(0.3)),
            RequestsOfSecond(operation, "Buyer", phase, "failed", delta(30.0), delta(30.0)),
        ],
        lag={phase: delta(0.001, 0.002)},
        business={phase: BusinessOfSecond(orders=44, payments=40, gmv_fen=12_345)},
        workers=[WorkerOfSecond(0, cpu=0.42, stall_s=0.01, shoppers=60, in_flight=11, waiting=2), WorkerOfSecond(1)],
    )


def fed(*seconds: Second, profile: Profile = PROFILE) -> LoadMetrics:
    metrics, tally = LoadMetrics(profile, "run-1"), Tally(profile)
    for each in seconds:
        tally.add(each)
        metrics.add(each, judge_all(profile.thresholds, tally))
    return metrics


def value(metrics: LoadMetrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_seconds_add_up_to_durations_by_operation_phase_and_outcome() -> None:
    metrics = fed(second(0), second(1))
    labels = {"operation": "POST /orders", "phase": "zero_hour", "outcome": "ok"}
    assert value(metrics, "load_response_seconds_count", **labels) == 182
    assert value(metrics, "load_response_seconds_sum", **labels) == pytest.approx(2 * (90 * 0.2 + 0.4))
    assert value(metrics, "load_response_seconds_bucket", le="0.5", **labels) == 182
    assert value(metrics, "load_service_seconds_sum", **labels) == pytest.approx(2 * (90 * 0.1 + 0.3))
    assert value(metrics, "load_response_seconds_count", **{**labels, "outcome": "failed"}) == 2
    assert value(metrics, "load_schedule_lag_seconds_count", phase="zero_hour") == 4
    assert value(metrics, "load_requests_total", phase="zero_hour", outcome="ok") == 182
    assert value(metrics, "load_requests_total", phase="zero_hour", outcome="failed") == 2


def test_the_books_and_the_business_are_counted_by_phase() -> None:
    metrics = fed(second(0), second(1), second(2, phase="evening"))
    for state, count in (("offered", 200), ("completed", 180), ("failed", 8), ("dropped", 2), ("unfinished", 10)):
        assert value(metrics, "load_arrivals_total", phase="zero_hour", state=state) == count
    assert value(metrics, "load_arrivals_total", phase="evening", state="offered") == 100
    assert value(metrics, "load_orders_total", phase="zero_hour") == 88
    assert value(metrics, "load_payments_total", phase="evening") == 40
    assert value(metrics, "load_gmv_yuan_total", phase="zero_hour") == pytest.approx(246.90)


def test_counters_of_the_plan_begin_at_zero() -> None:
    metrics = LoadMetrics(PROFILE, "run-1")
    assert value(metrics, "load_arrivals_total", phase="evening", state="dropped") == 0
    assert value(metrics, "load_requests_total", phase="zero_hour", outcome="refused") == 0
    assert value(metrics, "load_workers_lost_total") == 0


def test_the_phase_and_the_clock_follow_the_run_and_stay_in_the_last_phase() -> None:
    metrics = fed(second(0), second(1))
    assert value(metrics, "load_phase_info", phase="zero_hour") == 1
    assert value(metrics, "load_run_elapsed_seconds") == 2
    assert value(metrics, "load_run_duration_seconds") == 10
    metrics.add(second(2, phase="evening"))
    assert value(metrics, "load_phase_info", phase="zero_hour") is None
    assert value(metrics, "load_phase_info", phase="evening") == 1
    metrics.add(Second(15))
    assert value(metrics, "load_phase_info", phase="evening") == 1
    assert value(metrics, "load_run_info", run="run-1", profile="festival") == 1


def test_workers_report_as_they_are_now_and_a_lost_one_is_counted_and_gone() -> None:
    metrics = fed(second(0))
    assert value(metrics, "load_generator_cpu_ratio", worker="0") == 0.42
    assert value(metrics, "load_shoppers", worker="0") == 60
    assert value(metrics, "load_visits_in_flight", worker="0") == 11
    assert value(metrics, "load_arrivals_waiting", worker="0") == 2
    assert value(metrics, "load_generator_stall_seconds", worker="0") == 0.01
    metrics.add(Second(1, workers=[WorkerOfSecond(0)], events=[Event(1.5, "worker_lost", "worker 1")]))
    assert value(metrics, "load_workers_lost_total") == 1
    assert value(metrics, "load_generator_cpu_ratio", worker="1") is None


def test_a_fault_is_active_from_its_start_to_its_end() -> None:
    metrics = fed(Second(0, events=[Event(0.1, "fault_started", "latency"), Event(0.2, "fault_started", "surprise")]))
    assert value(metrics, "load_faults_active", kind="latency") == 1
    assert value(metrics, "load_faults_active", kind="surprise") is None
    metrics.add(Second(1, events=[Event(1.1, "fault_ended", "latency")]))
    assert value(metrics, "load_faults_active", kind="latency") == 0


def test_thresholds_say_whether_they_hold_and_by_how_much_and_nothing_without_data() -> None:
    metrics = fed(second(0))
    quick, orders, later = (threshold.name for threshold in THRESHOLDS)
    assert value(metrics, "load_threshold_ok", threshold=quick) == 1
    assert value(metrics, "load_threshold_margin_ratio", threshold=quick) == pytest.approx(0.6, abs=0.01)
    assert value(metrics, "load_threshold_ok", threshold=orders) == 0
    assert value(metrics, "load_threshold_margin_ratio", threshold=orders) == pytest.approx(44 / 400 - 1)
    assert value(metrics, "load_threshold_ok", threshold=later) is None
    assert value(metrics, "load_threshold_samples", threshold=later) == 0


def test_operations_beyond_the_first_two_hundred_are_one() -> None:
    metrics = fed(*(second(number, operation=f"/orders/{number}") for number in range(OPERATIONS_MAX + 5)))
    labels = {"phase": "zero_hour", "outcome": "ok"}
    assert value(metrics, "load_response_seconds_count", operation="/orders/7", **labels) == 91
    assert value(metrics, "load_response_seconds_count", operation="/orders/200", **labels) is None
    assert value(metrics, "load_response_seconds_count", operation="other", **labels) == 5 * 91


@pytest.mark.parametrize(
    ("accept", "theirs"), [("", generate_latest), ("application/openmetrics-text", generate_openmetrics)]
)
def test_the_text_is_the_clients_own(accept: str, theirs) -> None:  # type: ignore[no-untyped-def]
    metrics = fed(second(0), second(1, operation='GET /100%/"x"\\y'), second(2, phase="evening"))
    ours = [line for line in metrics.exposition(accept)[0].decode().splitlines() if " process_" not in line]
    ours = [line for line in ours if not line.startswith("process_")]
    assert sorted(ours) == sorted(theirs(metrics.registry).decode().splitlines())
    assert "_created" not in "".join(ours)


def test_between_two_seconds_every_scrape_gets_the_same_text_and_then_a_new_one() -> None:
    metrics = fed(second(0))
    first = metrics.exposition("")[0]
    assert metrics.exposition("")[0] is first
    assert metrics.exposition("application/openmetrics-text")[0].endswith(b"# EOF\n")
    metrics.add(second(1))
    assert metrics.exposition("")[0] != first


def test_an_accept_header_nobody_understands_gets_text() -> None:
    assert fed(second(0)).exposition("application/openmetrics-text; version=a.b")[1].startswith("text/plain")


def test_promtool_has_nothing_to_say() -> None:
    promtool = shutil.which("promtool")
    if promtool is None and not os.environ.get("CI"):
        pytest.skip("promtool is not installed (apt-get install prometheus)")
    assert promtool is not None, "CI needs promtool"
    text = fed(second(0)).exposition("text/plain")[0]
    checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
    assert all(family.documentation for family in read_text(text.decode()))
