"""/orders over HTTP: happy, refused, asked again, and none of anybody else's business."""

from __future__ import annotations

import asyncio

import pytest

GOOD = {"sku": "S0000001", "quantity": 1, "unit_price_fen": 19_900}


async def test_an_order_is_placed_at_the_price_that_was_shown(shop):
    buyer = await shop.customer()
    line = await buyer.line("S0000005", 2)
    placed = await buyer.place(line)
    assert placed.status == 201
    order = placed.body
    assert (order["buyer"], order["state"]) == ("C0000001", "placed")
    assert order["payable_fen"] == 2 * line["unit_price_fen"]
    assert [dict(each, merchant=None) for each in order["lines"]] == [dict(line, merchant=None)]
    assert order["pay_before"] == pytest.approx(order["placed_at"] + 60)
    assert set(order) == {
        *("order", "buyer", "state", "payable_fen", "due_fen", "lines", "flash_sale", "placed_at", "pay_before"),
    }
    assert shop.metric("shop_orders_total", outcome="placed") == 1


async def test_the_same_key_again_is_the_same_order(shop):
    buyer = await shop.customer()
    line = await buyer.line()
    first = await buyer.place(line, key="test/1")
    again = await buyer.place(line, key="test/1")
    assert (again.status, again.body) == (201, first.body)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (await buyer.get("/orders")).body["total"] == 1


async def test_twenty_at_once_with_one_key_are_one_order(shop):
    buyer = await shop.customer()
    line = await buyer.line()
    answers = await asyncio.gather(*(buyer.place(line, key="test/1") for _ in range(20)))
    assert {each.status for each in answers} <= {201, 409}
    assert len({each.body["order"] for each in answers if each.status == 201}) == 1
    assert (await buyer.get("/orders")).body["total"] == 1


async def test_a_key_used_for_something_else_is_refused(shop):
    buyer = await shop.customer()
    await buyer.place(await buyer.line("S0000001"), key="test/1")
    refused = await buyer.place(await buyer.line("S0000002"), key="test/1")
    assert (refused.status, refused.code) == (422, "key_reused")


async def test_a_key_belongs_to_its_buyer(shop):
    one, other = await shop.customer(1), await shop.customer(2)
    line = await one.line()
    first, second = await one.place(line, key="test/1"), await other.place(line, key="test/1")
    assert (first.status, second.status) == (201, 201)
    assert first.body["order"] != second.body["order"]


async def test_an_order_without_a_key_is_refused(shop):
    buyer = await shop.customer()
    refused = await buyer.post("/orders", {"lines": [GOOD]})
    assert (refused.status, refused.code) == (400, "idempotency_key_missing")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b"",
        b"\xff\xfe",
        b'{"lines":[]}',
        b'{"lines":[{"sku":"S0000001","quantity":1}]}',
        b'{"lines":[{"sku":"S0000001","quantity":0,"unit_price_fen":1}]}',
        b'{"lines":[{"sku":"S0000001","quantity":100,"unit_price_fen":1}]}',
        b'{"lines":[{"sku":"S0000001","quantity":1,"unit_price_fen":-1}]}',
        b'{"lines":[{"sku":"S0000001","quantity":1.5,"unit_price_fen":1}]}',
        b'{"lines":[{"sku":"S0000001","quantity":1,"unit_price_fen":1e400}]}',
        b'{"lines":[{"sku":"S0000001","quantity":1,"unit_price_fen":100000000000000000000000}]}',
        b'{"lines":[{"sku":"S0000001","quantity":true,"unit_price_fen":1}]}',
        b'{"lines":[{"sku":"S0000001","quantity":1,"unit_price_fen":1,"discount":1}]}',
        b'{"lines":[{"sku":"S0000001","quantity":1,"unit_price_fen":1}],"coupon":"x"}',
        b'{"lines":[{"sku":"S0000001","quantity":1,"unit_price_fen":1}],"flash_sale":7}',
        b'{"lines":' + b"[" * 5_000,
    ],
)
async def test_a_body_that_is_no_order_is_refused_and_nothing_happens(shop, body):
    buyer = await shop.customer()
    refused = await buyer.ask("POST", "/orders", data=body, Idempotency_Key="test/1")
    assert (refused.status, refused.code) == (400, "malformed_request")
    assert (await buyer.get("/orders")).body["total"] == 0


async def test_the_same_thing_on_two_lines_is_refused(shop):
    buyer = await shop.customer()
    refused = await buyer.place(await buyer.line(), await buyer.line())
    assert (refused.status, refused.code) == (400, "malformed_request")


async def test_a_body_too_large_is_refused(shop):
    buyer = await shop.customer()
    refused = await buyer.ask("POST", "/orders", data=b" " * 70_000, Idempotency_Key="test/1")
    assert (refused.status, refused.code) == (413, "too_large")


async def test_another_price_than_todays_is_refused_and_the_key_remembers(shop):
    buyer = await shop.customer()
    line = dict(await buyer.line(), unit_price_fen=1)
    for _ in range(2):
        refused = await buyer.place(line, key="test/1")
        assert (refused.status, refused.code) == (409, "price_changed")
    assert shop.metric("shop_refused_requests_total", reason="price_changed") == 2


async def test_an_unknown_thing_cannot_be_ordered(shop):
    buyer = await shop.customer()
    refused = await buyer.place(dict(GOOD, sku="S9999999"))
    assert (refused.status, refused.code) == (404, "unknown_sku")


async def test_what_is_not_there_is_sold_out(shop):
    buyer = await shop.customer()
    free = (await buyer.get("/skus/S0000060")).body["free"]
    line = await buyer.line("S0000060", 99)
    answers = [await buyer.place(line) for _ in range(free // 99 + 1)]
    assert {each.status for each in answers[:-1]} == {201}
    assert (answers[-1].status, answers[-1].code) == (409, "sold_out")
    assert await shop.violations() == []


async def test_another_buyers_order_does_not_exist(shop):
    one, other = await shop.customer(1), await shop.customer(2)
    order = (await one.place()).body
    path = f"/orders/{order['order']}"
    for method, place in (("GET", path), ("POST", f"{path}/cancellations"), ("POST", f"{path}/refunds")):
        refused = await other.ask(method, place, Idempotency_Key="test/1")
        assert (refused.status, refused.code) == (404, "unknown_order")
    assert (await one.get(path)).body == order
    assert (await other.get("/orders")).body["orders"] == []


async def test_ones_orders_are_listed_newest_first_by_page(shop):
    buyer = await shop.customer()
    line = await buyer.line()
    placed = [(await buyer.place(line)).body["order"] for _ in range(3)]
    listed = (await buyer.get("/orders?per_page=2")).body
    assert [order["order"] for order in listed["orders"]] == placed[:0:-1]
    assert (listed["page"], listed["pages"], listed["total"]) == (1, 2, 3)
    refused = await buyer.get("/orders?page=0")
    assert (refused.status, refused.code) == (400, "malformed_request")


async def test_an_unpaid_order_is_cancelled_once_and_its_units_come_back(shop):
    buyer = await shop.customer()
    free = (await buyer.get("/skus/S0000001")).body["free"]
    order = (await buyer.place()).body
    for _ in range(2):
        cancelled = await buyer.post(f"/orders/{order['order']}/cancellations")
        assert (cancelled.status, cancelled.body["state"]) == (200, "cancelled")
    assert await buyer.until("/skus/S0000001", free=free)
    refused = await buyer.pay(order)
    assert (refused.status, refused.code) == (409, "illegal_transition")
    assert await shop.violations() == []


async def test_an_order_unpaid_for_too_long_is_cancelled_by_the_shop(open_shop):
    shop = await open_shop(payment_window_s=0.2)
    buyer = await shop.customer()
    order = (await buyer.place()).body
    await buyer.until(f"/orders/{order['order']}", state="cancelled")
    assert await shop.violations() == []


async def test_an_order_leaves_no_event_that_nobody_waits_for(shop):
    buyer = await shop.customer()
    line = await buyer.line()
    for _ in range(30):
        assert (await buyer.place(line)).status == 201
        assert (await shop.operator.get("/exports/pending")).body["events"] == 0
