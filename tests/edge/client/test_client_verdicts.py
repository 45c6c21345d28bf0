"""What is reported: once a request, to Locust's listeners as they know it, and with the outcome the scenario gave."""

from __future__ import annotations

import time
from typing import Any

import gevent
import pytest
from locust.env import Environment
from locust.exception import CatchResponseError, InterruptTaskSet, LocustError, ResponseError

from loadtests.http.client import Client
from loadtests.http.request_errors import BadStatus, ConnectFailed
from tests.edge.client.conftest import Desk, free_port
from tests.edge.client.misbehaving_server import misbehaving, serves_properly


@pytest.fixture
def client(desk: Desk, aiohttp_url: str) -> Client:
    return desk.client(aiohttp_url)


def test_a_report_holds_what_locusts_listeners_expect_and_the_instants(desk: Desk, aiohttp_url: str) -> None:
    client = desk.client(aiohttp_url)
    before_s, before_at = time.time(), time.monotonic()
    response = client.get("/status/200?x=1", name="/status/{status}", context={"buyer": "C1"})
    (report,) = desk.reports
    assert set(report) == {
        "request_type", "name", "response_time", "response_length", "response", "context", "exception", "start_time",
        "url", "started_at", "finished_at", "outcome",
    }  # fmt: skip
    assert (report["request_type"], report["name"], report["outcome"]) == ("GET", "/status/{status}", "ok")
    assert (report["response"], report["response_length"]) == (response, len("as you wish"))
    assert (report["exception"], report["context"]) == (None, {"buyer": "C1"})
    assert report["url"] == response.url == f"{aiohttp_url}/status/200?x=1"
    assert before_s <= report["start_time"] <= time.time()
    assert before_at <= report["started_at"] <= report["finished_at"] <= time.monotonic()
    assert report["response_time"] == pytest.approx(1000 * response.service_s)


def test_the_users_context_is_merged_as_locust_does(desk: Desk, aiohttp_url: str) -> None:
    class Buyer:
        def context(self) -> dict[str, Any]:
            return {"buyer": "C1", "step": "none"}

    desk.client(aiohttp_url, user=Buyer()).get("/", context={"step": "browse"})
    assert desk.reports[0]["context"] == {"buyer": "C1", "step": "browse"}


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, "ok"), (302, "ok"), (399, "ok"), (400, "failed"), (404, "failed"), (503, "failed")]
)
def test_without_a_verdict_the_status_decides(desk: Desk, client: Client, status: int, outcome: str) -> None:
    response = client.get(f"/status/{status}")
    with client.get(f"/status/{status}", catch_response=True):
        pass
    assert desk.outcomes == [outcome, outcome]
    assert response.ok == (outcome == "ok")
    assert response.error is None
    if outcome == "failed":
        assert repr(desk.reports[0]["exception"]) == repr(BadStatus(status))
        assert str(status) in str(desk.reports[0]["exception"])


def test_a_scenario_may_say_how_it_went(desk: Desk, client: Client) -> None:
    with client.get("/status/404", catch_response=True) as response:
        response.success()
    with client.get("/status/200", catch_response=True) as response:
        response.failure("the cart is empty")
    with client.get("/status/409", catch_response=True) as response:
        response.refuse("sold_out")
    with client.get("/status/200", catch_response=True) as response:
        response.failure("first thought")
        response.success()
    with client.get("/status/200", catch_response=True) as response:
        response.failure(KeyError("order"))
    assert desk.outcomes == ["ok", "failed", "refused", "ok", "failed"]
    exceptions = [report["exception"] for report in desk.reports]
    assert exceptions[0] is exceptions[2] is exceptions[3] is None
    assert isinstance(exceptions[1], CatchResponseError)
    assert str(exceptions[1]) == "the cart is empty"
    assert isinstance(exceptions[4], KeyError)
    assert desk.reports[2]["response"].refusal == "sold_out"


def test_nothing_is_reported_before_the_block_ends_and_thinking_there_costs_no_time(desk: Desk, client: Client) -> None:
    with client.get("/status/200", catch_response=True):
        assert (desk.reports, client.in_flight) == ([], None)
        gevent.sleep(0.2)
    assert desk.reports[0]["response_time"] < 150


@pytest.mark.parametrize("verdict", ["success", "refuse"])
def test_no_verdict_turns_a_request_without_answer_into_a_success(desk: Desk, verdict: str) -> None:
    client = desk.client(f"http://127.0.0.1:{free_port()}")
    with client.get("/", catch_response=True) as response:
        response.success() if verdict == "success" else response.refuse("busy")
    assert desk.outcomes == ["failed"]
    assert type(desk.reports[0]["exception"]) is ConnectFailed


def test_a_check_that_stumbles_is_a_failed_request_and_flies_on(desk: Desk, client: Client) -> None:
    with pytest.raises(KeyError), client.get("/json", catch_response=True) as response:
        response.json()["no such field"]
    with pytest.raises(ValueError), client.get("/status/200", catch_response=True) as response:
        response.json()
    assert desk.outcomes == ["failed", "failed"]
    assert isinstance(desk.reports[0]["exception"], KeyError)


@pytest.mark.parametrize("error", [CatchResponseError, ResponseError])
def test_locusts_own_way_to_fail_a_response_by_raising_works(
    desk: Desk, client: Client, error: type[Exception]
) -> None:
    with client.get("/status/200", catch_response=True):
        raise error("not as promised")
    assert (desk.outcomes, str(desk.reports[0]["exception"])) == (["failed"], "not as promised")


@pytest.mark.parametrize("ending", [InterruptTaskSet, gevent.GreenletExit])
def test_ending_a_task_inside_the_block_says_nothing_about_the_answer(
    desk: Desk, client: Client, ending: type[BaseException]
) -> None:
    with pytest.raises(ending), client.get("/status/200", catch_response=True):
        raise ending
    assert desk.outcomes == ["ok"]


def test_verdicts_belong_in_a_with_block(client: Client) -> None:
    response = client.get("/status/200")
    for give in (response.success, lambda: response.failure("x"), lambda: response.refuse("x"), response.__enter__):
        with pytest.raises(LocustError, match="catch_response=True"):
            give()
    with client.get("/status/200", catch_response=True) as response:
        pass
    with pytest.raises(LocustError):
        response.failure("too late")


def test_locusts_statistics_count_what_happened() -> None:
    environment = Environment()
    environment.create_local_runner()
    with misbehaving(serves_properly) as server:
        client = Client(server.url, request_event=environment.events.request)
        for _ in range(3):
            client.get("/skus/S1", name="/skus/{sku}")
        with client.get("/skus/S1", name="/skus/{sku}", catch_response=True) as response:
            response.failure("no price")
        client.close()
    dead = Client(f"http://127.0.0.1:{free_port()}", request_event=environment.events.request)
    for _ in range(2):
        dead.post("/orders")
    entry = environment.stats.get("/skus/{sku}", "GET")
    assert (entry.num_requests, entry.num_failures, entry.total_content_length) == (4, 1, 8)
    assert environment.stats.get("/orders", "POST").num_failures == 2
    assert sorted((error.name, error.occurrences) for error in environment.stats.errors.values()) == [
        ("/orders", 2),
        ("/skus/{sku}", 1),
    ]
    assert environment.stats.total.num_requests == 6
