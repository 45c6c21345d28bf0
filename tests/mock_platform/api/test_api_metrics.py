"""Metrics against the books: after every way an order can go, each series says what was done."""

from __future__ import annotations

import pytest

from mock_platform.metrics import Counter


def counted(counter: Counter) -> dict[str, int]:
    return {value: count for value, count in counter.counts.items() if count}


async def test_every_series_of_the_business_says_what_the_books_say(open_shop):
    shop = await open_shop(payment_window_s=0.3, carrier_collected_s=0.2, bank_declined_rate=0.0)
    buyer = await shop.customer()
    line = await buyer.line()
    kept = (await buyer.place(line, key="test/kept")).body
    assert (await buyer.place(line, key="test/kept")).status == 201
    await buyer.pay(kept)
    dropped = (await buyer.place(line)).body
    await buyer.post(f"/orders/{dropped['order']}/cancellations")
    forgotten = (await buyer.place(line)).body
    sent_back = (await buyer.place(line)).body
    await buyer.pay(sent_back)
    await buyer.until(f"/orders/{sent_back['order']}", state="paid")
    assert (await buyer.post(f"/orders/{sent_back['order']}/refunds", Idempotency_Key=buyer.key())).status == 202
    await buyer.until(f"/orders/{forgotten['order']}", state="cancelled")
    await buyer.until(f"/orders/{kept['order']}", state="delivered")
    await shop.operator.until("/exports/pending", events=0, payments=0, holds=0)
    ended = {"delivered": 1, "cancelled": 1, "expired": 1, "refunded": 1}
    assert counted(shop.metrics.orders) == {"placed": 4, "replayed": 1, "paid": 2, "shipped": 1, **ended}
    assert counted(shop.metrics.payments) == {"asked": 2, "posted": 2, "refunded": 1}
    assert shop.metric("shop_gmv_yuan_total") == pytest.approx(2 * kept["payable_fen"] / 100)


async def test_a_payment_declined_or_told_twice_is_counted_as_that(open_shop):
    shop = await open_shop(bank_declined_rate=1.0, bank_doubled_rate=1.0)
    buyer = await shop.customer()
    payment = (await buyer.pay((await buyer.place()).body)).body["payment"]
    await buyer.until(f"/payments/{payment}", state="voided")
    await shop.until_counted("shop_payments_total", outcome="repeated_callback")
    assert counted(shop.metrics.payments) == {"asked": 1, "voided": 1, "repeated_callback": 1}
    assert shop.metric("shop_orders_total", outcome="cancelled") == 1


async def test_every_request_is_in_the_histogram_once(shop):
    for _ in range(3):
        await shop.anybody.get("/skus/S0000001")
    await shop.anybody.get("/skus/nothing")
    await shop.anybody.ask("HEAD", "/skus")
    name, template = "shop_http_request_duration_seconds_count", "/skus/{sku}"
    assert shop.metric(name, route=template, method="GET", status="200") == 3
    assert shop.metric(name, route=template, method="GET", status="404") == 1
    assert shop.metric(name, route="/skus", method="HEAD", status="200") == 1
