"""The marketplace through its URLs: two audiences apart, own rows alone, prices as shown, money settled once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mock_platform.seed import make_seed
from tests.mock_platform.api.conftest import Caller, OpenShop, Shop

SECRET = "sixteen characters and more"
VIEWS = ("/merchants/mine/skus", "/merchants/mine/orders", "/merchants/mine/settlements")
MINE = [
    *(("GET", path) for path in VIEWS),
    ("POST", "/merchants/mine/skus"),
    ("GET", "/merchants/mine/skus/S0000001/price"),
    ("PUT", "/merchants/mine/skus/S0000001/price"),
    ("POST", "/merchants/mine/skus/S0000001/restocks"),
]
CUSTOMERS = ("/customers/me", "/carts/mine", "/orders", "/orders/O1", "/payments/P1", "/shipments?order=O1")


async def merchant(shop: Shop, name: str = "M0001") -> Caller:
    secret = (await shop.operator.post(f"/merchants/{name}/secrets")).body["secret"]
    opened = await shop.anybody.post("/merchants/sessions", {"merchant": name, "secret": secret})
    assert opened.status == 201, opened.body
    return Caller(shop.client, {"Authorization": f"Bearer {opened.body['token']}"}, name)


@pytest.fixture
async def settling(open_shop: OpenShop) -> Shop:
    return await open_shop(settle_every_s=0.05)


@pytest.mark.parametrize(("method", "path"), MINE)
async def test_a_customer_s_token_opens_no_merchant_s_route(shop: Shop, method: str, path: str) -> None:
    for caller in (shop.anybody, await shop.customer(), shop.operator):
        refused = await caller.ask(method, path, {}, Idempotency_Key="k")
        assert (refused.status, refused.code) == (401, "unauthenticated")


async def test_a_merchant_s_token_opens_no_customer_s_route_nor_an_operator_s(shop: Shop) -> None:
    clerk = await merchant(shop)
    for path in CUSTOMERS:
        refused = await clerk.get(path)
        assert (refused.status, refused.code) == (401, "unauthenticated")
    for path in ("/exports/snapshot", "/exports/audit"):
        assert (await clerk.get(path)).code == "forbidden"
    assert (await clerk.post("/merchants/M0002/secrets")).code == "forbidden"


async def test_secrets_open_sessions_for_their_merchant_until_a_new_one_is_given(shop: Shop) -> None:
    first = (await shop.operator.post("/merchants/M0001/secrets")).body
    second = (await shop.operator.post("/merchants/M0001/secrets")).body
    for asked in (first, {**second, "merchant": "M0002"}, {**second, "merchant": "M9"}, {**second, "secret": "x"}):
        assert (await shop.anybody.post("/merchants/sessions", asked)).code == "unauthenticated"
    assert (await shop.anybody.post("/merchants/sessions", second)).status == 201
    assert (await shop.operator.post("/merchants/M9/secrets")).code == "not_found"
    snapshot = (await shop.operator.get("/exports/snapshot")).body
    assert second["secret"] not in str(snapshot)


async def test_who_applies_is_reviewed_lists_and_sells(settling: Shop) -> None:
    asked = {"name": "Tea House", "city": "杭州市", "secret": SECRET}
    applied = await settling.anybody.post("/merchants", asked, Idempotency_Key="k1")
    assert (applied.status, applied.body["state"]) == (202, "applied")
    again = await settling.anybody.post("/merchants", asked, Idempotency_Key="k1")
    assert again.body["merchant"] == applied.body["merchant"]
    assert again.headers["Idempotency-Replayed"] == "true"
    name = applied.body["merchant"]
    await settling.anybody.until(f"/merchants/{name}", name="Tea House")
    opened = await settling.anybody.post("/merchants/sessions", {"merchant": name, "secret": SECRET})
    clerk = Caller(settling.client, {"Authorization": f"Bearer {opened.body['token']}"}, name)
    listing = {"title": "明前龙井 tea", "category": "茶", "price_fen": 8_800, "units": 3}
    sku = (await clerk.post("/merchants/mine/skus", listing, Idempotency_Key="k")).body
    found = (await settling.anybody.get("/skus?q=龙井")).body["skus"]
    assert [(each["sku"], each["price_fen"], each["merchant"]) for each in found] == [(sku["sku"], 8_800, name)]
    buyer = await settling.customer()
    order = (await buyer.place(await buyer.line(sku["sku"], 2))).body
    await buyer.pay(order)
    await clerk.until("/merchants/mine/settlements", total=1)
    assert (await clerk.get("/merchants/mine/settlements")).body["settlements"][0]["net_fen"] == 17_248
    assert await settling.violations() == []
    assert settling.metric("shop_merchant_applications_total", decision="approved") == 1
    assert settling.metric("shop_listed_skus_total") == 1


async def test_an_application_under_review_opens_no_session(open_shop: OpenShop) -> None:
    shop = await open_shop(sweep_every_s=60.0)
    await asyncio.sleep(0.05)
    asked = {"name": "Tea House", "city": "杭州市", "secret": SECRET}
    name = (await shop.anybody.post("/merchants", asked, Idempotency_Key="k1")).body["merchant"]
    refused = await shop.anybody.post("/merchants/sessions", {"merchant": name, "secret": SECRET})
    assert (refused.status, refused.code) == (409, "not_admitted")
    assert (await shop.operator.post(f"/merchants/{name}/secrets")).code == "not_admitted"


async def test_a_buyer_pays_the_price_shown_or_is_told_that_it_changed(settling: Shop) -> None:
    clerk, buyer = await merchant(settling), await settling.customer()
    shown = await buyer.line()
    set_ = (await clerk.ask("PUT", "/merchants/mine/skus/S0000001/price", {"price_fen": 20_500})).body
    assert (set_["price_fen"], set_["changes"]) == (20_500, 1)
    assert (await buyer.place(shown)).code == "price_changed"
    assert (await buyer.get("/skus?per_page=1")).body["skus"][0]["price_fen"] == 20_500
    order = (await buyer.place(await buyer.line())).body
    assert order["payable_fen"] == 20_500
    await clerk.ask("PUT", "/merchants/mine/skus/S0000001/price", {"price_fen": 19_000})
    assert (await buyer.pay(order)).status == 202
    assert (await clerk.get("/merchants/mine/skus/S0000001/price")).body["price_fen"] == 19_000
    assert await settling.violations() == []
    assert settling.metric("shop_price_changes_total") == 2


async def test_a_restock_sent_again_adds_once(shop: Shop) -> None:
    clerk = await merchant(shop)
    before = (await shop.anybody.get("/skus/S0000001")).body["free"]
    path = "/merchants/mine/skus/S0000001/restocks"
    first, *others = await asyncio.gather(*(clerk.post(path, {"quantity": 40}, Idempotency_Key="k") for _ in range(5)))
    assert {each.body["restock"] for each in others} == {first.body["restock"]}
    assert (await shop.anybody.get("/skus/S0000001")).body["free"] == before + 40
    assert (await clerk.post(path, {"quantity": 41}, Idempotency_Key="k")).code == "key_reused"
    assert (await clerk.post(path, {"quantity": 41})).code == "idempotency_key_missing"
    assert shop.metric("shop_restocked_units_total") == 40
    assert await shop.violations() == []


@pytest.mark.parametrize("quantity", [0, -1, 1.5, "9", None, True, 100_001, 10**30, [1]])
async def test_a_restock_brings_a_number_of_units(shop: Shop, quantity: Any) -> None:
    clerk = await merchant(shop)
    before = (await shop.anybody.get("/skus/S0000001")).body["free"]
    refused = await clerk.post("/merchants/mine/skus/S0000001/restocks", {"quantity": quantity}, Idempotency_Key="k")
    assert (refused.status, refused.code) == (400, "malformed_request")
    assert (await shop.anybody.get("/skus/S0000001")).body["free"] == before
    assert await shop.violations() == []


async def test_a_key_stands_for_one_request_of_its_merchant(shop: Shop) -> None:
    """Neither another SKU's restock nor a listing comes under it; another merchant's own key of that name is free."""
    clerk, other = await merchant(shop), await merchant(shop, "M0002")
    mine = [each["sku"] for each in (await clerk.get("/merchants/mine/skus")).body["skus"]]
    theirs = [each["sku"] for each in (await other.get("/merchants/mine/skus")).body["skus"]]
    listing = {"title": "tea", "category": "tea", "price_fen": 700, "units": 4}
    assert (
        await clerk.post(f"/merchants/mine/skus/{mine[0]}/restocks", {"quantity": 4}, Idempotency_Key="k")
    ).status == 201
    again = await clerk.post(f"/merchants/mine/skus/{mine[1]}/restocks", {"quantity": 4}, Idempotency_Key="k")
    assert (again.status, again.code) == (422, "key_reused")
    assert (await clerk.post("/merchants/mine/skus", listing, Idempotency_Key="k")).code == "key_reused"
    assert (
        await other.post(f"/merchants/mine/skus/{theirs[0]}/restocks", {"quantity": 4}, Idempotency_Key="k")
    ).status == 201
    assert shop.metric("shop_restocked_units_total") == 8
    assert await shop.violations() == []


@pytest.mark.parametrize("price_fen", [0, -1, 1.5, "9", None, 10**13])
async def test_a_price_is_a_price(shop: Shop, price_fen: Any) -> None:
    clerk = await merchant(shop)
    refused = await clerk.ask("PUT", "/merchants/mine/skus/S0000001/price", {"price_fen": price_fen})
    assert (refused.status, refused.code) == (400, "malformed_request")


async def test_no_merchant_is_ever_shown_another_s_row(settling: Shop) -> None:
    """Exhaustive: every view of every merchant, whole, after orders that mix all of them."""
    seed = make_seed(11, skus=60, merchants=6, customers=1)
    owner = {sku.sku: sku.merchant for sku in seed.skus}
    first = {sku.merchant: sku.sku for sku in reversed(seed.skus)}
    buyers = [await settling.customer(number) for number in range(1, 6)]
    for number, buyer in enumerate(buyers):
        mixed = [await buyer.line(sku, 1 + number) for at, sku in enumerate(first.values()) if at != number]
        placed = await buyer.place(*mixed)
        assert placed.status == 201, placed.body
        await buyer.pay(placed.body)
    clerks = [await merchant(settling, name) for name in first]
    for _ in range(250):
        if settling.metric("shop_settled_orders_total") < 5:
            await asyncio.sleep(0.02)
    for clerk in clerks:
        goods, orders, statements = [(await clerk.get(f"{path}?per_page=100")).body for path in VIEWS]
        assert {sku["sku"] for sku in goods["skus"]} == {sku for sku, name in owner.items() if name == clerk.customer}
        assert {owner[line["sku"]] for sale in orders["orders"] for line in sale["lines"]} == {clerk.customer}
        assert orders["total"] == len(orders["orders"]) == (4 if list(first).index(clerk.customer) < 5 else 5)
        assert {row["merchant"] for row in statements["settlements"]} == {clerk.customer}
        assert all(buyer.customer not in str(orders) for buyer in buyers)
        for sku, name in owner.items():
            theirs = f"/merchants/mine/skus/{sku}"
            expected = 200 if name == clerk.customer else 404
            assert (await clerk.get(f"{theirs}/price")).status == expected
            if name != clerk.customer:
                assert (await clerk.ask("PUT", f"{theirs}/price", {"price_fen": 1})).code == "unknown_sku"
                refused = await clerk.post(f"{theirs}/restocks", {"quantity": 1}, Idempotency_Key=f"k{sku}")
                assert refused.code == "unknown_sku"
    assert await settling.violations() == []


async def test_goods_from_abroad_are_not_repriced_by_hand(shop: Shop) -> None:
    imported = [each for each in (await shop.anybody.get("/skus?per_page=100")).body["skus"] if "imported" in each]
    if not imported:
        pytest.skip("this shop has no goods from abroad")
    clerk = await merchant(shop, imported[0]["merchant"])
    refused = await clerk.ask("PUT", f"/merchants/mine/skus/{imported[0]['sku']}/price", {"price_fen": 1})
    assert (refused.status, refused.code) == (409, "illegal_transition")
