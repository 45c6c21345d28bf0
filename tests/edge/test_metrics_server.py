"""A run's own port for Prometheus: readable, nothing else, and the last second is fetched before it closes."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import gevent
import pytest
import requests

from loadtests.live.load_metrics import LoadMetrics
from loadtests.live.metrics_server import LAST_SCRAPE_S, MetricsServer
from loadtests.live.server import PortTaken
from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import Profile
from loadtests.record.books import Account
from loadtests.record.second import Second

PROFILE = Profile("p", (Stage("steady", 10, 1, 1),))


def a_second(number: int) -> Second:
    return Second(number, arrivals={"steady": Account(offered=7)})


@pytest.fixture
def server() -> Iterator[MetricsServer]:
    opened = MetricsServer(LoadMetrics(PROFILE, "run-1"))
    opened.open()
    try:
        yield opened
    finally:
        opened.close()


def test_prometheus_reads_the_run_and_a_page_is_not_there(server: MetricsServer) -> None:
    server.second(a_second(0), [])
    answer = requests.get(server.url, headers={"Accept": "application/openmetrics-text;version=1.0.0"}, timeout=5)
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert 'load_arrivals_total{phase="steady",state="offered"} 7.0' in answer.text
    assert requests.get(server.url.replace("metrics", "swarm"), timeout=5).status_code == 404
    assert requests.post(server.url, timeout=5).status_code == 404


def test_a_web_page_that_points_a_name_at_this_machine_reads_nothing(server: MetricsServer) -> None:
    assert requests.get(server.url, headers={"Host": "evil.example"}, timeout=5).status_code == 403


def test_another_machine_may_read_where_the_run_was_told_to_listen_for_it() -> None:
    server = MetricsServer(LoadMetrics(PROFILE, "run-1"), host="0.0.0.0")
    server.open()
    try:
        answer = requests.get(server.url.replace("0.0.0.0", "127.0.0.1"), headers={"Host": "load:9646"}, timeout=5)
        assert answer.status_code == 200
    finally:
        server.close()


def test_a_port_in_use_is_said_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PortTaken, match="metrics-port"):
        MetricsServer(LoadMetrics(PROFILE, "run-1"), port=taken.getsockname()[1])


def test_the_end_waits_until_who_scraped_before_has_the_last_second(server: MetricsServer) -> None:
    requests.get(server.url, timeout=5)
    server.second(a_second(0), [])
    seen: list[str] = []
    gevent.spawn_later(0.4, lambda: seen.append(requests.get(server.url, timeout=5).text))
    began_at = time.monotonic()
    server.close()
    assert 0.3 < time.monotonic() - began_at < LAST_SCRAPE_S
    gevent.sleep(0.1)
    assert 'state="offered"} 7.0' in seen[0]


def test_the_end_waits_for_nobody_who_never_came(server: MetricsServer) -> None:
    server.second(a_second(0), [])
    began_at = time.monotonic()
    server.close()
    assert time.monotonic() - began_at < 0.3
