"""/flash-sales over HTTP: exactly the allotment is sold, to each no more than the limit."""

from __future__ import annotations

import asyncio
import time

import pytest


async def test_two_hundred_buyers_for_ten_units_make_exactly_ten_orders(shop):
    sale = await shop.flash_sale(allotment=10)
    line = {"sku": sale["sku"], "quantity": 1, "unit_price_fen": sale["price_fen"]}
    buyers = await asyncio.gather(*(shop.customer(number) for number in range(1, 201)))
    answers = await asyncio.gather(*(buyer.place(line, flash_sale=sale["flash_sale"]) for buyer in buyers))
    assert sum(each.status == 201 for each in answers) == 10
    assert {each.code for each in answers if each.status != 201} == {"sold_out"}
    assert await shop.violations() == []


async def test_a_sale_is_listed_with_its_state(shop):
    now = time.time()
    await shop.flash_sale(opens_at=now - 60, closes_at=now - 30)
    await shop.flash_sale(opens_at=now - 1, closes_at=now + 30)
    await shop.flash_sale(opens_at=now + 30, closes_at=now + 60)
    sales = (await shop.anybody.get("/flash-sales")).body["flash_sales"]
    assert [sale["state"] for sale in sales] == ["closed", "open", "upcoming"]
    assert set(sales[0]) == {
        *("flash_sale", "sku", "title", "price_fen", "opens_at", "closes_at", "allotment", "limit_per_buyer", "state"),
    }


@pytest.mark.parametrize(("opens_in", "closes_in", "code"), [(30, 60, "sale_not_open"), (-60, -30, "sale_closed")])
async def test_a_sale_sells_in_its_window_only(shop, opens_in, closes_in, code):
    now = time.time()
    sale = await shop.flash_sale(opens_at=now + opens_in, closes_at=now + closes_in)
    buyer = await shop.customer()
    line = {"sku": sale["sku"], "quantity": 1, "unit_price_fen": sale["price_fen"]}
    refused = await buyer.place(line, flash_sale=sale["flash_sale"])
    assert (refused.status, refused.code) == (409, code)


async def test_nobody_gets_more_than_the_limit(shop):
    sale = await shop.flash_sale(limit_per_buyer=2)
    buyer = await shop.customer()
    line = {"sku": sale["sku"], "quantity": 2, "unit_price_fen": sale["price_fen"]}
    assert (await buyer.place(line, flash_sale=sale["flash_sale"])).status == 201
    refused = await buyer.place(dict(line, quantity=1), flash_sale=sale["flash_sale"])
    assert (refused.status, refused.code) == (409, "limit_per_buyer")


async def test_a_sale_leaves_the_ordinary_stock_alone(shop):
    free = (await shop.anybody.get("/skus/S0000002")).body["free"]
    await shop.flash_sale(sku="S0000002", allotment=10)
    assert (await shop.anybody.get("/skus/S0000002")).body["free"] == free


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"sku": "S9999999"}, 404, "unknown_sku"),
        ({"price_fen": 0}, 400, "malformed_request"),
        ({"allotment": 0}, 400, "malformed_request"),
        ({"opens_at": 60, "closes_at": 30}, 400, "malformed_request"),
        ({"opens_at": "soon"}, 400, "malformed_request"),
        ({"colour": "red"}, 400, "malformed_request"),
    ],
)
async def test_an_impossible_sale_is_refused(shop, changes, status, code):
    asked = {"sku": "S0000001", "price_fen": 1, "allotment": 1, "limit_per_buyer": 1, "opens_at": 1, "closes_at": 2}
    refused = await shop.operator.post("/flash-sales", {**asked, **changes})
    assert (refused.status, refused.code) == (status, code)
