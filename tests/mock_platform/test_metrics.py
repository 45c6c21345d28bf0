"""Metrics: values, not names. Our histogram is held against prometheus_client's own on the same observations."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import subprocess
import threading

import pytest
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from mock_platform.metrics import REQUEST_BOUNDS_S, Metrics

NAME = "shop_http_request_duration_seconds"


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_our_histogram_equals_the_clients_own_on_the_same_observations() -> None:
    chance = random.Random(11)
    metrics = Metrics()
    registry = CollectorRegistry()
    theirs = Histogram(NAME, "Same.", ("route", "method", "status"), buckets=REQUEST_BOUNDS_S, registry=registry)
    seconds = [chance.lognormvariate(-4, 2) for _ in range(5_000)] + list(REQUEST_BOUNDS_S) + [0.0, 1e9]
    for each in seconds:
        metrics.requests.of("/orders", "POST").observe(201, each)
        theirs.labels("/orders", "POST", "201").observe(each)
    (family,) = (each for each in metrics.registry.collect() if each.name == NAME)
    (expected,) = registry.collect()
    ours = {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for sample in family.samples}
    assert ours == {
        (sample.name, tuple(sorted(sample.labels.items()))): pytest.approx(sample.value)
        for sample in expected.samples
        if not sample.name.endswith("_created")
    }


def test_the_written_lines_equal_the_clients_own() -> None:
    metrics = Metrics()
    registry = CollectorRegistry()
    theirs = Histogram(NAME, "x", ("route", "method", "status"), buckets=REQUEST_BOUNDS_S, registry=registry)
    for each in (0.001, 0.25, 3.0):
        metrics.requests.of("/skus", "GET").observe(200, each)
        theirs.labels("/skus", "GET", "200").observe(each)

    def lines(text: bytes) -> list[str]:
        return sorted(line for line in text.decode().splitlines() if line.startswith(NAME) and "_created" not in line)

    assert lines(metrics.exposition("")[0]) == lines(generate_latest(registry))


def test_odd_labels_and_sums_are_written_as_the_client_writes_them() -> None:
    metrics = Metrics()
    registry = CollectorRegistry()
    theirs = Histogram(NAME, "x", ("route", "method", "status"), buckets=REQUEST_BOUNDS_S, registry=registry)
    for route, each in (("/100%/%s", 1e7), ('/"quoted"\\', 1e-9), ("/two\nlines", 0.1 + 0.2)):
        metrics.requests.of(route, "GET").observe(200, each)
        theirs.labels(route, "GET", "200").observe(each)

    def lines(text: bytes) -> list[str]:
        return sorted(line for line in text.decode().splitlines() if line.startswith(NAME) and "_created" not in line)

    assert lines(metrics.exposition("")[0]) == lines(generate_latest(registry))


def test_a_second_scrape_shows_what_came_after_the_first() -> None:
    metrics = Metrics()
    line = f'{NAME}_count{{method="GET",route="/skus",status="200"}} %d.0\n'
    for count in (1, 2, 3):
        metrics.requests.of("/skus", "GET").observe(200, 0.01)
        for _ in range(2):
            assert (line % count).encode() in metrics.exposition("")[0]


def test_requests_get_their_turn_between_the_parts_of_a_long_scrape() -> None:
    metrics = Metrics()
    for number in range(400):
        metrics.requests.of(f"/{number}", "GET").observe(200, 0.01)
    parts = list(metrics.parts("application/openmetrics-text")[0])
    assert parts[-1].endswith(b"# EOF\n")
    assert sum(part.count(b"\n") for part in parts) > 10_000
    assert max(part.count(b"\n") for part in parts) < 1_300


def test_an_observation_on_a_bound_counts_below_it() -> None:
    metrics = Metrics()
    metrics.requests.of("/skus", "GET").observe(200, 0.5)
    labels = {"route": "/skus", "method": "GET", "status": "200"}
    assert value(metrics, f"{NAME}_bucket", le="0.5", **labels) == 1
    assert value(metrics, f"{NAME}_bucket", le="0.4", **labels) == 0


def test_the_objectives_of_the_profiles_are_bounds() -> None:
    assert {0.1, 0.2, 0.25, 0.3, 0.5, 1.0, 2.0} <= set(REQUEST_BOUNDS_S)
    assert all(more / less <= 2.0 for less, more in itertools.pairwise(REQUEST_BOUNDS_S))


def test_business_is_counted_in_its_own_units() -> None:
    metrics = Metrics(refusal_codes=["sold_out"])
    metrics.order("placed")
    metrics.order("sold_out")
    metrics.payment("posted")
    metrics.sale(12_345)
    metrics.sale(5)
    metrics.parcel("created")
    assert value(metrics, "shop_orders_total", outcome="placed") == 1
    assert value(metrics, "shop_orders_total", outcome="sold_out") == 1
    assert value(metrics, "shop_payments_total", outcome="posted") == 1
    assert value(metrics, "shop_gmv_yuan_total") == pytest.approx(123.50)
    assert value(metrics, "shop_parcels_total", state="created") == 1


def test_counters_begin_at_zero_so_that_the_first_event_is_a_rise() -> None:
    metrics = Metrics(refusal_codes=["sold_out"])
    assert value(metrics, "shop_orders_total", outcome="placed") == 0
    assert value(metrics, "shop_refused_requests_total", reason="sold_out") == 0
    assert value(metrics, "shop_orders_total", outcome="sold_out") is None


def test_label_sets_are_closed_and_counting_never_raises() -> None:
    metrics = Metrics()
    for odd in range(1_000):
        metrics.order(f"odd {odd}")
    assert value(metrics, "shop_orders_total", outcome="other") == 1_000
    assert value(metrics, "shop_orders_total", outcome="odd 7") is None


def test_a_gauge_takes_known_states_only() -> None:
    metrics = Metrics()
    metrics.stock.set(free=5, held=2, sold=1)
    assert value(metrics, "shop_stock_units", state="held") == 2
    with pytest.raises(KeyError, match="stolen"):
        metrics.stock.set(stolen=1)


def test_two_shops_in_one_process_share_nothing() -> None:
    one, other = Metrics(), Metrics()
    one.order("placed")
    assert value(other, "shop_orders_total", outcome="placed") == 0


def test_both_expositions_can_be_read_and_have_no_created_series() -> None:
    metrics = Metrics()
    metrics.requests.of("/skus", "GET").observe(200, 0.01)
    text, text_type = metrics.exposition("text/plain")
    openmetrics, openmetrics_type = metrics.exposition("application/openmetrics-text; version=1.0.0")
    assert text_type.startswith("text/plain")
    assert openmetrics_type.startswith("application/openmetrics-text")
    assert openmetrics.endswith(b"# EOF\n")
    assert b"_created" not in text + openmetrics
    names = {family.name for family in read_text(text.decode())}
    assert {"shop_orders", "shop_gmv_yuan", "shop_stock_units", NAME} <= names
    assert NAME in {family.name for family in read_openmetrics(openmetrics.decode())}


def test_a_scrape_in_another_thread_sees_whole_histograms_while_the_loop_observes() -> None:
    metrics = Metrics()
    stop = threading.Event()

    def observe() -> None:
        number = 0
        while not stop.is_set():
            metrics.requests.of(f"/{number % 10}", "GET").observe(200, 0.01)
            number += 1

    writer = threading.Thread(target=observe)
    writer.start()
    try:
        for _ in range(8):
            for family in read_text(metrics.exposition("")[0].decode()):
                buckets = [sample.value for sample in family.samples if sample.name == f"{NAME}_bucket"]
                size = len(REQUEST_BOUNDS_S) + 1
                for start in range(0, len(buckets), size):
                    assert buckets[start : start + size] == sorted(buckets[start : start + size])
    finally:
        stop.set()
        writer.join()


def test_every_series_has_a_base_unit_and_every_counter_ends_in_total() -> None:
    for family in Metrics(refusal_codes=["sold_out"], fault_kinds=["hang"], works=["bank"]).registry.collect():
        assert family.documentation
        assert not family.name.endswith(("_total", "_count", "_sum", "_bucket", "_milliseconds", "_percent", "_fen"))
        if family.type == "counter":
            assert all(sample.name.endswith("_total") for sample in family.samples), family.name
        if family.name.startswith("shop_"):
            assert family.name.islower()


def test_promtool_has_nothing_to_say() -> None:
    promtool = shutil.which("promtool")
    if promtool is None and not os.environ.get("CI"):
        pytest.skip("promtool is not installed (apt-get install prometheus)")
    assert promtool is not None, "CI needs promtool"
    metrics = Metrics(refusal_codes=["sold_out"], fault_kinds=["hang"], works=["bank"])
    metrics.requests.of("/skus", "GET").observe(200, 0.01)
    text = metrics.exposition("text/plain")[0]
    checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
