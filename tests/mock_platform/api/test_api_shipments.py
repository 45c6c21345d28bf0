"""/shipments and /warehouses over HTTP: parcels tracked from shelf to door, and what stands before the sorters."""

from __future__ import annotations

from typing import Any

import pytest

JOURNEY = ["created", "picked", "packed", "sorted", "in_transit", "arrived", "delivered"]


async def bought(shop: Any, number: int = 1, *skus: str) -> tuple[Any, dict[str, Any]]:
    buyer = await shop.customer(number)
    lines = [await buyer.line(sku) for sku in skus or ("S0000001",)]
    order = (await buyer.place(*lines)).body
    await buyer.pay(order)
    return buyer, order


async def parcels(buyer: Any, order: dict[str, Any]) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = (await buyer.get(f"/shipments?order={order['order']}")).body["shipments"]
    return listed


async def test_a_parcel_is_tracked_from_the_shelf_to_the_door(shop):
    buyer, order = await bought(shop)
    await buyer.until(f"/orders/{order['order']}", state="delivered")
    (parcel,) = await parcels(buyer, order)
    tracking = (await buyer.get(f"/shipments/{parcel['parcel']}/tracking")).body
    assert set(tracking) == {"parcel", "order", "state", "carrier", "warehouse", "city", "destination", "events"}
    assert tracking["events"] == parcel["events"]
    assert [event["state"] for event in tracking["events"]] == JOURNEY
    instants = [event["at"] for event in tracking["events"]]
    assert instants == sorted(instants) and instants[0] >= order["placed_at"]
    assert (tracking["warehouse"], tracking["state"]) == (parcel["warehouse"], "delivered")
    assert shop.metric("shop_parcels_total", state="sorted") == 1
    assert await shop.violations() == []


async def test_nobody_tracks_anothers_parcel_or_one_that_is_not_there(shop):
    buyer, order = await bought(shop)
    await buyer.until(f"/orders/{order['order']}", state="delivered")
    (parcel,) = await parcels(buyer, order)
    stranger = await shop.customer(2)
    path = f"/shipments/{parcel['parcel']}/tracking"
    for caller, asked in ((stranger, path), (buyer, "/shipments/O0-1/tracking"), (buyer, "/shipments/%00/tracking")):
        refused = await caller.get(asked)
        assert (refused.status, refused.code) == (404, "not_found")
    refused = await stranger.get(f"/shipments?order={order['order']}")
    assert (refused.status, refused.code) == (404, "unknown_order")


async def test_a_backlog_is_seen_and_a_refund_takes_its_parcel_out(open_shop):
    shop = await open_shop(sorted_per_s=0.1)
    buyer, order = await bought(shop)
    await buyer.until(f"/orders/{order['order']}", state="paid")
    await shop.until_counted("shop_parcels_total", state="created")
    (parcel,) = await parcels(buyer, order)
    listed = {each["warehouse"]: each for each in (await shop.operator.get("/warehouses")).body["warehouses"]}
    assert len(listed) == 5 and sum(each["backlog"] for each in listed.values()) == 1
    here = listed[parcel["warehouse"]]
    assert (here["backlog"], here["sorted_per_s"], here["drained_in_s"]) == (1, 0.1, pytest.approx(10.0))
    await shop.until_counted("shop_sorting_backlog_parcels", warehouse=parcel["warehouse"])
    assert shop.metric("shop_sorting_capacity_parcels_per_second", warehouse=parcel["warehouse"]) == 0.1
    assert await shop.violations() == []
    assert (await buyer.post(f"/orders/{order['order']}/refunds", Idempotency_Key="test/refund")).status == 202
    assert [each["state"] for each in await parcels(buyer, order)] == ["recalled"]
    assert sum(each["backlog"] for each in (await shop.operator.get("/warehouses")).body["warehouses"]) == 0
    assert await shop.violations() == []


async def test_warehouses_are_no_business_of_customers(shop):
    buyer = await shop.customer()
    refused = await buyer.get("/warehouses")
    assert refused.status in (401, 403)


async def test_late_lost_and_doubled_news_from_the_carrier_change_nothing_in_the_end(open_shop):
    shop = await open_shop(
        chase_after_s=0.1,
        carrier_lost_rate=0.3,
        carrier_doubled_rate=0.5,
        carrier_late_rate=0.5,
        carrier_late_s=0.2,
    )
    orders = [await bought(shop, number, "S0000001", "S0000002", "S0000003") for number in range(1, 11)]
    for buyer, order in orders:
        await buyer.until(f"/orders/{order['order']}", state="delivered")
        for parcel in await parcels(buyer, order):
            assert [event["state"] for event in parcel["events"]] == JOURNEY
    assert await shop.violations() == []
