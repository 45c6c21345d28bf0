"""What every stock engine promises. A new engine joins by a line in ENGINES."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_platform.domain.books import Shelf
from mock_platform.domain.errors import HoldGone, LimitPerBuyer, SoldOut, UnknownSku
from mock_platform.domain.reservation import WEB, HoldState, Units, flash_place
from mock_platform.protocols import StockStore
from mock_platform.stores.stock_memory import MemoryStock

FLASH = flash_place("F1")
LATER, MUCH_LATER = 100.0, 200.0

Engine = Callable[[], AbstractAsyncContextManager[StockStore]]


@asynccontextmanager
async def memory() -> AsyncIterator[StockStore]:
    yield MemoryStock()


ENGINES: list[Engine] = [memory]


@asynccontextmanager
async def stocked(engine: Engine) -> AsyncIterator[StockStore]:
    """Ten S1 and three S2 at the web, five S1 in a flash sale."""
    async with engine() as stock:
        await stock.put([Units("S1", WEB, 10), Units("S2", WEB, 3), Units("S1", FLASH, 5)])
        yield stock


@pytest.fixture(params=ENGINES, ids=lambda engine: engine.__name__)
async def stock(request: pytest.FixtureRequest) -> AsyncIterator[StockStore]:
    async with stocked(request.param) as stock:
        yield stock


def units(**quantities: int) -> list[Units]:
    return [Units(sku, WEB, quantity) for sku, quantity in quantities.items()]


def flash(quantity: int) -> list[Units]:
    return [Units("S1", FLASH, quantity)]


async def shelf(stock: StockStore, sku: str, place: str = WEB) -> tuple[int, int, int]:
    """(free, held, sold); the sum has been checked."""
    for each in (await stock.books()).shelves:
        assert each.initial + each.restocked == each.free + each.held + each.sold
        assert min(each.free, each.held, each.sold) >= 0
        if (each.sku, each.place) == (sku, place):
            found: Shelf = each
    return found.free, found.held, found.sold


async def test_units_go_from_free_to_held_to_sold(stock: StockStore) -> None:
    await stock.hold("O1", "C1", units(S1=4, S2=1), LATER)
    assert (await shelf(stock, "S1"), await shelf(stock, "S2")) == ((6, 4, 0), (2, 1, 0))
    await stock.sell("O1")
    assert (await shelf(stock, "S1"), await shelf(stock, "S2")) == ((6, 0, 4), (2, 0, 1))
    assert await stock.free("S1", WEB) == 6


@pytest.mark.parametrize("sold", [False, True])
async def test_given_back_units_are_free_again(stock: StockStore, sold: bool) -> None:
    await stock.hold("O1", "C1", units(S1=4), LATER)
    if sold:
        await stock.sell("O1")
    await stock.give_back("O1")
    assert await shelf(stock, "S1") == (10, 0, 0)
    assert (await stock.books()).holds == []


async def test_a_hold_is_all_lines_or_none(stock: StockStore) -> None:
    with pytest.raises(SoldOut, match="S2"):
        await stock.hold("O1", "C1", units(S1=4, S2=4), LATER)
    assert (await shelf(stock, "S1"), await shelf(stock, "S2")) == ((10, 0, 0), (3, 0, 0))
    await stock.hold("O1", "C1", units(S1=4, S2=3), LATER)  # a refusal leaves the order free to ask again


async def test_the_last_unit_is_sold_once(stock: StockStore) -> None:
    await stock.hold("O1", "C1", units(S2=3), LATER)
    for order in ("O2", "O3"):
        with pytest.raises(SoldOut):
            await stock.hold(order, "C2", units(S2=1), LATER)


async def test_what_was_never_put_is_sold_out(stock: StockStore) -> None:
    assert await stock.free("S9", WEB) == 0
    with pytest.raises(SoldOut):
        await stock.hold("O1", "C1", units(S9=1), LATER)


async def test_asked_again_everything_is_done_once(stock: StockStore) -> None:
    for _ in range(3):
        await stock.hold("O1", "C1", units(S1=4), LATER)
    assert await shelf(stock, "S1") == (6, 4, 0)
    for _ in range(3):
        await stock.sell("O1")
    await stock.hold("O1", "C1", units(S1=4), LATER)
    assert await shelf(stock, "S1") == (6, 0, 4)
    for _ in range(3):
        await stock.give_back("O1")
    await stock.sell("O1")
    assert await shelf(stock, "S1") == (10, 0, 0)


async def test_putting_a_place_that_exists_changes_nothing(stock: StockStore) -> None:
    await stock.hold("O1", "C1", units(S1=4), LATER)
    await stock.put([Units("S1", WEB, 99)])
    assert await shelf(stock, "S1") == (6, 4, 0)


@pytest.mark.parametrize("held_before", [True, False])
async def test_an_order_whose_units_were_given_back_never_holds_again(stock: StockStore, held_before: bool) -> None:
    if held_before:
        await stock.hold("O1", "C1", units(S1=4), LATER)
    await stock.give_back("O1")
    with pytest.raises(HoldGone):
        await stock.hold("O1", "C1", units(S1=4), LATER)
    await stock.sell("O1")
    assert await shelf(stock, "S1") == (10, 0, 0)


async def test_restocked_units_are_free(stock: StockStore) -> None:
    await stock.hold("O1", "C1", units(S2=3), LATER)
    await stock.restock("S2", WEB, 2)
    assert await shelf(stock, "S2") == (2, 3, 0)
    with pytest.raises(UnknownSku):
        await stock.restock("S9", WEB, 1)


async def test_one_restock_asked_for_twice_adds_once(stock: StockStore) -> None:
    for restock in ("D1", "D1", "D2", "", ""):
        await stock.restock("S2", WEB, 2, restock)
    assert await shelf(stock, "S2") == (11, 0, 0)
    with pytest.raises(UnknownSku):
        await stock.restock("S9", WEB, 1, "D3")
    await stock.restock("S2", WEB, 1, "D3")
    assert await shelf(stock, "S2") == (12, 0, 0)


async def test_places_are_apart(stock: StockStore) -> None:
    await stock.hold("O1", "C1", flash(5), LATER)
    assert await shelf(stock, "S1") == (10, 0, 0)
    with pytest.raises(SoldOut):
        await stock.hold("O2", "C2", flash(1), LATER)


async def test_the_limit_counts_what_a_buyer_holds_and_bought_there(stock: StockStore) -> None:
    await stock.hold("O1", "C1", flash(1), LATER, 2)
    await stock.sell("O1")
    await stock.hold("O2", "C1", flash(1), LATER, 2)
    with pytest.raises(LimitPerBuyer):
        await stock.hold("O3", "C1", flash(1), LATER, 2)
    await stock.hold("O4", "C2", flash(2), LATER, 2)  # another buyer has a limit of their own
    await stock.hold("O5", "C1", units(S1=5), LATER)  # and the web has none
    await stock.give_back("O1")
    await stock.hold("O6", "C1", flash(1), LATER, 2)  # what came back counts no more


async def test_web_purchases_do_not_count_against_a_sale(stock: StockStore) -> None:
    await stock.hold("O1", "C1", units(S1=5), LATER)
    await stock.hold("O2", "C1", flash(1), LATER, 1)


async def test_a_refused_limit_takes_nothing(stock: StockStore) -> None:
    with pytest.raises(LimitPerBuyer):
        await stock.hold("O1", "C1", flash(3), LATER, 2)
    assert await shelf(stock, "S1", FLASH) == (5, 0, 0)


async def test_asking_again_for_a_full_limit_is_still_one_hold(stock: StockStore) -> None:
    for _ in range(2):
        await stock.hold("O1", "C1", flash(2), LATER, 2)
    assert await shelf(stock, "S1", FLASH) == (3, 2, 0)


async def test_expired_lists_holds_whose_time_is_over_oldest_first(stock: StockStore) -> None:
    await stock.hold("O1", "C1", units(S1=1), 30.0)
    await stock.hold("O2", "C1", units(S1=1), 10.0)
    await stock.hold("O3", "C1", units(S1=1), 20.0)
    await stock.hold("O4", "C1", units(S1=1), 5.0)
    await stock.sell("O4")
    assert await stock.expired(9.9, 10) == []
    for _ in range(2):  # looking changes nothing
        found = await stock.expired(20.0, 10)
        assert [(hold.order, hold.state) for hold in found] == [("O2", HoldState.HELD), ("O3", HoldState.HELD)]
    assert [hold.order for hold in await stock.expired(99.0, 2)] == ["O2", "O3"]
    await stock.give_back("O2")
    assert [hold.order for hold in await stock.expired(99.0, 9)] == ["O3", "O1"]


async def test_asked_again_a_hold_is_kept_until_the_later_instant(stock: StockStore) -> None:
    await stock.hold("O1", "C1", units(S1=1), LATER)
    await stock.hold("O1", "C1", units(S1=1), MUCH_LATER)
    await stock.hold("O1", "C1", units(S1=1), LATER)
    assert await stock.expired(MUCH_LATER - 1, 10) == []
    assert [hold.order for hold in await stock.expired(MUCH_LATER, 10)] == ["O1"]


async def test_totals_are_the_sums_over_all_places(stock: StockStore) -> None:
    await stock.hold("O1", "C1", [*units(S1=4, S2=1), *flash(2)], LATER)
    await stock.hold("O2", "C2", units(S1=3), LATER)
    assert await stock.held_orders() == 2
    await stock.sell("O1")
    await stock.give_back("O2")
    await stock.restock("S2", WEB, 5)
    totals = await stock.totals()
    shelves = (await stock.books()).shelves
    assert (totals.free, totals.held, totals.sold) == (16, 0, 7)
    assert totals.free == sum(each.free for each in shelves)
    assert await stock.held_orders() == 0


async def test_two_hundred_at_once_get_what_there_is(stock: StockStore) -> None:
    asked = (stock.hold(f"O{number}", f"C{number}", units(S1=1), LATER) for number in range(200))
    answers = Counter(type(answer) for answer in await asyncio.gather(*asked, return_exceptions=True))
    assert answers == {type(None): 10, SoldOut: 190}


Act = tuple[str, str, str, int]
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["hold", "sell", "give_back", "restock"]),
        st.sampled_from(["O1", "O2", "O3", "O4"]),
        st.sampled_from(["S1", "S2", "flash"]),
        st.integers(1, 6),
    ),
    max_size=30,
)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=60)
@given(acts=ACTS)
def test_whatever_is_done_no_unit_is_made_or_lost(engine: Engine, acts: Sequence[Act]) -> None:
    async def do() -> None:
        async with stocked(engine) as stock:
            for act, order, what, quantity in acts:
                wanted = flash(quantity) if what == "flash" else units(**{what: quantity})
                try:
                    match act:
                        case "hold":
                            limit = 3 if what == "flash" else None
                            await stock.hold(order, f"C{int(order[1]) % 2}", wanted, LATER, limit)
                        case "sell":
                            await stock.sell(order)
                        case "give_back":
                            await stock.give_back(order)
                        case "restock":
                            await stock.restock("S1", WEB, quantity)
                except (SoldOut, LimitPerBuyer, HoldGone):
                    pass
                await check_sums(stock)

    asyncio.run(do())


async def check_sums(stock: StockStore) -> None:
    books = await stock.books()
    promised: Counter[tuple[str, str, str]] = Counter()
    bought: Counter[str] = Counter()
    for hold in books.holds:
        for each in hold.units:
            promised[each.sku, each.place, hold.state] += each.quantity
            bought[hold.buyer] += each.quantity if each.place == FLASH else 0
    for each in books.shelves:
        assert each.initial + each.restocked == each.free + each.held + each.sold
        assert min(each.free, each.held, each.sold) >= 0
        assert each.held == promised[each.sku, each.place, "held"]
        assert each.sold == promised[each.sku, each.place, "sold"]
    assert all(quantity <= 3 for quantity in bought.values())
