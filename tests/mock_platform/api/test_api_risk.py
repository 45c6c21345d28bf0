"""Risk over HTTP: a farm is refused with 403, its refusal is final for the key, operators see why, buyers do not."""

from __future__ import annotations

import asyncio

import pytest


async def tries(shop, sale, number: int, *, device: str | None = None, key: str = ""):
    buyer = await shop.customer(number)
    if device is not None:
        buyer.headers["X-Device-Id"] = device
    line = {"sku": sale["sku"], "quantity": 1, "unit_price_fen": sale["price_fen"]}
    return await buyer.place(line, flash_sale=sale["flash_sale"], key=key)


async def test_a_farm_is_refused_and_people_are_served(shop):
    sale = await shop.flash_sale(allotment=50)
    farm = [await tries(shop, sale, number, device="farm") for number in range(1, 7)]
    people = [await tries(shop, sale, number) for number in range(10, 20)]
    assert [reply.status for reply in farm] == [201, 201, 403, 403, 403, 403]
    assert {reply.code for reply in farm[2:]} == {"risk_rejected"}
    assert {reply.status for reply in people} == {201}
    assert shop.metric("shop_risk_decisions_total", outcome="refused") == 4
    assert shop.metric("shop_risk_decisions_total", outcome="admitted") == 12
    assert shop.metric("shop_risk_rule_hits_total", rule="device_accounts") == 4
    assert shop.metric("shop_risk_entries", rule="device_accounts") == 11
    assert shop.metric("shop_risk_early_evictions_total", rule="device_accounts") == 0
    assert shop.metric("shop_refused_requests_total", reason="risk_rejected") == 4
    assert await shop.violations() == []


async def test_a_refusal_is_final_for_its_key_and_judged_once(shop):
    sale = await shop.flash_sale(allotment=50)
    for number in (1, 2):
        await tries(shop, sale, number, device="farm")
    replies = [await tries(shop, sale, 3, device="farm", key="mine") for _ in range(5)]
    assert {reply.code for reply in replies} == {"risk_rejected"}
    assert shop.metric("shop_risk_decisions_total", outcome="refused") == 1


async def test_who_hides_their_device_in_a_rush_is_told_to_come_again(shop):
    sale = await shop.flash_sale(allotment=300)
    replies = await asyncio.gather(*(tries(shop, sale, number, device="") for number in range(1, 120)))
    slowed = [reply for reply in replies if reply.status == 429]
    assert slowed and {reply.code for reply in slowed} == {"slow_down"}
    assert slowed[0].headers["Retry-After"] == "1"
    assert await shop.violations() == []


async def test_operators_see_why_and_nobody_else(shop):
    sale = await shop.flash_sale()
    for number in (1, 2, 3):
        await tries(shop, sale, number, device="farm", key=f"k{number}")
    page = (await shop.operator.get("/risk/decisions?per_page=2")).body
    assert [row["key"] for row in page["decisions"]] == ["k3", "k2"]
    assert (page["total"], page["pages"]) == (3, 2)
    newest = page["decisions"][0]
    assert newest["outcome"] == "refused" and newest["rules"] == ["device_accounts", "too_soon"]
    assert newest["score"] == 120
    assert "farm" not in newest["device"] and newest["device"] == page["decisions"][1]["device"]
    assert (await (await shop.customer(5)).get("/risk/decisions")).status == 403
    assert (await shop.anybody.get("/risk/decisions")).status == 401


async def test_without_screening_the_farm_buys_what_it_likes(open_shop):
    shop = await open_shop(risk_screening=False)
    sale = await shop.flash_sale(allotment=5)
    replies = [await tries(shop, sale, number, device="farm", key=f"r/0/bot-{number}") for number in range(1, 7)]
    assert [reply.status for reply in replies] == [201] * 5 + [409]
    report = (await shop.operator.get("/exports/audit")).body
    assert report["violations"] == []
    told = next(each["figures"] for each in report["systems"] if each["system"] == "risk")
    assert (told["screening"], told["hot_units_to_bots_share"]) == ("off", 1.0)


@pytest.mark.parametrize("device", ["x" * 5_000, "设备", "13812341234"])
async def test_odd_devices_are_only_fingerprints(shop, device):
    sale = await shop.flash_sale()
    assert (await tries(shop, sale, 1, device=device)).status in (201, 400)
    assert device[:100] not in str((await shop.operator.get("/exports/snapshot")).body)
    assert await shop.violations() == []


async def test_ordinary_orders_are_not_judged(shop):
    buyers = [await shop.customer(number) for number in range(1, 6)]
    for buyer in buyers:
        buyer.headers["X-Device-Id"] = "one for all"
        assert (await buyer.place()).status == 201
    assert (await shop.operator.get("/risk/decisions")).body["total"] == 0
