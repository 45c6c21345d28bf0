"""Selling from abroad: the price and duty shown are those charged; nobody gets past the limits, however they race."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest

from mock_platform.domain.customs import YEARLY_LIMIT_FEN, value_fen
from mock_platform.domain.errors import (
    MalformedRequest,
    MixedOrigins,
    OrderLimit,
    PriceChanged,
    ShopError,
    YearlyLimit,
)
from mock_platform.domain.order import WantedLine
from mock_platform.domain.purchase import Purchase
from mock_platform.domain.reservation import WEB
from tests.mock_platform.core_world import OPENING, lines
from tests.mock_platform.customs_world import DUTIES_FEN, PRICES_FEN, USD, CustomsWorld, imported
from tests.mock_platform.interruptions import Faults, LineDropped, Suspending, cut_off, run

YEAR = 2017


@pytest.mark.parametrize("wanted", [{"I1": 1}, {"I1": 3}, {"I2": 1}, {"I1": 2, "I2": 1}, {"I3": 1}], ids=str)
async def test_an_order_from_abroad_costs_price_and_duty_as_shown(wanted: dict[str, int]) -> None:
    world = CustomsWorld()
    order = await world.imported_order(**wanted)
    assert [line.duty_fen for line in order.lines] == [DUTIES_FEN[sku] * quantity for sku, quantity in wanted.items()]
    goods_fen = sum(PRICES_FEN[sku] * quantity for sku, quantity in wanted.items())
    assert order.declared
    assert order.payable_fen == goods_fen + order.duty_fen
    for line, sku in zip(order.lines, await world.catalogue.skus(list(wanted)), strict=True):
        assert line.imported == sku.imported, "the order keeps rate and date"
    assert await world.orders.imports.spent_fen("C1", YEAR) == goods_fen
    await world.settled_books()


async def test_a_domestic_order_has_no_duty_and_no_declaration() -> None:
    world = CustomsWorld()
    order = await world.paid(S1=1)
    assert (order.declared, order.duty_fen) == (False, 0)
    await world.settled_books()
    assert await world.orders.imports.declaration(order.order) is None
    assert await world.orders.imports.spent_fen("C1", YEAR) == 0


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ((*imported(I1=1), *lines(S1=1)), MixedOrigins),
        ((*lines(S1=1), *imported(I1=1)), MixedOrigins),
        (imported(I2=2), OrderLimit),
        (imported(I3=2), OrderLimit),
        (imported(I1=1, I3=1), OrderLimit),
        ((WantedLine("I1", 1, PRICES_FEN["I1"] + 1),), PriceChanged),
        ((WantedLine("I1", 1, PRICES_FEN["I1"] + DUTIES_FEN["I1"]),), PriceChanged),
    ],
    ids=[
        "mixed",
        "mixed too",
        "two of a dear one",
        "two indivisible",
        "one and more",
        "old price",
        "duty in the price",
    ],
)
async def test_what_may_not_be_ordered_is_refused_for_good(
    wanted: tuple[WantedLine, ...], refusal: type[ShopError]
) -> None:
    world = CustomsWorld()
    for _ in range(2):
        with pytest.raises(refusal):
            await world.place("C1", "k1", wanted)
    assert await world.stock.held_orders() == 0
    await world.settled_books()


@pytest.mark.parametrize(
    "wish", [{"coupons": ("c",)}, {"flash_sale": "F1"}, {"presale": "B1"}, {"outlet": "T1"}], ids=str
)
async def test_goods_from_abroad_are_in_no_other_way_of_selling(wish: dict[str, object]) -> None:
    world = CustomsWorld()
    with pytest.raises(MalformedRequest, match="from abroad"):
        await world.place("C1", "k1", imported(I1=1), **wish)
    await world.settled_books()


async def test_the_year_is_full_to_the_fen_and_another_buyers_is_not() -> None:
    world = CustomsWorld()
    for number in range(6):  # 6 x 3,900 = 23,400 yuan, then 2,600 are left: 11 x 232.59 are 2,558.49
        await world.imported_order(key=f"a{number}", I2=1)
    await world.imported_order(key="b", I1=11)
    with pytest.raises(YearlyLimit, match=r"41.51 are left"):
        await world.imported_order(key="c", I1=1)
    assert await world.stock.held_orders() == 0, "nothing is held for an order that cannot be"
    await world.imported_order(buyer="C2", key="c", I1=1)
    await world.settled_books()


async def test_a_unit_beyond_an_orders_limit_counts_for_the_year_too() -> None:
    world = CustomsWorld()
    for number in range(4):  # 4 x 6,500 yuan are the whole year
        await world.imported_order(key=f"k{number}", I3=1)
    with pytest.raises(YearlyLimit):
        await world.imported_order(key="k5", I1=1)
    await world.settled_books()


@pytest.mark.parametrize("ending", ["cancelled", "expired", "refunded"])
async def test_an_order_that_ends_gives_its_sum_back_once(ending: str) -> None:
    world = CustomsWorld()
    order = await (world.paid_import(I2=1) if ending == "refunded" else world.imported_order(I2=1))
    assert await world.orders.imports.spent_fen("C1", YEAR) == PRICES_FEN["I2"]
    if ending == "cancelled":
        await world.checkout.cancel("C1", order.order)
        await world.checkout.cancel("C1", order.order)
    if ending == "refunded":
        await world.charging.refund("C1", "r1", order.order)
    await world.settle()
    assert await world.orders.imports.spent_fen("C1", YEAR) == 0
    await world.settled_books()


async def test_however_many_race_the_year_is_not_overdrawn() -> None:
    world = CustomsWorld(wrap=Suspending)
    answers = await asyncio.gather(
        *(world.imported_order(key=f"k{number}", I2=1) for number in range(20)), return_exceptions=True
    )
    placed = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert {type(answer) for answer in answers if isinstance(answer, BaseException)} == {YearlyLimit}
    assert len(placed) == YEARLY_LIMIT_FEN // PRICES_FEN["I2"] == 6
    assert await world.orders.imports.spent_fen("C1", YEAR) == sum(value_fen(order.lines) for order in placed)
    await world.settled_books()
    assert await world.stock.free("I2", WEB) == 50, "all expired unpaid, and what was held for the refused came back"


async def test_hung_up_on_at_any_moment_the_year_adds_up() -> None:
    for moment in count(1):
        world = CustomsWorld(wrap=Suspending)
        if not cut_off(world.place("C1", "k1", imported(I2=1)), moment):
            break
        world.clock.advance(11.0)
        order, _ = run(world.place("C1", "k1", imported(I2=1)))
        spent_fen = await world.orders.imports.spent_fen("C1", YEAR)
        assert spent_fen == value_fen(order.lines), "the retry is the same order, counted once"
        await world.settled_books()
    assert moment > 10


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_whichever_call_is_lost_the_year_adds_up(after: bool) -> None:
    for call in count(1):
        faults = Faults(call, after=after)
        world = CustomsWorld(wrap=faults.wrap)
        try:
            await world.place("C1", "k1", imported(I2=1))
        except LineDropped:
            pass
        if faults.struck is None:
            break
        await world.settled_books()
        assert await world.orders.imports.spent_fen("C1", YEAR) == 0  # whatever was made has expired unpaid
    assert call > 5


async def test_a_new_rate_changes_the_price_and_no_order() -> None:
    world = CustomsWorld()
    old = await world.paid_import(key="old", I2=1)
    rate = await world.importing.give_rate("USD", 6_600_000, None)
    with pytest.raises(PriceChanged, match="396000"):
        await world.imported_order(key="late", I2=1)
    new, _ = await world.place("C1", "new", (WantedLine("I2", 1, 396_000),))
    assert new.lines[0].imported is not None
    assert (new.lines[0].imported.rate_micro_yuan, new.lines[0].imported.rated_at) == (6_600_000, rate.dated_at)
    assert (await world.orders.order(old.order)).lines == old.lines
    await world.imported_order(key="yen", I1=1)  # another currency's goods cost what they did
    await world.settled_books()


async def test_a_rate_dated_ahead_waits_for_its_date() -> None:
    world = CustomsWorld()
    await world.importing.give_rate("USD", 7_000_000, OPENING + 10)
    assert (await world.catalogue.sku("I2")).price_fen == PRICES_FEN["I2"]
    assert await world.importing.reprice() == 0
    world.clock.advance(10)
    assert [await world.importing.reprice(), await world.importing.reprice()] == [2, 0]
    assert (await world.catalogue.sku("I2")).price_fen == 420_000


async def test_from_its_very_instant_goods_are_sold_at_the_new_rate_whatever_is_still_shown() -> None:
    world = CustomsWorld()
    await world.importing.give_rate("USD", 6_600_000, OPENING + 10)
    world.clock.advance(9.999)
    before = await world.imported_order(key="before", I2=1)
    world.clock.advance(0.001)
    assert (await world.catalogue.sku("I2")).price_fen == PRICES_FEN["I2"], "nobody has repriced yet"
    with pytest.raises(PriceChanged, match="396000"):
        await world.imported_order("C2", key="after", I2=1)
    assert (await world.catalogue.sku("I2")).price_fen == 396_000, "and is shown the new price now"
    after, _ = await world.place("C2", "again", (WantedLine("I2", 1, 396_000),))
    assert [order.lines[0].imported.rated_at for order in (before, after) if order.lines[0].imported] == [
        USD.dated_at,
        OPENING + 10,
    ]
    await world.settled_books()


async def test_a_quote_follows_the_rate_that_is_in_force() -> None:
    world = CustomsWorld()
    asked = Purchase("C1", imported(I2=1))
    assert (await world.checkout.quote(asked)).lines[0].total_fen == 390_000 + 35_490
    await world.importing.give_rate("USD", 6_600_000, OPENING + 1)
    world.clock.advance(1)
    with pytest.raises(PriceChanged):
        await world.checkout.quote(asked)


async def test_a_rate_that_leaves_the_price_in_fen_alone_is_the_one_the_order_keeps() -> None:
    world = CustomsWorld()
    rate = await world.importing.give_rate("JPY", 58_439, None)  # 3,980 yen are 232.59 yuan still
    order = await world.imported_order(I1=1)
    assert order.lines[0].imported is not None
    assert (order.lines[0].imported.rate_micro_yuan, order.lines[0].imported.rated_at) == (58_439, rate.dated_at)
    await world.settled_books()


async def test_without_a_rate_in_force_nothing_is_sold_and_everything_else_is() -> None:
    world = CustomsWorld()
    world.rates._dated["USD"].clear()
    await world.importing.give_rate("USD", 6_600_000, OPENING + 10)
    assert set(await world.importing.rates()) == {"JPY"}
    assert await world.importing.reprice() == 0
    with pytest.raises(PriceChanged, match="no rate for USD is in force"):
        await world.imported_order(key="a", I2=1)
    await world.imported_order(key="b", I1=1)
    world.clock.advance(10)
    await world.place("C1", "c", (WantedLine("I2", 1, 396_000),))
    await world.settled_books()


async def test_between_order_and_payment_a_new_rate_changes_nothing() -> None:
    world = CustomsWorld()
    order = await world.imported_order(I2=1)
    await world.importing.give_rate("USD", 9_000_000, None)
    paid = await world.asked(order)
    assert paid.amount_fen == order.payable_fen == 390_000 + 35_490
    snapshot = await world.settled_books()
    (line,) = snapshot["imported_lines"]
    assert (line["rate_micro_yuan"], line["rated_at"]) == (USD.micro_yuan, USD.dated_at)


@pytest.mark.parametrize("dated_at", [OPENING - 0.1, OPENING + 400 * 86_400], ids=["back", "too far ahead"])
async def test_a_rate_is_not_dated_back(dated_at: float) -> None:
    world = CustomsWorld()
    with pytest.raises(MalformedRequest, match="dated from now on"):
        await world.importing.give_rate("USD", 6_600_000, dated_at)
    assert len(await world.rates.rates()) == 2


async def test_a_rate_cut_off_half_way_takes_hold_all_the_same() -> None:
    for moment in count(1):
        world = CustomsWorld(wrap=Suspending)
        if not cut_off(world.importing.give_rate("USD", 6_600_000, None), moment):
            break
        run(world.importing.reprice())
        given = len(await world.rates.rates()) == 3
        assert (await world.catalogue.sku("I2")).price_fen == (396_000 if given else PRICES_FEN["I2"])
    assert moment > 4


async def test_the_allowance_is_what_the_commit_counts() -> None:
    world = CustomsWorld()
    await world.imported_order(I2=1)
    assert await world.importing.allowance("C1") == (YEAR, 390_000, YEARLY_LIMIT_FEN - 390_000)
    assert await world.importing.allowance("C2") == (YEAR, 0, YEARLY_LIMIT_FEN)


async def test_goods_from_abroad_are_listed_by_page() -> None:
    world = CustomsWorld()
    page = await world.importing.goods(page=2, per_page=2)
    assert ([sku.sku for sku in page.items], page.pages, page.total) == (["I3"], 2, 3)
