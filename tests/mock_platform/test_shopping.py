"""Shopping: finding things, looking at them, and the cart."""

from __future__ import annotations

import pytest

from mock_platform.domain.errors import MalformedRequest, NotFound, UnknownCustomer, UnknownSku
from mock_platform.domain.reservation import WEB
from mock_platform.domain.sku import Sku
from tests.mock_platform.core_world import World, lines

GOODS = [
    Sku("A1", "iPhone手机壳 透明", "phones", "M1", 100),
    Sku("A2", "手机 5G Smart Phone", "phones", "M1", 200),
    Sku("A3", "机械手表", "watches", "M2", 300),
    Sku("A4", "Smart watch", "watches", "M2", 400),
]


@pytest.fixture
async def world() -> World:
    world = World()
    await world.catalogue.put_skus(GOODS)
    return world


@pytest.mark.parametrize(
    ("text", "category", "found"),
    [
        ("手机", "", ["A1", "A2"]),
        ("机", "", ["A1", "A2", "A3"]),
        ("手机壳", "", ["A1"]),
        ("smart", "", ["A2", "A4"]),
        ("SMART  watch", "", ["A4"]),
        ("smart", "watches", ["A4"]),
        ("", "watches", ["A3", "A4"]),
        ("iphone手机", "", ["A1"]),
        ("机手", "", []),
        ("smar", "", []),
        ("手机 watch", "", []),
        ("!!!", "", []),
        ("手机", "no such category", []),
        ("", "", ["S1", "S2", "S3", "A1", "A2", "A3", "A4"]),
    ],
)
async def test_a_search_finds_titles_with_every_word_popular_first(
    world: World, text: str, category: str, found: list[str]
) -> None:
    for _ in range(2):  # the second time from the searches kept
        page = await world.shopping.search(text, category)
        assert [sku.sku for sku in page.items] == found
        assert page.total == len(found)


async def test_pages_add_up_to_everything_found(world: World) -> None:
    pages = [await world.shopping.search(page=number, per_page=3) for number in (1, 2, 3, 4)]
    assert [len(page.items) for page in pages] == [3, 3, 1, 0]
    assert {(page.pages, page.total) for page in pages} == {(3, 7)}


@pytest.mark.parametrize(("page", "per_page"), [(0, 20), (-1, 20), (1, 0), (1, 101)])
async def test_a_page_that_cannot_be_is_malformed(world: World, page: int, per_page: int) -> None:
    with pytest.raises(MalformedRequest):
        await world.shopping.search(page=page, per_page=per_page)


async def test_a_repriced_or_renamed_thing_is_found_as_it_is_now(world: World) -> None:
    await world.shopping.search("smart")
    await world.catalogue.put_skus([Sku("A4", "Dumb watch", "clocks", "M2", 1)])
    assert [sku.sku for sku in (await world.shopping.search("smart")).items] == ["A2"]
    assert [sku.price_fen for sku in (await world.shopping.search("dumb")).items] == [1]
    assert [sku.sku for sku in (await world.shopping.search(category="watches")).items] == ["A3"]
    await world.catalogue.put_skus([Sku("A4", "Dumb watch", "clocks", "M2", 2)])
    assert [sku.price_fen for sku in (await world.shopping.search("dumb")).items] == [2]


async def test_a_detail_shows_what_is_free(world: World) -> None:
    await world.placed(S2=2)
    sku, free = await world.shopping.detail("S2")
    assert (sku.price_fen, free) == (250, 3)
    assert (await world.shopping.detail("A1"))[1] == 0
    with pytest.raises(UnknownSku):
        await world.shopping.detail("A9")


async def test_a_cart_is_full_already_and_priced_as_of_today(world: World) -> None:
    cart = await world.shopping.cart("C1")
    assert [(line.sku, line.title, line.quantity) for line in cart.lines] == [
        ("S1", "thing S1", 1),
        ("S2", "thing S2", 2),
    ]
    assert cart.total_fen == 1_500
    await world.catalogue.put_skus([Sku("S1", "thing S1", "things", "M1", 1)])
    assert (await world.shopping.cart("C1")).total_fen == 501
    assert (await world.shopping.cart("C9")).lines == ()


async def test_a_line_is_set_and_removed_however_often_asked(world: World) -> None:
    for _ in range(2):
        cart = await world.shopping.put_line("C1", "S1", 3)
        assert [(line.sku, line.quantity) for line in cart.lines] == [("S1", 3), ("S2", 2)]
    await world.shopping.put_line("C1", "S3", 1)
    for sku in ("S2", "S2", "S1", "S3"):
        cart = await world.shopping.remove_line("C1", sku)
    assert (cart.lines, cart.total_fen) == ((), 0)
    assert (await world.shopping.cart("C2")).total_fen == 1_500, "another buyer's cart is their own"


@pytest.mark.parametrize("quantity", [0, -1, 100])
async def test_a_quantity_is_between_1_and_99(world: World, quantity: int) -> None:
    with pytest.raises(MalformedRequest):
        await world.shopping.put_line("C1", "S1", quantity)


async def test_a_cart_holds_fifty_lines_of_things_that_exist(world: World) -> None:
    with pytest.raises(UnknownSku):
        await world.shopping.put_line("C1", "A9", 1)
    await world.catalogue.put_skus(Sku(f"B{number}", "b", "b", "M1", 1) for number in range(60))
    for number in range(48):
        await world.shopping.put_line("C1", f"B{number}", 1)
    with pytest.raises(MalformedRequest):
        await world.shopping.put_line("C1", "B59", 1)
    assert len((await world.shopping.put_line("C1", "B0", 9)).lines) == 50


async def test_buying_leaves_the_cart_full_for_the_next_visit(world: World) -> None:
    await world.place("C1", "k1", lines(S1=1, S2=2))
    assert len((await world.shopping.cart("C1")).lines) == 2


async def test_merchants_and_customers_are_found_or_unknown(world: World) -> None:
    assert [each.merchant for each in (await world.shopping.merchants()).items] == ["M1", "M2"]
    assert (await world.shopping.merchant("M1")).name == "shop M1"
    with pytest.raises(NotFound):
        await world.shopping.merchant("M9")
    assert (await world.shopping.customer("C1")).city == "杭州市"
    with pytest.raises(UnknownCustomer):
        await world.shopping.customer("C9")
    assert await world.customers.count() == 3


async def test_browsing_takes_no_stock(world: World) -> None:
    before = await world.stock.books()
    await world.shopping.search("thing")
    await world.shopping.detail("S1")
    await world.shopping.put_line("C1", "S1", 99)
    assert await world.stock.books() == before
    assert await world.stock.free("S1", WEB) == 20
