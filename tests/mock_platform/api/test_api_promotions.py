"""/promotions, /coupon-campaigns, /coupons and /quotes over HTTP: from setting up to an order that costs less."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest


def window(**changes: Any) -> dict[str, Any]:
    now = time.time()
    return {"title": "festival", "starts_at": now - 1, "ends_at": now + 60, **changes}


def campaign(**changes: Any) -> dict[str, Any]:
    asked = {"face_fen": 100, "minimum_spend_fen": 101, "coupons": 100, "budget_fen": 10_000}
    return {**window(), **asked, "claims_open_at": time.time() - 1, **changes}


async def opened(shop: Any, **changes: Any) -> str:
    answer = await shop.operator.post("/coupon-campaigns", campaign(**changes))
    assert answer.status == 201, answer.body
    return str(answer.body["campaign"]["campaign"])


async def claimed(buyer: Any, name: str) -> str:
    answer = await buyer.post("/coupons/claims", {"campaign": name}, Idempotency_Key=buyer.key())
    assert answer.status == 201, answer.body
    return str(answer.body["coupon"])


async def order(buyer: Any, lines: list[dict[str, Any]], *coupons: str, key: str = "", **more: Any) -> Any:
    asked = {"lines": lines, "coupons": coupons, **more}
    return await buyer.post("/orders", asked, Idempotency_Key=key or buyer.key())


async def test_nothing_is_cheaper_until_an_operator_says_so(shop):
    buyer = await shop.customer()
    assert (await shop.anybody.get("/promotions")).body == {"promotions": []}
    assert (await shop.anybody.get("/coupon-campaigns")).body == {"campaigns": []}
    line = await buyer.line()
    quote = (await buyer.post("/quotes", {"lines": [line]})).body
    assert (quote["discount_fen"], quote["payable_fen"], quote["discounts"]) == (0, line["unit_price_fen"], [])


async def test_what_was_quoted_is_what_is_paid(shop):
    buyer = await shop.customer()
    lines = [await buyer.line(quantity=2), await buyer.line("S0000005"), await buyer.line("S0000009")]
    full_fen = sum(line["quantity"] * line["unit_price_fen"] for line in lines)
    every_fen = full_fen // 2
    kinds = [
        {"kind": "cross_shop", "every_fen": every_fen, "saves_fen": every_fen // 10, "times_at_most": 3},
        {"kind": "item", "skus": ["S0000005"], "percent_off": 1},
    ]
    for kind in kinds:
        answer = await shop.operator.post("/promotions", {**window(), **kind})
        assert answer.status == 201, answer.body
    assert {each["kind"] for each in (await shop.anybody.get("/promotions")).body["promotions"]} == {
        "cross_shop",
        "item",
    }
    coupon = await claimed(buyer, await opened(shop))
    quote = (await buyer.post("/quotes", {"lines": lines, "coupons": [coupon]})).body
    assert [each["kind"] for each in quote["discounts"]] == ["item", "cross_shop", "platform_coupon"]
    assert (
        quote["payable_fen"] == full_fen - quote["discount_fen"] == sum(each["payable_fen"] for each in quote["lines"])
    )
    assert (await order(buyer, lines, coupon, payable_fen=quote["payable_fen"] + 1)).code == "price_changed"
    answer = await order(buyer, lines, coupon, payable_fen=quote["payable_fen"])
    assert answer.status == 201, answer.body
    placed = answer.body
    assert placed["payable_fen"] == quote["payable_fen"]
    assert placed["coupons"] == [coupon]
    assert [each["discount_fen"] for each in placed["lines"]] == [each["discount_fen"] for each in quote["lines"]]
    assert (await buyer.pay(placed)).status == 202
    await buyer.until(f"/orders/{placed['order']}", state="delivered")
    assert [each["used_by"] for each in (await buyer.get("/coupons/mine")).body["coupons"]] == [placed["order"]]
    assert await shop.violations() == []
    assert shop.metric("shop_coupons", state="used") == 1
    assert shop.metric("shop_discounts_yuan_total", kind="platform_coupon") == 1
    assert shop.metric("shop_coupon_budgets_yuan", state="left") == 99


async def test_two_requests_at_once_with_two_keys_use_a_coupon_once(shop):
    name = await opened(shop)
    for number in range(1, 6):
        buyer = await shop.customer(number)
        coupon = await claimed(buyer, name)
        lines = [await buyer.line("S0000007")]
        answers = await asyncio.gather(order(buyer, lines, coupon), order(buyer, lines, coupon))
        assert sorted(answer.status for answer in answers) == [201, 409]
        assert [answer.code for answer in answers if answer.status == 409] == ["coupon_used"]
    assert await shop.violations() == []


async def test_a_cancelled_order_gives_its_coupon_back(shop):
    buyer = await shop.customer()
    coupon = await claimed(buyer, await opened(shop, budget_fen=101))
    lines = [await buyer.line()]
    first = (await order(buyer, lines, coupon)).body["order"]
    assert (await buyer.post(f"/orders/{first}/cancellations")).status == 200
    assert (await buyer.get("/coupons/mine")).body["coupons"][0]["used_by"] is None
    assert (await order(buyer, lines, coupon)).status == 201
    assert await shop.violations() == []
    assert shop.metric("shop_coupons_given_back_total") == 1


async def test_claims_are_keyed_and_limited(shop):
    buyer = await shop.customer()
    name = await opened(shop, coupons=1)
    first = await buyer.post("/coupons/claims", {"campaign": name}, Idempotency_Key="one")
    again = await buyer.post("/coupons/claims", {"campaign": name}, Idempotency_Key="one")
    assert (again.body, again.headers["Idempotency-Replayed"]) == (first.body, "true")
    assert (await buyer.post("/coupons/claims", {"campaign": name})).code == "idempotency_key_missing"
    assert (await buyer.post("/coupons/claims", {"campaign": name}, Idempotency_Key="two")).code == "limit_per_buyer"
    other = await shop.customer(2)
    assert (await other.post("/coupons/claims", {"campaign": name}, Idempotency_Key="one")).code == "sold_out"
    assert (await other.post("/coupons/claims", {"campaign": "G0"}, Idempotency_Key="two")).code == "not_found"
    later = await opened(shop, claims_open_at=time.time() + 30)
    assert (await other.post("/coupons/claims", {"campaign": later}, Idempotency_Key="three")).code == "sale_not_open"


async def test_coupons_are_refused_by_name(shop):
    buyer, other = await shop.customer(), await shop.customer(2)
    name = await opened(shop, limit_per_buyer=2)
    coupon, second = await claimed(buyer, name), await claimed(buyer, name)
    lines = [await buyer.line()]
    assert (await order(other, lines, coupon)).code == "unknown_coupon"
    assert (await order(buyer, lines, "K0")).code == "unknown_coupon"
    assert (await order(buyer, lines, coupon, second)).code == "coupon_not_applicable"
    assert (await buyer.post("/quotes", {"lines": lines, "coupons": [coupon, second]})).code == "coupon_not_applicable"
    dear = await claimed(buyer, await opened(shop, minimum_spend_fen=10**9))
    assert (await order(buyer, lines, dear)).code == "coupon_not_applicable"
    sale = await shop.flash_sale()
    hunted = [{"sku": sale["sku"], "quantity": 1, "unit_price_fen": sale["price_fen"]}]
    assert (await order(buyer, hunted, coupon, flash_sale=sale["flash_sale"])).code == "malformed_request"
    assert [each["used_by"] for each in (await buyer.get("/coupons/mine")).body["coupons"]] == [None] * 3


SETTING_UP: dict[str, dict[str, Any]] = {
    "/promotions": {"kind": "cross_shop", "every_fen": 100, "saves_fen": 10},
    "/coupon-campaigns": campaign(claims_open_at=1.0),
    "/presales": {
        "sku": "S0000002",
        "price_fen": 1_000,
        "deposit_fen": 150,
        "allotment": 10,
        "limit_per_buyer": 2,
        "deposit_opens_at": 1.0,
        "deposit_closes_at": 2.0,
        "balance_opens_at": 2.0,
        "balance_closes_at": 9.0,
        "refundable_until": 2.0,
    },
}


@pytest.mark.parametrize("path", SETTING_UP)
async def test_an_operator_who_asks_again_under_the_same_key_sets_nothing_up_twice(shop, path: str):
    asked = SETTING_UP[path] if path == "/presales" else {**SETTING_UP[path], **window()}
    first = await shop.operator.post(path, asked, Idempotency_Key="双十一 1")
    again = await shop.operator.post(path, asked, Idempotency_Key="双十一 1")
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    name = "limit_per_buyer" if path == "/presales" else "title"
    other = await shop.operator.post(
        path, {**asked, name: 3 if path == "/presales" else "x"}, Idempotency_Key="双十一 1"
    )
    assert (other.status, other.code) == (422, "key_reused")
    (listed,) = (await shop.anybody.get(path)).body.values()
    assert len(listed) == 1
    assert (await shop.operator.post(path, asked, Idempotency_Key="k" * 201)).code == "malformed_request"
    assert (await shop.operator.post(path, asked)).status == 201
    (listed,) = (await shop.anybody.get(path)).body.values()
    assert len(listed) == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/promotions", {"kind": "cross_shop", "every_fen": 100, "saves_fen": 100}),
        ("/promotions", {"kind": "item", "skus": [], "percent_off": 10}),
        ("/promotions", {"kind": "item", "skus": ["S0000001"], "percent_off": 100}),
        ("/promotions", {"kind": "everything"}),
        ("/promotions", {"kind": "item", "skus": ["S0000001"], "percent_off": 10, "ends_at": 0}),
        ("/coupon-campaigns", {**campaign(), "face_fen": 101}),
        ("/coupon-campaigns", {**campaign(), "budget_fen": 99}),
        ("/coupon-campaigns", {**campaign(), "categories": ["a", "a"]}),
    ],
)
async def test_nonsense_is_refused(shop, path: str, body: dict[str, Any]):
    answer = await shop.operator.post(path, {**window(), **body})
    assert (answer.status, answer.code) == (400, "malformed_request")


async def test_setting_up_is_for_operators_and_for_goods_that_exist(shop):
    buyer = await shop.customer()
    asked = {**window(), "kind": "item", "skus": ["S9999999"], "percent_off": 10}
    assert (await shop.operator.post("/promotions", asked)).code == "unknown_sku"
    assert (await buyer.post("/promotions", asked)).status in (401, 403)
    asked = {**window(), "kind": "shop", "merchant": "M0", "every_fen": 100, "saves_fen": 10}
    assert (await shop.operator.post("/promotions", asked)).code == "not_found"
    assert (await shop.operator.post("/coupon-campaigns", campaign(merchant="M0"))).code == "not_found"
    assert (await buyer.post("/coupon-campaigns", campaign())).status in (401, 403)


async def test_the_snapshot_holds_rules_coupons_and_discounts(shop):
    buyer = await shop.customer()
    coupon = await claimed(buyer, await opened(shop))
    placed = (await order(buyer, [await buyer.line()], coupon)).body
    books = (await shop.operator.get("/exports/snapshot")).body
    assert [each["used_by"] for each in books["coupons"]] == [placed["order"]]
    assert [each["spent_fen"] for each in books["coupon_campaigns"]] == [100]
    assert books["promotions"] == []
    assert [each["deductions"][0]["source"] for each in books["order_discounts"]] == [coupon]
