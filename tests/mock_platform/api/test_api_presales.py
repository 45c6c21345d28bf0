"""/presales over HTTP: deposits in their window, balances in theirs, and the deposit back or lost."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

OPENS_S, CLOSES_S = 2.0, 4.0
"""When the balance may be paid, after the presale was made: long for this shop, and short for a test."""


async def presale(shop: Any, **changes: Any) -> Any:
    now = time.time()
    asked = {
        "sku": "S0000002",
        "price_fen": 1_000,
        "deposit_fen": 150,
        "allotment": 10,
        "limit_per_buyer": 2,
        "deposit_opens_at": now - 1,
        "deposit_closes_at": now + OPENS_S,
        "balance_opens_at": now + OPENS_S,
        "balance_closes_at": now + CLOSES_S,
        "refundable_until": now + OPENS_S,
    }
    created = await shop.operator.post("/presales", {**asked, **changes})
    assert created.status == 201, created.body
    return created.body


async def wanted(buyer: Any, of: Any, quantity: int = 1) -> Any:
    lines = [{"sku": of["sku"], "quantity": quantity, "unit_price_fen": of["price_fen"]}]
    return await buyer.post("/orders", {"lines": lines, "presale": of["presale"]}, Idempotency_Key=buyer.key())


async def deposited(buyer: Any, of: Any) -> Any:
    order = (await wanted(buyer, of)).body
    assert (order["state"], order["due_fen"], order["deposit_fen"]) == ("placed", 150, 150)
    paid = await buyer.pay(order, amount_fen=order["due_fen"])
    assert (paid.status, paid.body["instalment"]) == (202, "deposit")
    return await buyer.until(f"/orders/{order['order']}", state="deposited")


async def test_a_deposit_becomes_a_purchase_a_refund_or_a_loss(shop):
    made = await presale(shop)
    payer, quitter, sleeper = [await shop.customer(number) for number in (1, 2, 3)]
    mine, given_up, forgotten = [await deposited(buyer, made) for buyer in (payer, quitter, sleeper)]
    assert (mine["payable_fen"], mine["due_fen"]) == (1_000, 850)
    assert mine["pay_before"] == mine["balance_closes_at"] == made["balance_closes_at"]
    assert shop.metric("shop_presale_balances_due") == 3.0
    assert shop.metric("shop_presale_balances_due_yuan") == 25.5
    assert shop.metric("shop_presales", state="deposits") == 1.0
    early = await payer.pay(mine, amount_fen=850)
    assert (early.status, early.code) == (409, "balance_not_open")
    cancelled = (await quitter.post(f"/orders/{given_up['order']}/cancellations")).body
    assert (cancelled["state"], "forfeited_fen" in cancelled) == ("cancelled", False)

    await asyncio.sleep(max(0.0, made["balance_opens_at"] - time.time()))
    wrong = await payer.pay(mine, amount_fen=1_000)
    assert (wrong.status, wrong.code) == (409, "amount_mismatch")
    balance = await payer.pay(mine, amount_fen=850)
    assert (balance.status, balance.body["instalment"]) == (202, "balance")
    await payer.until(f"/payments/{balance.body['payment']}", state="posted")
    assert "due_fen" not in (await payer.get(f"/orders/{mine['order']}")).body

    lost = await sleeper.until(f"/orders/{forgotten['order']}", state="cancelled", forfeited_fen=150)
    assert time.time() >= made["balance_closes_at"]
    late = await sleeper.pay(lost, amount_fen=850)
    assert (late.status, late.code) == (409, "balance_closed")
    assert shop.metric("shop_presale_balances_due") == 0.0
    assert await shop.violations() == []
    figures = {row["system"]: row["figures"] for row in (await shop.operator.get("/exports/audit")).body["systems"]}
    assert figures["presale"]["deposits_paid_orders"] == 3
    assert figures["presale"]["deposits_forfeited_fen"] == 150
    counted = {what: shop.metric("shop_orders_total", outcome=what) for what in ("deposited", "forfeited", "paid")}
    assert counted == {"deposited": 3.0, "forfeited": 1.0, "paid": 1.0}


async def test_presales_are_listed_with_the_window_they_are_in(shop):
    now = time.time()
    ends = {"balance_closes_at": now + 300, "refundable_until": now}
    later = {"deposit_closes_at": now + 100, "balance_opens_at": now + 200}
    await presale(shop, **{**ends, **later, "deposit_opens_at": now + 50, "refundable_until": now + 60})
    await presale(shop, **ends, **later)
    await presale(shop, **ends, deposit_opens_at=now - 9, deposit_closes_at=now - 8, balance_opens_at=now + 200)
    await presale(shop, **ends, deposit_opens_at=now - 9, deposit_closes_at=now - 8, balance_opens_at=now - 7)
    over = {"deposit_opens_at": now - 9, "deposit_closes_at": now - 8, "balance_opens_at": now - 7}
    await presale(shop, **over, balance_closes_at=now - 6, refundable_until=now - 6)
    listed = (await shop.anybody.get("/presales")).body["presales"]
    assert [each["state"] for each in listed] == ["upcoming", "deposits", "waiting", "balance", "closed"]
    buyer = await shop.customer()
    assert [(await wanted(buyer, each)).code for each in (listed[0], listed[2])] == ["sale_not_open", "sale_closed"]


async def test_two_hundred_buyers_for_ten_units_make_exactly_ten_deposits(shop):
    made = await presale(shop)
    buyers = await asyncio.gather(*(shop.customer(number) for number in range(1, 201)))
    answers = await asyncio.gather(*(wanted(buyer, made) for buyer in buyers))
    assert sum(each.status == 201 for each in answers) == 10
    assert {each.code for each in answers if each.status != 201} == {"sold_out"}
    assert await shop.violations() == []


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"sku": "S9999999"}, 404, "unknown_sku"),
        ({"deposit_fen": 0}, 400, "malformed_request"),
        ({"deposit_fen": 2}, 400, "malformed_request"),
        ({"balance_opens_at": 1.5}, 400, "malformed_request"),
        ({"refundable_until": 5}, 400, "malformed_request"),
        ({"allotment": 0}, 400, "malformed_request"),
        ({"colour": "red"}, 400, "malformed_request"),
    ],
)
async def test_an_impossible_presale_is_refused(shop, changes, status, code):
    asked = {
        "sku": "S0000001",
        "price_fen": 2,
        "deposit_fen": 1,
        "allotment": 1,
        "limit_per_buyer": 1,
        "deposit_opens_at": 1,
        "deposit_closes_at": 2,
        "balance_opens_at": 3,
        "balance_closes_at": 4,
        "refundable_until": 2,
    }
    refused = await shop.operator.post("/presales", {**asked, **changes})
    assert (refused.status, refused.code) == (status, code)
    buyer = await shop.customer()
    assert (await buyer.post("/presales", asked)).code == "forbidden"
