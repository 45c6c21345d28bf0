"""/carts/mine over HTTP."""

from __future__ import annotations

import pytest


async def test_every_seeded_customer_has_a_full_cart(shop):
    for number in (1, 200, 400):
        cart = (await (await shop.customer(number)).get("/carts/mine")).body
        assert 1 <= len(cart["lines"]) <= 4
        assert cart["total_fen"] == sum(line["quantity"] * line["unit_price_fen"] for line in cart["lines"])
        assert set(cart["lines"][0]) == {"sku", "title", "quantity", "unit_price_fen"}


async def test_a_full_cart_can_be_ordered_as_it_stands(shop):
    buyer = await shop.customer(9)
    cart = (await buyer.get("/carts/mine")).body
    lines = [{name: line[name] for name in ("sku", "quantity", "unit_price_fen")} for line in cart["lines"]]
    placed = await buyer.place(*lines)
    assert placed.status == 201
    assert placed.body["payable_fen"] == cart["total_fen"]


async def test_a_line_is_put_changed_and_removed(shop):
    buyer = await shop.customer(2)
    for quantity in (2, 5):
        cart = await buyer.ask("PUT", "/carts/mine/lines/S0000060", {"quantity": quantity})
        assert cart.status == 200
        assert [line["quantity"] for line in cart.body["lines"] if line["sku"] == "S0000060"] == [quantity]
    for _ in range(2):  # removing what is gone is no error
        cart = await buyer.ask("DELETE", "/carts/mine/lines/S0000060")
        assert cart.status == 200
        assert "S0000060" not in [line["sku"] for line in cart.body["lines"]]


@pytest.mark.parametrize("body", [{"quantity": 0}, {"quantity": 100}, {"quantity": 1.5}, {"quantity": "1"}, {}, [1]])
async def test_an_impossible_quantity_is_refused(shop, body):
    buyer = await shop.customer(2)
    refused = await buyer.ask("PUT", "/carts/mine/lines/S0000060", body)
    assert (refused.status, refused.code) == (400, "malformed_request")


async def test_an_unknown_thing_does_not_go_into_a_cart(shop):
    buyer = await shop.customer(2)
    refused = await buyer.ask("PUT", "/carts/mine/lines/S9999999", {"quantity": 1})
    assert (refused.status, refused.code) == (404, "unknown_sku")


async def test_carts_are_ones_own(shop):
    one, other = await shop.customer(3), await shop.customer(4)
    before = (await other.get("/carts/mine")).body
    await one.ask("PUT", "/carts/mine/lines/S0000059", {"quantity": 9})
    assert (await other.get("/carts/mine")).body == before
