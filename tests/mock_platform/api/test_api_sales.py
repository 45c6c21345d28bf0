"""/exports/sales over HTTP: for operators alone, and the same sum as the metrics'."""

from __future__ import annotations

from mock_platform.services.glancing import GLANCES


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


async def test_each_system_says_what_it_is_at_as_its_series_do(shop):
    """All eleven of them, also those in which nothing happened yet."""
    buyer = await shop.customer(1)
    order = (await buyer.place(await buyer.line("S0000001", 2))).body
    sale = await shop.flash_sale(allotment=5)
    systems = (await shop.operator.get("/exports/sales")).body["systems"]
    assert list(systems) == list(GLANCES)
    assert systems["checkout"]["orders_paid"] == 0
    await buyer.pay(order)
    await buyer.until(f"/orders/{order['order']}", state="delivered")
    await shop.until_counted("shop_flash_sale_units", state="left")
    systems = (await shop.operator.get("/exports/sales")).body["systems"]
    assert systems["checkout"]["orders_paid"] == 1
    assert systems["logistics"] == {"to_sort": 0, "delivered": shop.metric("shop_parcels_total", state="delivered")}
    assert systems["flash sale"] == {"units_left": sale["allotment"], "units_taken": 0}
    rows = {series for told in GLANCES.values() for series, _ in told.values()}
    assert len(rows) > 12


async def test_the_board_is_not_for_customers(shop):
    buyer = await shop.customer(1)
    assert (await buyer.get("/exports/sales")).status in (401, 403)
