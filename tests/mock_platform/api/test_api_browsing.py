"""/skus, /merchants and /customers over HTTP."""

from __future__ import annotations

import pytest


async def test_a_search_lists_popular_things_first_by_page(shop):
    found = (await shop.anybody.get("/skus?per_page=25&page=2")).body
    assert (found["page"], found["pages"], found["total"]) == (2, 3, 72)
    assert [sku["sku"] for sku in found["skus"]] == [f"S{number:07d}" for number in range(26, 51)]
    assert set(found["skus"][0]) == {"sku", "title", "category", "merchant", "price_fen"}


async def test_a_page_beyond_the_last_is_empty(shop):
    found = (await shop.anybody.get("/skus?page=99")).body
    assert (found["skus"], found["total"]) == ([], 72)


async def test_a_search_finds_words_of_the_title_within_a_category(shop):
    hot = (await shop.anybody.get("/skus/S0000001")).body
    found = (await shop.anybody.get(f"/skus?q=白酒&category={hot['category']}")).body
    assert hot["sku"] in [sku["sku"] for sku in found["skus"]]
    assert all("白酒" in sku["title"] and sku["category"] == hot["category"] for sku in found["skus"])


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", "per_page=0", "per_page=101", "q=" + "长" * 101])
async def test_an_impossible_page_is_refused(shop, query):
    refused = await shop.anybody.get(f"/skus?{query}")
    assert (refused.status, refused.code) == (400, "malformed_request")


async def test_what_the_shop_does_not_know_in_a_query_does_no_harm(shop):
    assert (await shop.anybody.get("/skus?utm_source=poster")).status == 200


async def test_a_thing_shows_how_many_units_are_free(shop):
    buyer = await shop.customer()
    before = (await shop.anybody.get("/skus/S0000003")).body
    await buyer.place(await buyer.line("S0000003", 3))
    after = (await shop.anybody.get("/skus/S0000003")).body
    assert after == {**before, "free": before["free"] - 3}


async def test_an_unknown_thing_is_not_found(shop):
    refused = await shop.anybody.get("/skus/S9999999")
    assert (refused.status, refused.code) == (404, "unknown_sku")


async def test_merchants_are_listed_and_shown(shop):
    listed = (await shop.anybody.get("/merchants?page=1")).body
    assert (len(listed["merchants"]), listed["total"]) == (12, 12)
    shown = await shop.anybody.get("/merchants/M0003")
    assert shown.body == listed["merchants"][2]
    refused = await shop.anybody.get("/merchants/M9999")
    assert (refused.status, refused.code) == (404, "not_found")


async def test_a_session_is_opened_for_known_customers_only(shop):
    opened = await shop.anybody.post("/customers/sessions", {"customer": "C0000007"})
    assert opened.status == 201
    assert set(opened.body) == {"customer", "token", "expires_at"}
    refused = await shop.anybody.post("/customers/sessions", {"customer": "C9999999"})
    assert (refused.status, refused.code) == (404, "unknown_customer")


async def test_a_customer_sees_themselves_masked(shop):
    buyer = await shop.customer(7)
    me = (await buyer.get("/customers/me")).body
    assert set(me) == {"customer", "name", "city", "phone", "address"}
    assert me["customer"] == "C0000007"
    assert me["name"][1:] == "*" * (len(me["name"]) - 1)
    assert me["address"].endswith("****")
    assert me["phone"][3:7] == "****"
    assert len(me["phone"]) == 11
