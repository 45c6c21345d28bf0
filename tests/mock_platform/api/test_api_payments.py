"""/payments, refunds and /shipments over HTTP, with the bank and the carrier at work."""

from __future__ import annotations

import pytest


async def test_an_order_is_paid_packed_and_delivered(shop):
    buyer = await shop.customer()
    order = (await buyer.place(await buyer.line("S0000001"), await buyer.line("S0000002", 2))).body
    paid = await buyer.pay(order)
    assert paid.status == 202
    assert set(paid.body) == {"payment", "order", "amount_fen", "state", "reason"}
    posted = await buyer.until(f"/payments/{paid.body['payment']}", state="posted")
    assert posted["amount_fen"] == order["payable_fen"]
    await buyer.until(f"/orders/{order['order']}", state="delivered")
    shipments = (await buyer.get(f"/shipments?order={order['order']}")).body["shipments"]
    assert {parcel["merchant"] for parcel in shipments} == {line["merchant"] for line in order["lines"]}
    sent = sorted((line["sku"], line["quantity"]) for parcel in shipments for line in parcel["lines"])
    assert sent == [("S0000001", 1), ("S0000002", 2)]
    assert shop.metric("shop_gmv_yuan_total") == pytest.approx(order["payable_fen"] / 100)
    assert shop.metric("shop_parcels_total", state="delivered") == len(shipments)
    assert await shop.violations() == []


async def test_a_waybill_hides_whom_it_is_for(shop):
    buyer = await shop.customer(5)
    me = (await buyer.get("/customers/me")).body
    order = (await buyer.place()).body
    await buyer.pay(order)
    await buyer.until(f"/orders/{order['order']}", state="delivered")
    (parcel,) = (await buyer.get(f"/shipments?order={order['order']}")).body["shipments"]
    assert set(parcel) == {
        *("parcel", "order", "merchant", "warehouse", "state", "carrier", "waybill", "lines", "events")
    }
    assert parcel["waybill"] == {field: me[field] for field in ("name", "phone", "address")}
    assert parcel["waybill"]["address"].endswith("****")


async def test_the_same_key_pays_once(shop):
    buyer = await shop.customer()
    order = (await buyer.place()).body
    first, again = await buyer.pay(order, key="test/pay"), await buyer.pay(order, key="test/pay")
    assert first.body["payment"] == again.body["payment"]
    assert (again.status, again.headers["Idempotency-Replayed"]) == (202, "true")


async def test_an_order_is_paid_once_whatever_the_key(shop):
    buyer = await shop.customer()
    order = (await buyer.place()).body
    await buyer.pay(order)
    refused = await buyer.pay(order)
    assert (refused.status, refused.code) == (409, "already_paid")


async def test_another_amount_than_the_orders_is_refused(shop):
    buyer = await shop.customer()
    order = (await buyer.place()).body
    refused = await buyer.pay(order, amount_fen=order["payable_fen"] - 1)
    assert (refused.status, refused.code) == (409, "amount_mismatch")


@pytest.mark.parametrize(
    "body",
    [
        {"order": "O1", "amount_fen": 1},
        {"order": "O1", "amount_fen": 0, "method": "card"},
        {"order": "O1", "amount_fen": 1, "method": "cash"},
        {"order": 7, "amount_fen": 1, "method": "card"},
    ],
)
async def test_a_body_that_is_no_payment_is_refused(shop, body):
    buyer = await shop.customer()
    refused = await buyer.post("/payments", body, Idempotency_Key="test/1")
    assert (refused.status, refused.code) == (400, "malformed_request")


async def test_paying_needs_a_key(shop):
    buyer = await shop.customer()
    refused = await buyer.post("/payments", {"order": "O1", "amount_fen": 1, "method": "card"})
    assert (refused.status, refused.code) == (400, "idempotency_key_missing")


async def test_another_buyers_order_cannot_be_paid_and_their_payment_not_seen(shop):
    one, other = await shop.customer(1), await shop.customer(2)
    order = (await one.place()).body
    refused = await other.pay(order)
    assert (refused.status, refused.code) == (404, "unknown_order")
    payment = (await one.pay(order)).body["payment"]
    refused = await other.get(f"/payments/{payment}")
    assert (refused.status, refused.code) == (404, "unknown_payment")
    refused = await other.get(f"/shipments?order={order['order']}")
    assert (refused.status, refused.code) == (404, "unknown_order")


async def test_shipments_are_asked_for_by_order(shop):
    refused = await (await shop.customer()).get("/shipments")
    assert (refused.status, refused.code) == (400, "malformed_request")


async def test_a_declined_payment_voids_and_says_why(open_shop):
    shop = await open_shop(bank_declined_rate=1.0)
    buyer = await shop.customer()
    order = (await buyer.place()).body
    payment = (await buyer.pay(order)).body["payment"]
    voided = await buyer.until(f"/payments/{payment}", state="voided")
    assert voided["reason"]
    await buyer.until(f"/orders/{order['order']}", state="cancelled")
    assert shop.metric("shop_gmv_yuan_total") == 0
    assert await shop.violations() == []


async def test_a_paid_order_not_yet_shipped_is_refunded_once(open_shop):
    shop = await open_shop(carrier_collected_s=60.0)
    buyer = await shop.customer()
    order = (await buyer.place()).body
    payment = (await buyer.pay(order)).body["payment"]
    await buyer.until(f"/orders/{order['order']}", state="paid")
    path = f"/orders/{order['order']}/refunds"
    first, again = [await buyer.post(path, Idempotency_Key="test/refund") for _ in range(2)]
    assert (first.status, first.body["state"]) == (202, "refunded")
    assert (again.status, again.headers["Idempotency-Replayed"]) == (202, "true")
    await buyer.until(f"/payments/{payment}", state="refunded")
    refused = await buyer.post(path)
    assert (refused.status, refused.code) == (400, "idempotency_key_missing")
    assert await shop.violations() == []


async def test_what_was_not_paid_is_not_refunded(shop):
    buyer = await shop.customer()
    order = (await buyer.place()).body
    refused = await buyer.post(f"/orders/{order['order']}/refunds", Idempotency_Key="test/refund")
    assert (refused.status, refused.code) == (409, "illegal_transition")
