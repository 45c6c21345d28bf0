"""Goods from abroad over HTTP: what is shown is what is paid, limits and customs included."""

from __future__ import annotations

import asyncio
import time

import pytest

CUSTOMS = {"customs_latency_s": 0.02, "customs_lost_rate": 0.0, "customs_late_rate": 0.0, "customs_rejected_rate": 0.0}
DEAR = "I0000010"
"""The first luxury of the seeded shop."""


@pytest.fixture
async def shop(open_shop):
    return await open_shop(**CUSTOMS)


async def duty_of(shop, sku):
    return (await shop.anybody.get(f"/skus/{sku}")).body["imported"]["duty_fen"]


async def cheap(shop, at_most_fen=150_000):
    skus = (await shop.anybody.get("/imports?per_page=100")).body["skus"]
    return next(sku for sku in skus if sku["price_fen"] <= at_most_fen)


async def test_imports_are_listed_with_currency_rate_and_duty(shop):
    listed = (await shop.anybody.get("/imports?per_page=5&page=1")).body
    assert (len(listed["skus"]), listed["pages"], listed["total"]) == (5, 3, 12)
    first = listed["skus"][0]
    assert set(first["imported"]) == {
        *("origin", "currency", "price_minor", "rate_micro_yuan", "rated_at", "heading", "duty_fen"),
    }
    shown = (await shop.anybody.get(f"/skus/{first['sku']}")).body
    assert {**first, "free": shown["free"]} == shown
    assert "imported" not in (await shop.anybody.get("/skus/S0000001")).body


async def test_the_tariff_explains_the_duty_shown(shop):
    tariffs = (await shop.anybody.get("/imports/tariffs")).body
    by_heading = {tariff["heading"]: tariff for tariff in tariffs["tariffs"]}
    assert (tariffs["order_limit_fen"], tariffs["yearly_limit_fen"]) == (500_000, 2_600_000)
    for sku in (await shop.anybody.get("/imports?per_page=100")).body["skus"]:
        tariff = by_heading[sku["imported"]["heading"]]
        untaxed = 10_000 - tariff["consumption_bp"]
        share = (tariff["consumption_bp"] + tariff["vat_bp"]) / untaxed * 0.7
        if sku["price_fen"] <= tariffs["order_limit_fen"]:
            assert sku["imported"]["duty_fen"] == pytest.approx(sku["price_fen"] * share, abs=0.51)


async def test_an_order_is_paid_cleared_and_delivered(shop):
    buyer = await shop.customer()
    sku = await cheap(shop)
    order = (await buyer.place(await buyer.line(sku["sku"], 2))).body
    duty_fen = 2 * sku["imported"]["duty_fen"]
    assert order["duty_fen"] == order["lines"][0]["duty_fen"] == duty_fen
    assert order["payable_fen"] == 2 * sku["price_fen"] + duty_fen
    assert order["lines"][0]["imported"] == sku["imported"]
    of_it = f"/declarations?order={order['order']}"
    assert (await buyer.get(of_it)).body == {"declarations": []}
    await buyer.pay(order)
    await buyer.until(f"/orders/{order['order']}", state="delivered")
    (declaration,) = (await buyer.get(of_it)).body["declarations"]
    assert declaration["state"] == "cleared"
    assert (declaration["value_fen"], declaration["duty_fen"]) == (2 * sku["price_fen"], duty_fen)
    assert [state for state, _ in declaration["history"]] == ["drafted", "declared", "cleared"]
    other = await shop.customer(2)
    refused = await other.get(of_it)
    assert (refused.status, refused.code) == (404, "unknown_order")
    assert shop.metric("shop_declarations_total", state="cleared") == 1
    assert shop.metric("shop_duty_yuan_total") == pytest.approx(duty_fen / 100)
    assert shop.metric("shop_clearance_seconds_count") == 1
    assert await shop.violations() == []


async def test_a_rejected_order_is_refunded(open_shop):
    shop = await open_shop(**{**CUSTOMS, "customs_rejected_rate": 1.0})
    buyer = await shop.customer()
    order = (await buyer.place(await buyer.line((await cheap(shop))["sku"]))).body
    payment = (await buyer.pay(order)).body
    await buyer.until(f"/payments/{payment['payment']}", state="refunded")
    assert (await buyer.get(f"/orders/{order['order']}")).body["state"] == "refunded"
    (declaration,) = (await buyer.get(f"/declarations?order={order['order']}")).body["declarations"]
    assert (declaration["state"], bool(declaration["reason"])) == ("rejected", True)
    assert (await buyer.get("/imports/allowance")).body["spent_fen"] == 0
    assert await shop.violations() == []
    systems = (await shop.operator.get("/exports/audit")).body["systems"]
    (system,) = [system for system in systems if system["system"] == "cross-border"]
    assert system["figures"]["rejected_and_refunded_declarations"] == 1


async def test_a_refund_before_the_verdict_withdraws_the_declaration(open_shop):
    shop = await open_shop(**{**CUSTOMS, "customs_latency_s": 30.0})
    buyer = await shop.customer()
    order = (await buyer.place(await buyer.line((await cheap(shop))["sku"]))).body
    await buyer.pay(order)
    await shop.until_counted("shop_declarations_total", state="declared")
    asked = await buyer.post(f"/orders/{order['order']}/refunds", Idempotency_Key=buyer.key())
    assert asked.status == 202
    await shop.until_counted("shop_declarations_total", state="withdrawn")
    await shop.until_counted("shop_payments_total", outcome="refunded")
    assert (await shop.operator.get("/exports/pending")).body["systems"]["declarations"] == 0
    assert await shop.violations() == []


async def test_lost_words_of_customs_are_asked_for(open_shop):
    shop = await open_shop(**{**CUSTOMS, "customs_lost_rate": 1.0, "customs_inquire_after_s": 0.1})
    buyer = await shop.customer()
    order = (await buyer.place(await buyer.line((await cheap(shop))["sku"]))).body
    await buyer.pay(order)
    await buyer.until(f"/orders/{order['order']}", state="delivered")


async def test_customs_callbacks_may_be_hurt_by_a_fault_plan(shop):
    plan = {"kind": "lost_callback", "route": "/declarations", "lasts_s": 60.0}
    assert (await shop.operator.post("/fault-plans", plan)).status == 201
    buyer = await shop.customer()
    order = (await buyer.place(await buyer.line((await cheap(shop))["sku"]))).body
    await buyer.pay(order)
    await shop.until_counted("shop_faults_injected_total", kind="lost_callback")
    (declaration,) = (await buyer.get(f"/declarations?order={order['order']}")).body["declarations"]
    assert declaration["state"] == "declared"
    pending = (await shop.operator.get("/exports/pending")).body
    assert pending["systems"]["declarations"] == 1
    assert await shop.violations() == [], "an order at customs is excused its parcels"


@pytest.mark.parametrize(
    ("skus", "code"),
    [
        ([("S0000001", 1), (DEAR, 1)], "mixed_origins"),
        ([(DEAR, 2)], "order_limit"),
        ([("I0000001", 99)], "order_limit"),
    ],
    ids=["mixed", "two dear ones", "many"],
)
async def test_what_customs_would_not_let_in_is_refused(shop, skus, code):
    buyer = await shop.customer()
    lines = [await buyer.line(sku, quantity) for sku, quantity in skus]
    refused, quoted = await buyer.place(*lines), await buyer.post("/quotes", {"lines": lines})
    assert (refused.status, refused.code) == (quoted.status, quoted.code) == (409, code)
    paths = (await shop.anybody.get("/openapi.json")).body["paths"]
    assert all(code in paths[path]["post"]["responses"]["409"]["description"] for path in ("/orders", "/quotes"))


async def test_however_many_order_at_once_the_year_holds(shop):
    buyer = await shop.customer()
    line = await buyer.line(DEAR)
    assert line["unit_price_fen"] > 300_000
    answers = await asyncio.gather(*(buyer.place(line) for _ in range(30)))
    placed = [answer for answer in answers if answer.status == 201]
    assert {answer.code for answer in answers if answer.status != 201} == {"yearly_limit"}
    assert len(placed) == 2_600_000 // line["unit_price_fen"]
    spent_fen = len(placed) * line["unit_price_fen"]
    told = (await buyer.get("/imports/allowance")).body
    assert (told["spent_fen"], told["left_fen"]) == (spent_fen, 2_600_000 - spent_fen)
    await buyer.post(f"/orders/{placed[0].body['order']}/cancellations")
    assert (await buyer.place(line)).status == 201
    assert await shop.violations() == []


async def test_a_new_rate_is_a_new_price(shop):
    buyer = await shop.customer()
    sku = await cheap(shop)
    currency = sku["imported"]["currency"]
    old = await buyer.line(sku["sku"])
    rates = {rate["currency"]: rate for rate in (await shop.anybody.get("/exchange-rates")).body["rates"]}
    asked = {"currency": currency, "micro_yuan": rates[currency]["micro_yuan"] * 2}
    given = await shop.operator.post("/exchange-rates", asked)
    assert given.status == 201
    refused = await buyer.place(old)
    assert (refused.status, refused.code) == (409, "price_changed")
    shown = (await shop.anybody.get(f"/skus/{sku['sku']}")).body
    assert shown["price_fen"] == pytest.approx(2 * sku["price_fen"], abs=1)
    assert shown["imported"]["rated_at"] == given.body["dated_at"]
    rates_now = {rate["currency"]: rate for rate in (await shop.anybody.get("/exchange-rates")).body["rates"]}
    assert rates_now == {**rates, currency: given.body}


async def test_a_quote_tells_the_duty_and_holds_until_the_rate_moves(shop):
    buyer = await shop.customer()
    sku = await cheap(shop)
    lines = [await buyer.line(sku["sku"], 2)]
    quoted = (await buyer.post("/quotes", {"lines": lines})).body
    assert quoted["payable_fen"] == 2 * (sku["price_fen"] + sku["imported"]["duty_fen"])
    asked = {"lines": lines, "payable_fen": quoted["payable_fen"]}
    order = await buyer.post("/orders", asked, Idempotency_Key=buyer.key())
    assert (order.status, order.body["payable_fen"]) == (201, quoted["payable_fen"])
    without_duty = {"lines": lines, "payable_fen": 2 * sku["price_fen"]}
    refused = await buyer.post("/orders", without_duty, Idempotency_Key=buyer.key())
    assert (refused.status, refused.code) == (409, "price_changed")


async def test_a_cart_with_goods_from_abroad_tells_what_they_come_to_with_their_duty(shop):
    buyer, sku = await shop.customer(), await cheap(shop)
    for line in (await buyer.get("/carts/mine")).body["lines"]:
        await buyer.ask("DELETE", f"/carts/mine/lines/{line['sku']}")
    cart = (await buyer.ask("PUT", f"/carts/mine/lines/{sku['sku']}", {"quantity": 2})).body
    (line,) = cart["lines"]
    assert line["duty_fen"] == 2 * sku["imported"]["duty_fen"]
    placed = await buyer.place(await buyer.line(sku["sku"], 2))
    assert placed.body["payable_fen"] == cart["total_fen"] == 2 * sku["price_fen"] + line["duty_fen"]


async def test_goods_from_abroad_are_put_into_no_sale(shop):
    now = time.time()
    sale = {"sku": DEAR, "price_fen": 100, "allotment": 1, "limit_per_buyer": 1, "opens_at": now, "closes_at": now + 9}
    refused = await shop.operator.post("/flash-sales", sale)
    assert (refused.status, refused.code) == (400, "malformed_request")
    presale = {
        "sku": DEAR,
        "price_fen": 100,
        "deposit_fen": 10,
        "allotment": 1,
        "limit_per_buyer": 1,
        "deposit_opens_at": now,
        "deposit_closes_at": now + 1,
        "refundable_until": now + 1,
        "balance_opens_at": now + 1,
        "balance_closes_at": now + 9,
    }
    refused = await shop.operator.post("/presales", presale)
    assert (refused.status, refused.code) == (400, "malformed_request")
    assert "abroad" in refused.body["error"]["message"]


async def test_a_rate_dated_ahead_takes_hold_by_itself(shop):
    sku = await cheap(shop)
    asked = {"currency": sku["imported"]["currency"], "micro_yuan": 9_000_000, "dated_at": time.time() + 0.2}
    assert (await shop.operator.post("/exchange-rates", asked)).status == 201
    assert (await shop.anybody.get(f"/skus/{sku['sku']}")).body == {**sku, "free": pytest.approx(5_000, abs=10**6)}
    ends_at = time.monotonic() + 5
    while (await cheap_now(shop, sku))["imported"]["rate_micro_yuan"] != 9_000_000:
        assert time.monotonic() < ends_at
        await asyncio.sleep(0.02)


async def cheap_now(shop, sku):
    return (await shop.anybody.get(f"/skus/{sku['sku']}")).body


@pytest.mark.parametrize(
    "asked",
    [
        {"currency": "CNY", "micro_yuan": 1_000_000},
        {"currency": "USD", "micro_yuan": 0},
        {"currency": "USD", "micro_yuan": 6_600_000, "dated_at": 1.0},
        {"currency": "USD", "micro_yuan": 6.6},
        {"currency": "USD", "micro_yuan": 6_600_000, "note": "?"},
    ],
    ids=str,
)
async def test_a_rate_that_cannot_be_meant_is_refused(shop, asked):
    refused = await shop.operator.post("/exchange-rates", asked)
    assert (refused.status, refused.code) == (400, "malformed_request")


async def test_rates_are_given_by_operators_alone(shop):
    buyer = await shop.customer()
    assert (await buyer.post("/exchange-rates", {"currency": "USD", "micro_yuan": 6_600_000})).status == 403
    assert (await shop.anybody.get("/declarations?order=O1")).status == 401
    assert (await shop.anybody.get("/imports/allowance")).status == 401
