"""Faults: each hurts real requests while it lasts, nothing else, and leaves the books whole."""

from __future__ import annotations

import asyncio
import random
import time

import aiohttp
import pytest
from aiohttp import web

from mock_platform.app import METRICS, make_app
from mock_platform.faults.injector import ACTIVE_MAX, Injector, TooManyFaults
from mock_platform.faults.registry import KINDS, FaultPlanError, read_plan
from tests.mock_platform.api.conftest import ADMIN_TOKEN, small_settings


async def hurt(shop, **plan):
    added = await shop.operator.post("/fault-plans", plan)
    assert added.status == 201, added.body
    return added.body


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_a_plan_with_its_defaults(kind: str) -> None:
    plan = read_plan({"kind": kind})
    assert (plan.route, plan.lasts_s, plan.share) == ("/", 30.0, 1.0)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ({"kind": "latncy"}, "'latncy' is not a kind of fault; did you mean latency?"),
        ({}, "None is not a kind of fault; there are latency, "),
        ([], "A fault plan is an object with a kind."),
        ({"kind": ["latency"]}, "['latency'] is not a kind of fault"),
        ({"kind": "latency", "delay_s": -1}, "latency: Expected `float` >= 0.0 - at `$.delay_s`."),
        ({"kind": "latency", "delay_s": "1s"}, "latency: Expected `float`, got `str` - at `$.delay_s`."),
        ({"kind": "latency", "delays": 1}, "latency: Object contains unknown field `delays`."),
        ({"kind": "latency", "lasts_s": 0}, "latency: Expected `float` > 0.0 - at `$.lasts_s`."),
        ({"kind": "latency", "lasts_s": 3601}, "latency: Expected `float` <= 3600.0 - at `$.lasts_s`."),
        ({"kind": "hang", "share": 0}, "hang: Expected `float` > 0.0 - at `$.share`."),
        ({"kind": "refusal", "status": 200}, "refusal: Expected `int` >= 400 - at `$.status`."),
        ({"kind": "refusal", "route": "payments"}, "refusal: Expected `str` matching regex '^/' - at `$.route`."),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_one_sentence(written: object, says: str) -> None:
    with pytest.raises(FaultPlanError) as caught:
        read_plan(written)
    assert str(caught.value).startswith(says)


@pytest.mark.parametrize(
    "plan", [{"kind": "x"}, {"kind": "hang", "route": "/nowhere"}, {"kind": "hang", "lasts_s": -1}]
)
async def test_the_shop_refuses_such_a_plan(shop, plan):
    refused = await shop.operator.post("/fault-plans", plan)
    assert (refused.status, refused.code) == (400, "malformed_request")
    assert (await shop.operator.get("/fault-plans")).body == {"faults": []}


async def test_a_callback_cannot_be_lost_where_no_partner_calls(shop):
    refused = await shop.operator.post("/fault-plans", {"kind": "lost_callback", "route": "/skus"})
    assert (refused.status, refused.code) == (400, "malformed_request")


async def test_plans_are_listed_lifted_and_expire(shop):
    fault = await hurt(shop, kind="latency", route="/skus", lasts_s=30, delay_s=0.0)
    assert set(fault) == {"fault", "kind", "route", "expires_at", "parameters"}
    assert fault["expires_at"] == pytest.approx(time.time() + 30, abs=5)
    assert fault["parameters"] == {"share": 1.0, "delay_s": 0.0, "jitter_s": 0.0}
    brief = await hurt(shop, kind="refusal", route="/skus", lasts_s=0.1)
    assert (await shop.operator.get("/fault-plans")).body["faults"] == [fault, brief]
    assert (await shop.anybody.get("/skus")).status == 503
    await asyncio.sleep(0.12)
    assert (await shop.anybody.get("/skus")).status == 200
    lifted = await shop.operator.ask("DELETE", f"/fault-plans/{fault['fault']}")
    assert (lifted.status, lifted.body) == (200, {"faults": []})
    again = await shop.operator.ask("DELETE", f"/fault-plans/{fault['fault']}")
    assert (again.status, again.code) == (404, "not_found")


def test_the_number_of_plans_is_bounded_and_the_expired_make_room() -> None:
    now = [0.0]
    injector = Injector(clock=lambda: now[0], rng=random.Random(1))
    for _ in range(ACTIVE_MAX):
        injector.add(read_plan({"kind": "latency", "lasts_s": 10}))
    with pytest.raises(TooManyFaults):
        injector.add(read_plan({"kind": "latency"}))
    now[0] = 10.0
    injector.add(read_plan({"kind": "latency"}))
    assert len(injector.current()) == 1


async def test_operators_are_never_hurt(shop):
    await hurt(shop, kind="refusal", route="/")
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json"):
        assert (await shop.anybody.get(path)).status == 200
    for path in ("/fault-plans", "/exports/pending", "/exports/audit", "/exports/snapshot"):
        assert (await shop.operator.get(path)).status == 200
    assert (await shop.anybody.get("/skus")).status == 503


async def test_latency_delays_its_route_and_no_other(shop):
    await hurt(shop, kind="latency", route="/merchants", delay_s=0.15, jitter_s=0.05)
    started = time.monotonic()
    assert (await shop.anybody.get("/merchants/M0001")).status == 200
    assert time.monotonic() - started >= 0.15
    started = time.monotonic()
    assert (await shop.anybody.get("/skus")).status == 200
    assert time.monotonic() - started < 0.15
    assert shop.metric("shop_faults_injected_total", kind="latency") == 1


async def test_refusal_answers_its_status_and_nothing_was_done(shop):
    buyer = await shop.customer()
    line = await buyer.line()
    await hurt(shop, kind="refusal", route="/orders", status=502, lasts_s=0.3)
    refused = await buyer.place(line, key="test/1")
    assert (refused.status, refused.code) == (502, "injected_fault")
    await asyncio.sleep(0.3)
    assert "Idempotency-Replayed" not in (await buyer.place(line, key="test/1")).headers


async def test_a_share_of_requests_is_hurt(shop):
    await hurt(shop, kind="refusal", route="/skus", share=0.3)
    statuses = [(await shop.anybody.get("/skus/S0000001")).status for _ in range(300)]
    assert 50 < statuses.count(503) < 140


async def test_a_hang_holds_requests_until_it_is_over(shop):
    await hurt(shop, kind="hang", route="/skus", lasts_s=0.3)
    started = time.monotonic()
    answers = await asyncio.gather(*(shop.anybody.get("/skus") for _ in range(5)))
    assert {each.status for each in answers} == {200}
    assert 0.2 < time.monotonic() - started < 2.0


@pytest.mark.parametrize(("when", "placed"), [("before", 0), ("after", 1)])
async def test_a_disconnect_cuts_the_line_before_the_work_or_after_it(shop, when, placed):
    buyer = await shop.customer()
    line = await buyer.line()
    fault = await hurt(shop, kind="disconnect", route="/orders", when=when)
    with pytest.raises(aiohttp.ClientError):
        await buyer.place(line, key="test/1")
    await shop.operator.ask("DELETE", f"/fault-plans/{fault['fault']}")
    assert (await buyer.get("/orders")).body["total"] == placed
    again = await buyer.place(line, key="test/1")
    assert ("Idempotency-Replayed" in again.headers) == bool(placed)
    assert (await buyer.get("/orders")).body["total"] == 1
    assert await shop.violations() == []


async def test_a_slow_body_drips_but_arrives_whole(shop):
    whole = (await shop.anybody.get("/skus")).body
    await hurt(shop, kind="slow_body", route="/skus", takes_s=0.3)
    started = time.monotonic()
    async with shop.client.get("/skus") as answer:
        headed_s = time.monotonic() - started
        assert await answer.json() == whole
        assert "X-Request-Id" in answer.headers
    assert headed_s < 0.2 < 0.3 <= time.monotonic() - started


async def test_a_slow_answer_to_head_has_no_body_that_the_next_answer_would_begin_with(shop):
    await hurt(shop, kind="slow_body", route="/skus", takes_s=0.05)
    url = shop.client.make_url("/")
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(
        b"HEAD /skus HTTP/1.1\r\nHost: shop\r\n\r\nGET /healthz HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"
    )
    answers = await asyncio.wait_for(reader.read(), timeout=5)
    writer.close()
    _, after_head = answers.split(b"\r\n\r\n", 1)
    assert after_head.startswith(b"HTTP/1.1 200 OK")


async def test_a_buyer_who_hangs_up_on_a_slow_body_is_no_failure_of_the_shop(caplog):
    app = await make_app(small_settings())
    runner = web.AppRunner(app, access_log=None)  # as it is served: who hangs up does not cancel the work
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as session:
        plan = {"kind": "slow_body", "route": "/skus", "takes_s": 0.3}
        await session.post("/fault-plans", json=plan, headers={"Authorization": f"Bearer {ADMIN_TOKEN}"})
        async with session.get("/skus") as answer:
            answer.close()
        await asyncio.sleep(0.4)
    await runner.cleanup()
    assert app[METRICS].in_flight == 0
    assert app[METRICS].refused.counts["internal"] == 0
    assert caplog.records == []


async def test_two_faults_on_one_route_nest(shop):
    await hurt(shop, kind="latency", route="/skus", delay_s=0.15)
    await hurt(shop, kind="refusal", route="/skus", status=500)
    started = time.monotonic()
    assert (await shop.anybody.get("/skus")).status == 500
    assert time.monotonic() - started >= 0.15


async def test_a_lost_callback_is_asked_about(shop):
    await hurt(shop, kind="lost_callback", route="/payments")
    buyer = await shop.customer()
    order = (await buyer.place()).body
    payment = (await buyer.pay(order)).body["payment"]
    await asyncio.sleep(0.1)
    assert (await buyer.get(f"/payments/{payment}")).body["state"] == "pending"
    await buyer.until(f"/payments/{payment}", state="posted")
    assert shop.metric("shop_faults_injected_total", kind="lost_callback") == 1
    assert await shop.violations() == []


async def test_a_parcel_whose_callbacks_were_lost_arrives_all_the_same(open_shop):
    shop = await open_shop(chase_after_s=0.2)
    fault = await hurt(shop, kind="lost_callback", route="/shipments")
    buyer = await shop.customer()
    order = (await buyer.place()).body
    await buyer.pay(order)
    await buyer.until(f"/orders/{order['order']}", state="paid")
    await shop.until_counted("shop_faults_injected_total", kind="lost_callback")
    await shop.operator.ask("DELETE", f"/fault-plans/{fault['fault']}")
    await buyer.until(f"/orders/{order['order']}", state="delivered")
    assert await shop.violations() == []


async def test_a_doubled_callback_pays_once(shop):
    await hurt(shop, kind="doubled_callback", times=5)
    buyer = await shop.customer()
    order = (await buyer.place()).body
    await buyer.pay(order)
    await buyer.until(f"/orders/{order['order']}", state="delivered")
    assert shop.metric("shop_gmv_yuan_total") == pytest.approx(order["payable_fen"] / 100)
    assert shop.metric("shop_payments_total", outcome="posted") == 1
    assert await shop.violations() == []


def test_two_shops_of_one_seed_hurt_the_same_callbacks() -> None:
    def struck(seed: int) -> list[int]:
        injector = Injector(clock=lambda: 0.0, rng=random.Random(seed))
        injector.add(read_plan({"kind": "lost_callback", "share": 0.5}))
        return [injector.deliveries("/payments", 1) for _ in range(50)]

    assert struck(1) == struck(1) != struck(2)
