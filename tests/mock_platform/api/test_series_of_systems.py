"""What each system's own series say once something happened in it: their values, held against what was done."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path

import pytest

from mock_platform.metrics import Metrics
from mock_platform.services.upkeep import RETRY_S, running
from tests.mock_platform.api.conftest import OpenShop, Shop
from tests.mock_platform.api.test_api_outlets import clerk, hand_over, ready, sell, wanted

HERE = Path(__file__).parents[1]
OWN = re.compile(r"shop_[a-z_]+")


async def until(shop: Shop, name: str, value: float, **labels: str) -> None:
    """Wait until this series has this value, for at most five seconds."""
    ends_at = time.monotonic() + 5.0
    while shop.metric(name, **labels) != value:
        assert time.monotonic() < ends_at, f"{name} {labels} is {shop.metric(name, **labels)}, not {value}"
        await asyncio.sleep(0.01)


async def test_units_of_a_flash_sale_count_from_its_opening(shop: Shop) -> None:
    now = time.time()
    later = await shop.flash_sale(allotment=7, opens_at=now + 3_600, closes_at=now + 7_200)
    assert later["flash_sale"]
    sale = await shop.flash_sale(allotment=4, limit_per_buyer=3)
    buyer = await shop.customer()
    lines = [{"sku": sale["sku"], "quantity": 3, "unit_price_fen": sale["price_fen"]}]
    placed = await buyer.post(
        "/orders", {"lines": lines, "flash_sale": sale["flash_sale"]}, Idempotency_Key=buyer.key()
    )  # fmt: skip
    assert placed.status == 201, placed.body
    await until(shop, "shop_flash_sale_units", 3, state="taken")
    assert shop.metric("shop_flash_sale_units", state="left") == 1


async def test_pick_ups_and_tills_are_counted_and_timed(shop: Shop) -> None:
    buyer, mine = await shop.customer(), await clerk(shop)
    first, second = [await ready(shop, buyer) for _ in range(2)]
    await until(shop, "shop_pickups_waiting", 2)
    assert shop.metric("shop_pickups_total", state="waiting") == 2
    assert (await hand_over(mine, first["code"])).status == 201
    await until(shop, "shop_pickups_waiting", 1)
    assert shop.metric("shop_pickups_total", state="collected") == 1
    assert shop.metric("shop_pickup_wait_seconds_count") == 1
    assert 0 < shop.metric("shop_pickup_wait_seconds_sum") < 5
    lines = await wanted(shop, 2)
    assert (await sell(mine, lines)).status == 201
    assert shop.metric("shop_till_yuan_total") == 2 * lines[0]["unit_price_fen"] / 100
    assert second["code"] != first["code"]


async def test_what_is_settled_is_split_into_net_and_fee(open_shop: OpenShop) -> None:
    shop = await open_shop(settle_every_s=0.05, carrier_collected_s=0.02, carrier_delivered_s=0.02)
    buyer = await shop.customer()
    order = (await buyer.place()).body
    await buyer.pay(order)
    await until(shop, "shop_settled_orders_total", 1)
    assert shop.metric("shop_settlement_batches_total") == 1
    shares = {share: shop.metric("shop_settled_yuan_total", share=share) for share in ("merchants", "fees")}
    assert sum(shares.values()) == pytest.approx(order["payable_fen"] / 100)
    assert 0 < shares["fees"] < shares["merchants"]


async def test_exports_are_counted_by_how_they_ended(shop: Shop) -> None:
    buyer = await shop.customer()
    path, key = "/customers/me/exports", buyer.key()
    for _ in range(2):
        assert (await buyer.post(path, Idempotency_Key=key)).status in (200, 201)
    for _ in range(6):
        await buyer.post(path, Idempotency_Key=buyer.key())
    counted = {how: shop.metric("shop_data_exports_total", outcome=how) for how in ("made", "replayed", "refused")}
    assert counted == {"made": 5, "replayed": 1, "refused": 2}


async def test_a_rotation_shows_while_it_is_under_way(shop: Shop) -> None:
    assert shop.metric("shop_key_rotation_under_way") == 0
    await shop.operator.post("/key-rotations")
    assert shop.metric("shop_key_rotation_under_way") == 1
    await until(shop, "shop_key_rotation_under_way", 0)
    assert shop.metric("shop_key_rotations_total") == 1


async def test_a_declaration_is_under_way_until_customs_have_spoken(open_shop: OpenShop) -> None:
    shop = await open_shop(customs_latency_s=0.4, customs_lost_rate=0.0, customs_rejected_rate=0.0)
    buyer = await shop.customer()
    sku = (await shop.anybody.get("/imports?per_page=1")).body["skus"][0]
    await buyer.pay((await buyer.place(await buyer.line(sku["sku"], 1))).body)
    await until(shop, "shop_declarations_under_way", 1)
    await until(shop, "shop_declarations_under_way", 0)
    assert shop.metric("shop_declarations_total", state="cleared") == 1


async def test_a_payment_the_bank_is_silent_on_grows_old(open_shop: OpenShop) -> None:
    shop = await open_shop(bank_latency_s=60.0, inquire_after_s=30.0)
    buyer = await shop.customer()
    await buyer.pay((await buyer.place()).body)
    await shop.until_counted("shop_pending_oldest_seconds", kind="payments")
    assert shop.metric("shop_pending_oldest_seconds", kind="payments") < 5


async def test_commits_that_wait_for_a_connection_are_told_from_those_that_have_one(open_shop: OpenShop) -> None:
    shop = await open_shop(commit_s=1.5, connections=1)
    buyer = await shop.customer()
    line = await buyer.line()
    placing = [asyncio.ensure_future(buyer.place(line)) for _ in range(3)]
    await until(shop, "shop_commits", 1, state="under_way")
    assert shop.metric("shop_commits", state="waiting") == 2
    for each in placing:
        each.cancel()
    await asyncio.gather(*placing, return_exceptions=True)


async def test_a_late_timer_is_the_loops_lag(shop: Shop) -> None:
    """Nothing else runs while somebody blocks the event loop for 0.15 s."""
    await asyncio.sleep(0.2)
    time.sleep(0.15)  # noqa: ASYNC251
    await shop.until_counted("shop_event_loop_lag_seconds")
    ends_at = time.monotonic() + 5.0
    while shop.metric("shop_event_loop_lag_seconds") < 0.05:
        assert time.monotonic() < ends_at
        await asyncio.sleep(0.05)


async def test_background_work_that_fails_is_counted_by_its_name_and_tried_again() -> None:
    metrics, tries = Metrics(works=["expiry", "bank"]), 0

    async def broken() -> None:
        nonlocal tries
        tries += 1
        raise OSError("the disk is gone")

    async def well() -> None:
        await asyncio.sleep(60)

    async with running({"expiry": broken, "bank": well}, metrics):
        await asyncio.sleep(RETRY_S * 1.5)
    value = metrics.registry.get_sample_value
    assert value("shop_background_errors_total", {"work": "expiry"}) == tries == 2
    assert value("shop_background_errors_total", {"work": "bank"}) == 0


async def test_every_series_of_the_shop_has_a_test_that_names_it(shop: Shop) -> None:
    """By its value, one hopes; at least nobody adds a family and forgets to look at it."""
    families = {family.name for family in shop.metrics.registry.collect() if family.name.startswith("shop_")}
    told = {
        re.sub("_(total|bucket|count|sum)$", "", name)
        for file in HERE.rglob("test_*.py")
        for name in OWN.findall(file.read_text())
    }
    assert families <= told
