"""/exports/sales over HTTP: for operators alone, and the same sum as the metrics'."""

from __future__ import annotations


async def test_what_was_paid_is_on_the_board_by_shelf_and_town(shop):
    buyer = await shop.customer(1)
    order = (await buyer.place(await buyer.line("S0000001"))).body
    await buyer.pay(order)
    await buyer.until(f"/orders/{order['order']}", state="delivered")
    board = (await shop.operator.get("/exports/sales")).body
    assert board["gmv_fen"] == order["payable_fen"] == round(shop.metric("shop_gmv_yuan_total") * 100)
    assert (board["orders"], board["units"], board["cross_border_fen"]) == (1, 1, 0)
    assert [each["gmv_fen"] for each in board["categories"] + board["cities"]] == [board["gmv_fen"]] * 2
    assert board["parcels"]["delivered"] == 1


async def test_the_board_is_not_for_customers(shop):
    buyer = await shop.customer(1)
    assert (await buyer.get("/exports/sales")).status in (401, 403)
