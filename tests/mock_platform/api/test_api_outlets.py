"""Outlets through their URLs: three audiences apart, one shelf for till and web, a code that is the buyer's alone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.mock_platform.api.conftest import Caller, OpenShop, Shop

OUTLET, OTHER = "D0001", "D0002"
CLERKS = ["/outlets/D0001/sales", "/outlets/D0001/pickups"]


async def clerk(shop: Shop, outlet: str = OUTLET) -> Caller:
    secret = (await shop.operator.post(f"/outlets/{outlet}/secrets")).body["secret"]
    opened = await shop.anybody.post(f"/outlets/{outlet}/sessions", {"secret": secret})
    assert opened.status == 201, opened.body
    return Caller(shop.client, {"Authorization": f"Bearer {opened.body['token']}"}, outlet)


async def shelf(shop: Shop, sku: str = "S0000005", outlet: str = OUTLET) -> dict[str, Any]:
    page = await shop.anybody.get(f"/outlets/{outlet}/stock?per_page=100")
    return next(line for line in page.body["skus"] if line["sku"] == sku)


async def wanted(shop: Shop, quantity: int = 1, sku: str = "S0000005") -> list[dict[str, Any]]:
    line = await shelf(shop, sku)
    return [{"sku": sku, "quantity": quantity, "unit_price_fen": line["price_fen"]}]


async def reserve(shop: Shop, buyer: Caller, **changes: Any) -> Any:
    body = {"lines": await wanted(shop), "outlet": OUTLET, **changes}
    return await buyer.post("/orders", body, Idempotency_Key=buyer.key())


async def ready(shop: Shop, buyer: Caller) -> dict[str, Any]:
    """A paid order whose goods wait; with its code."""
    order = (await reserve(shop, buyer)).body
    assert (await buyer.pay(order)).status == 202
    pickup: dict[str, Any] = await buyer.until(f"/orders/{order['order']}/pickup", state="waiting")
    return pickup


async def sell(at_till: Caller, lines: list[dict[str, Any]], *, key: str = "", outlet: str = OUTLET) -> Any:
    body = {"lines": lines, "tender": "cash"}
    return await at_till.post(f"/outlets/{outlet}/sales", body, Idempotency_Key=key or at_till.key())


async def hand_over(at_counter: Caller, code: str, *, key: str = "", outlet: str = OUTLET) -> Any:
    return await at_counter.post(
        f"/outlets/{outlet}/pickups", {"code": code}, Idempotency_Key=key or at_counter.key()
    )  # fmt: skip


async def test_outlets_are_listed_by_city_and_their_shelves_are_for_all_to_see(shop: Shop) -> None:
    everywhere = (await shop.anybody.get("/outlets?per_page=100")).body
    assert everywhere["total"] == len(everywhere["outlets"]) == 36
    city = everywhere["outlets"][0]["city"]
    here = (await shop.anybody.get(f"/outlets?city={city}")).body
    assert here["total"] == 3 and {each["city"] for each in here["outlets"]} == {city}
    assert (await shop.anybody.get("/outlets?city=nowhere")).body["total"] == 0
    page = (await shop.anybody.get(f"/outlets/{OUTLET}/stock")).body
    assert page["outlet"] == OUTLET and page["skus"] and all(line["free"] > 0 for line in page["skus"])
    assert (await shop.anybody.get("/outlets/D9999/stock")).code == "not_found"


@pytest.mark.parametrize("path", CLERKS)
async def test_nobody_but_a_clerk_gets_to_till_and_counter(shop: Shop, path: str) -> None:
    for caller in (shop.anybody, await shop.customer(), shop.operator):
        refused = await caller.post(path, {}, Idempotency_Key="k")
        assert (refused.status, refused.code) == (401, "unauthenticated")
    mine = await clerk(shop)
    for customers in ("/customers/me", "/orders", "/carts/mine", "/merchants/mine/skus"):
        assert (await mine.get(customers)).status == 401


async def test_a_clerk_acts_for_one_outlet_alone(shop: Shop) -> None:
    mine = await clerk(shop)
    refused = await sell(mine, await wanted(shop), outlet=OTHER)
    assert (refused.status, refused.code) == (403, "forbidden")
    assert (await hand_over(mine, "0123456789", outlet=OTHER)).code == "forbidden"


async def test_a_session_needs_the_latest_secret(shop: Shop) -> None:
    first = (await shop.operator.post(f"/outlets/{OUTLET}/secrets")).body["secret"]
    second = (await shop.operator.post(f"/outlets/{OUTLET}/secrets")).body["secret"]
    for outlet, secret in ((OUTLET, first), (OTHER, second), ("D9999", second)):
        refused = await shop.anybody.post(f"/outlets/{outlet}/sessions", {"secret": secret})
        assert (refused.status, refused.code) == (401, "unauthenticated")
    assert (await shop.anybody.post(f"/outlets/{OUTLET}/sessions", {"secret": second})).status == 201
    assert (await shop.operator.post("/outlets/D9999/secrets")).code == "not_found"


async def test_a_till_sale_is_on_the_receipt_and_off_the_shelf(shop: Shop) -> None:
    mine, before = await clerk(shop), (await shelf(shop))["free"]
    lines = await wanted(shop, 2)
    sold = await sell(mine, lines, key="t1")
    assert sold.status == 201
    assert sold.body["paid_fen"] == 2 * lines[0]["unit_price_fen"] and sold.body["tender"] == "cash"
    again = await sell(mine, lines, key="t1")
    assert again.body == sold.body and again.headers["Idempotency-Replayed"] == "true"
    assert (await shelf(shop))["free"] == before - 2
    assert (await sell(mine, await wanted(shop, 99))).code == "sold_out"
    assert (await sell(mine, [{**lines[0], "unit_price_fen": 1}])).code == "price_changed"
    assert (await (await shop.customer()).get(f"/orders/{sold.body['order']}")).code == "unknown_order"
    assert shop.metric("shop_till_sales_total", tender="cash") == 1.0
    await shop.operator.until("/exports/pending", events=0)  # everybody who hears of it can do without a customer
    assert await shop.violations() == []


async def test_from_reserving_online_to_leaving_the_shop_with_the_goods(shop: Shop) -> None:
    buyer, mine = await shop.customer(), await clerk(shop)
    before = (await shelf(shop))["free"]
    placed = (await reserve(shop, buyer)).body
    assert placed["outlet"] == OUTLET and (await shelf(shop))["free"] == before - 1
    unpaid = (await buyer.get(f"/orders/{placed['order']}/pickup")).body
    assert (unpaid["state"], unpaid["code"]) == ("not_ready", None)
    pickup = await ready(shop, buyer)
    assert (await hand_over(await clerk(shop, OTHER), pickup["code"], outlet=OTHER)).code == "unknown_code"
    given = await hand_over(mine, pickup["code"], key="h1")
    assert given.status == 201
    assert (given.body["order"], given.body["state"]) == (pickup["order"], "collected")
    assert given.body["lines"] == [{"sku": "S0000005", "quantity": 1}] and "buyer" not in given.body
    again = await hand_over(mine, pickup["code"], key="h1")
    assert again.body == given.body and again.headers["Idempotency-Replayed"] == "true"
    assert (await hand_over(mine, pickup["code"])).code == "illegal_transition"
    assert (await buyer.get(f"/orders/{pickup['order']}")).body["state"] == "collected"
    done = (await buyer.get(f"/orders/{pickup['order']}/pickup")).body
    assert (done["state"], done["code"]) == ("collected", None)
    assert (await buyer.get(f"/shipments?order={pickup['order']}")).body["shipments"] == []
    assert await shop.violations() == []


async def test_a_code_is_shown_to_its_owner_alone(shop: Shop) -> None:
    buyer = await shop.customer()
    pickup = await ready(shop, buyer)
    path = f"/orders/{pickup['order']}/pickup"
    assert (await (await shop.customer(2)).get(path)).code == "unknown_order"
    for caller in (shop.anybody, await clerk(shop), shop.operator):
        assert (await caller.get(path)).code == "unauthenticated"
    sent = (await buyer.place()).body["order"]
    assert (await buyer.get(f"/orders/{sent}/pickup")).code == "not_found"
    exported = await shop.operator.get("/exports/snapshot")
    assert pickup["code"] not in str(exported.body)


async def test_guessing_codes_is_stopped(shop: Shop) -> None:
    mine = await clerk(shop)
    codes = [(await hand_over(mine, f"{number:010d}")) for number in range(12)]
    assert [refused.status for refused in codes] == [404] * 10 + [429] * 2
    assert codes[-1].code == "too_many_codes" and codes[-1].headers["Retry-After"] == "60"
    assert shop.metric("shop_wrong_pickup_codes_total") == 10.0


async def test_what_nobody_fetches_is_paid_back_and_on_the_shelf_again(open_shop: OpenShop) -> None:
    shop = await open_shop(pickup_window_s=0.2)
    buyer, before = await shop.customer(), (await shelf(shop))["free"]
    pickup = await ready(shop, buyer)
    await buyer.until(f"/orders/{pickup['order']}/pickup", state="expired", code=None)
    await buyer.until(f"/orders/{pickup['order']}", state="refunded")
    late = await hand_over(await clerk(shop), pickup["code"])
    assert late.code == "illegal_transition"
    await shop.operator.until("/exports/pending", events=0)
    assert (await shelf(shop))["free"] == before
    assert await shop.violations() == []


async def test_an_outlet_that_is_none_and_two_ways_at_once_are_refused(shop: Shop) -> None:
    buyer = await shop.customer()
    assert (await reserve(shop, buyer, outlet="D9999")).code == "not_found"
    sale = (await shop.flash_sale())["flash_sale"]
    assert (await reserve(shop, buyer, flash_sale=sale)).code == "malformed_request"


async def test_one_unit_left_goes_to_the_till_or_to_the_web(shop: Shop) -> None:
    sku = (await shop.anybody.get(f"/outlets/{OUTLET}/stock")).body["skus"][0]["sku"]
    mine, buyer = await clerk(shop), await shop.customer()
    lines = await wanted(shop, 1, sku)
    left = (await shelf(shop, sku))["free"]
    tries = [sell(mine, lines) if number % 2 else reserve(shop, buyer, lines=lines) for number in range(left + 6)]
    answers = await asyncio.gather(*tries)
    assert sorted(answer.status for answer in answers) == [201] * left + [409] * 6
    assert (await shelf(shop, sku))["free"] == 0
    assert await shop.violations() == []
