"""Access: who may call, request ids, rehearsal tags, time limits, and what is measured of every request."""

from __future__ import annotations

import asyncio
import time

import jwt
import pytest

from mock_platform.api.sessions import REMEMBERED_MAX, Sessions
from mock_platform.domain.errors import Unauthenticated

SECRET = "a secret of at least thirty-two bytes"
CUSTOMERS_ONLY = [
    *(("GET", "/customers/me"), ("GET", "/carts/mine"), ("PUT", "/carts/mine/lines/S0000001")),
    *(("DELETE", "/carts/mine/lines/S0000001"), ("POST", "/orders"), ("GET", "/orders"), ("GET", "/orders/O1")),
    *(("POST", "/orders/O1/cancellations"), ("POST", "/orders/O1/refunds"), ("POST", "/payments")),
    *(("GET", "/payments/P1"), ("GET", "/shipments?order=O1")),
]
OPERATORS_ONLY = [
    *(("POST", "/flash-sales"), ("POST", "/fault-plans"), ("GET", "/fault-plans"), ("DELETE", "/fault-plans/F0001")),
    *(("GET", "/exports/snapshot"), ("GET", "/exports/audit"), ("GET", "/exports/pending")),
]


@pytest.mark.parametrize(("method", "path"), CUSTOMERS_ONLY)
@pytest.mark.parametrize("authorization", [None, "Bearer nonsense", "Basic QzE6eA==", "Bearer "])
async def test_without_a_session_of_ours_nothing_personal_is_served(shop, method, path, authorization):
    headers = {} if authorization is None else {"Authorization": authorization}
    refused = await shop.anybody.ask(method, path, Idempotency_Key="test/1", **headers)
    assert (refused.status, refused.code) == (401, "unauthenticated")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path"), OPERATORS_ONLY)
async def test_operators_routes_need_the_admin_token(shop, method, path):
    refused = await shop.anybody.ask(method, path)
    assert (refused.status, refused.code) == (401, "unauthenticated")
    for authorization in ("Bearer guessed", "Bearer clé", "the operators' own token"):
        refused = await shop.anybody.ask(method, path, Authorization=authorization)
        assert (refused.status, refused.code) == (403, "forbidden")
    refused = await (await shop.customer()).ask(method, path)
    assert (refused.status, refused.code) == (403, "forbidden")


async def test_the_admin_token_is_no_session(shop):
    refused = await shop.operator.get("/orders")
    assert (refused.status, refused.code) == (401, "unauthenticated")


def test_a_token_signed_by_somebody_else_is_refused() -> None:
    now = time.time()
    sessions = Sessions(SECRET, lasts_s=60, clock=lambda: now)
    forged = jwt.encode({"sub": "C0000001", "exp": int(now) + 60}, "x" * 32, algorithm="HS256")
    unsigned = jwt.encode({"sub": "C0000001", "exp": int(now) + 60}, None, algorithm="none")
    endless = jwt.encode({"sub": "C0000001"}, SECRET, algorithm="HS256")
    for token in (forged, unsigned, endless):
        with pytest.raises(Unauthenticated):
            sessions.customer(f"Bearer {token}")


def test_a_token_of_the_same_secret_is_good_in_another_process() -> None:
    token, expires_at = Sessions(SECRET, lasts_s=60, clock=lambda: 1_000.0).issue("C0000001")
    assert expires_at == 1_060
    assert Sessions(SECRET, lasts_s=60, clock=lambda: 1_000.0).customer(f"Bearer {token}") == "C0000001"


@pytest.mark.parametrize("remembered", [True, False])
def test_a_session_expires_whether_remembered_or_not(remembered: bool) -> None:
    now = [1_000.0]
    sessions = Sessions(SECRET, lasts_s=60, clock=lambda: now[0])
    token, _ = sessions.issue("C0000001")
    if not remembered:
        sessions = Sessions(SECRET, lasts_s=60, clock=lambda: now[0])
    assert sessions.customer(f"Bearer {token}") == "C0000001"
    now[0] = 1_060.0
    with pytest.raises(Unauthenticated, match="expired"):
        sessions.customer(f"Bearer {token}")


def test_remembered_sessions_are_bounded_and_the_forgotten_still_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_platform.api.sessions.REMEMBERED_MAX", 3)
    assert REMEMBERED_MAX > 10_000
    sessions = Sessions(SECRET, lasts_s=60, clock=lambda: 1_000.0)
    tokens = [sessions.issue(f"C{number}")[0] for number in range(10)]
    assert len(sessions._remembered) == 3
    assert sessions.customer(f"Bearer {tokens[0]}") == "C0"


async def test_every_answer_carries_a_request_id_and_a_callers_own_is_kept(shop):
    first, second = await shop.anybody.get("/healthz"), await shop.anybody.get("/nowhere")
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]
    kept = await shop.anybody.get("/skus", X_Request_Id="trace-42.a")
    assert kept.headers["X-Request-Id"] == "trace-42.a"
    for odd in ("x" * 65, "a b", "<script>"):
        replaced = await shop.anybody.get("/skus", X_Request_Id=odd)
        assert replaced.headers["X-Request-Id"] != odd


async def test_rehearsal_traffic_is_told_from_customers(shop):
    await shop.anybody.get("/skus")
    await shop.anybody.get("/skus", X_Zerohour_Run="20261111-freeze")
    assert shop.metric("shop_http_requests_total", traffic="customers") == 1
    assert shop.metric("shop_http_requests_total", traffic="rehearsal") == 1


async def test_a_request_is_measured_by_its_template_never_its_path(shop):
    for number in range(1, 6):
        await shop.anybody.get(f"/skus/S000000{number}")
    for odd in ("/a", "/b?c", "/skus/x/y/z", "/%2e%2e/etc"):
        await shop.anybody.get(odd)
    name = "shop_http_request_duration_seconds_count"
    assert shop.metric(name, route="/skus/{sku}", method="GET", status="200") == 5
    assert shop.metric(name, route="unmatched", method="GET", status="404") == 4
    families = {family.name: family for family in shop.metrics.registry.collect()}
    routes = {each.labels["route"] for each in families["shop_http_request_duration_seconds"].samples}
    assert routes == {"/skus/{sku}", "unmatched"}


async def test_an_odd_method_does_not_become_a_label_of_its_own(shop):
    await shop.anybody.ask("PROPFIND", "/skus")
    name = "shop_http_request_duration_seconds_count"
    assert shop.metric(name, route="unmatched", method="other", status="405") == 1


async def test_requests_in_flight_are_counted_and_go_back_to_zero(shop):
    await shop.operator.post("/fault-plans", {"kind": "latency", "route": "/skus", "delay_s": 0.2})
    asked = [asyncio.create_task(shop.anybody.get("/skus")) for _ in range(5)]
    await asyncio.sleep(0.1)
    assert shop.metric("shop_http_requests_in_flight") == 5
    await asyncio.gather(*asked)
    assert shop.metric("shop_http_requests_in_flight") == 0


async def test_a_get_route_answers_head_without_a_body(shop):
    answer = await shop.anybody.ask("HEAD", "/skus/S0000001")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 0
