"""Settlement of everything there is to sell, through URLs: each merchant gets what was delivered is worth, no more."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from fractions import Fraction
from typing import Any

import pytest

from tests.mock_platform.api.conftest import Caller, OpenShop, Shop
from tests.mock_platform.api.test_api_outlets import clerk, hand_over, ready, sell, wanted
from tests.mock_platform.api.test_api_presales import deposited, presale
from tests.mock_platform.api.test_api_promotions import claimed, opened, window

CUSTOMS = {"customs_latency_s": 0.02, "customs_lost_rate": 0.0, "customs_late_rate": 0.0, "customs_rejected_rate": 0.0}
FEE_BASIS_POINTS = 175


def due_fen(*worths_fen: int) -> int:
    """Each line's worth less its fee, worked out as a person would: exactly, then half to even."""
    return sum(worth_fen - round(Fraction(worth_fen * FEE_BASIS_POINTS, 10_000)) for worth_fen in worths_fen)


@pytest.fixture
async def shop(open_shop: OpenShop) -> Shop:
    return await open_shop(
        settle_every_s=0.05, fee_basis_points=FEE_BASIS_POINTS, carrier_collected_s=0.15, sweep_every_s=0.02, **CUSTOMS
    )


async def bought(buyer: Caller, lines: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    placed = await buyer.post("/orders", {"lines": lines, **more}, Idempotency_Key=buyer.key())
    assert placed.status == 201, placed.body
    assert (await buyer.pay(placed.body)).status == 202
    order: dict[str, Any] = placed.body
    return order


async def test_every_way_of_selling_is_settled_to_the_fen_and_so_is_a_lost_deposit_but_no_refund(shop: Shop) -> None:
    due: defaultdict[str, int] = defaultdict(int)
    one, two, three, four, five = [await shop.customer(number) for number in range(1, 6)]

    # The platform pays its coupon: the merchants get the whole price. A merchant pays its own discount.
    coupon = await claimed(one, await opened(shop, face_fen=777, minimum_spend_fen=1_000, budget_fen=777_000))
    item = {**window(), "kind": "item", "skus": ["S0000009"], "percent_off": 7}
    assert (await shop.operator.post("/promotions", item)).status == 201
    lines = [await one.line("S0000001", 2), await one.line("S0000009")]
    order = await bought(one, lines, coupons=[coupon])
    full_fen = {line["sku"]: line["quantity"] * line["unit_price_fen"] for line in lines}
    off_fen = sum(full_fen.values()) - order["payable_fen"]
    worth_fen = {**full_fen, "S0000009": full_fen["S0000009"] - (off_fen - 777)}
    assert 0 < off_fen - 777 < full_fen["S0000009"]
    for line in order["lines"]:
        due[line["merchant"]] += due_fen(worth_fen[line["sku"]])

    # From abroad: the price, without the duty.
    abroad = next(
        sku for sku in (await two.get("/imports?per_page=100")).body["skus"] if sku["price_fen"] < 150_000
    )  # fmt: skip
    await bought(two, [await two.line(abroad["sku"])])
    due[abroad["merchant"]] += due_fen(abroad["price_fen"])

    # At a till, and picked up in an outlet.
    at_till = await clerk(shop)
    sold = await sell(at_till, await wanted(shop, 2))
    assert sold.status == 201, sold.body
    pickup = await ready(shop, three)
    assert (await hand_over(at_till, pickup["code"])).status in (200, 201)
    (shelf,) = await wanted(shop)
    owner = (await shop.anybody.get(f"/skus/{shelf['sku']}")).body["merchant"]
    due[owner] += due_fen(2 * shelf["unit_price_fen"]) + due_fen(shelf["unit_price_fen"])

    # A deposit given up too late is the merchant's, without a fee; what is refunded is nobody's.
    made = await presale(shop, refundable_until=time.time() - 0.5)
    given_up = await deposited(four, made)
    lost = (await four.post(f"/orders/{given_up['order']}/cancellations")).body
    assert (lost["state"], lost["forfeited_fen"]) == ("cancelled", 150)
    due[given_up["lines"][0]["merchant"]] += 150
    back = await bought(five, [await five.line("S0000001")])
    await five.until(f"/orders/{back['order']}", state="paid")
    assert (await five.post(f"/orders/{back['order']}/refunds", Idempotency_Key="r")).status == 202

    for _ in range(250):
        if shop.metric("shop_settled_orders_total") < 5:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    assert shop.metric("shop_settled_orders_total") == 5
    assert await shop.violations() == []

    snapshot = (await shop.operator.get("/exports/snapshot")).body
    stated: defaultdict[str, int] = defaultdict(int)
    for batch in snapshot["settlements"]:
        for statement in batch["statements"]:
            stated[statement["merchant"]] += statement["net_fen"]
    assert stated == due
    booked: defaultdict[str, int] = defaultdict(int)
    for entry in snapshot["ledger"]:
        for leg in entry["legs"]:
            booked[leg["account"]] += leg["amount_fen"]
    for merchant, net_fen in due.items():
        assert booked[f"payout/{merchant}"] == -net_fen
        assert booked[f"merchant/{merchant}"] == 0, "nothing is left that is owed and not paid out"
        assert booked[f"forfeits/{merchant}"] == 0
    assert booked["promotions"] == 777
