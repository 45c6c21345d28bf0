"""The year's 26,000 yuan under attack: to the fen, with many orders at once, over New Year, and freed exactly once."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_platform.domain.customs import CHINA, imported_sku
from mock_platform.domain.declaration import Verdict
from mock_platform.domain.errors import OrderLimit, ShopError, YearlyLimit
from mock_platform.domain.order import Order, OrderState, WantedLine
from mock_platform.domain.reservation import WEB, Units
from mock_platform.domain.sku import Sku
from mock_platform.partners.customs_broker import CustomsBehaviour
from tests.mock_platform.customs_world import PRICES_FEN, CustomsWorld
from tests.mock_platform.interruptions import Suspending

YEAR_FEN = int(Decimal("26000.00") * 100)
ORDER_FEN = int(Decimal("5000.00") * 100)
"""The law's figures once more, in another way: a test that took them from the shop would agree with any."""


async def on_sale(world: CustomsWorld, *prices_fen: int) -> None:
    """For each price an SKU of that name: P500000 costs 5,000 yuan. A dollar costs a yuan from now on."""
    rate = await world.importing.give_rate("USD", 1_000_000, None)
    skus = [imported_sku(Sku(f"P{fen}", "any", "数码", "X1", 1), "US", fen, rate) for fen in prices_fen]
    assert [sku.price_fen for sku in skus] == list(prices_fen)
    await world.catalogue.put_skus(skus)
    await world.stock.put(Units(sku.sku, WEB, 1_000) for sku in skus)


async def bought(world: CustomsWorld, key: str, price_fen: int, units: int = 1, buyer: str = "C1") -> Order:
    order, _ = await world.place(buyer, key, (WantedLine(f"P{price_fen}", units, price_fen),))
    return order


async def spent(world: CustomsWorld, year: int = 2017) -> int:
    return await world.orders.imports.spent_fen("C1", year)


@pytest.mark.parametrize(
    ("last_fen", "fits"), [(YEAR_FEN - 5 * ORDER_FEN, True), (YEAR_FEN - 5 * ORDER_FEN + 1, False)]
)
async def test_the_year_is_full_at_exactly_26_000_yuan(last_fen: int, fits: bool) -> None:
    world = CustomsWorld()
    await on_sale(world, ORDER_FEN, last_fen, 1)
    for number in range(5):
        await bought(world, f"k{number}", ORDER_FEN)
    if fits:
        await bought(world, "last", last_fen)
        assert await spent(world) == YEAR_FEN
        with pytest.raises(YearlyLimit, match=r" 0\.00 are left"):
            await bought(world, "a fen", 1)
    else:
        with pytest.raises(YearlyLimit, match=r" 1,000\.00 are left"):
            await bought(world, "last", last_fen)
    await world.settled_books()


@pytest.mark.parametrize(
    ("price_fen", "units", "fits", "duty_fen"),
    [
        (500_000, 1, True, "45500"),  # 5,000.00 at 13 % x 70 %
        (500_001, 1, True, "65000"),  # a single unit of 5,000.01 is let in, and pays in full: half a fen, to even
        (250_000, 2, True, "45500"),
        (250_001, 2, False, ""),
        (500_001, 2, False, ""),
    ],
)
async def test_an_order_is_full_at_exactly_5_000_yuan(price_fen: int, units: int, fits: bool, duty_fen: str) -> None:
    world = CustomsWorld()
    await on_sale(world, price_fen)
    if not fits:
        with pytest.raises(OrderLimit):
            await bought(world, "k", price_fen, units)
        assert await spent(world) == 0
        return
    order = await bought(world, "k", price_fen, units)
    assert order.duty_fen == Decimal(duty_fen)
    assert await spent(world) == price_fen * units
    await world.settled_books()


@settings(max_examples=60)
@given(st.lists(st.sampled_from([1, 99_999, 100_000, 300_000, 500_000, 900_000]), min_size=8, max_size=24))
def test_of_many_orders_at_once_as_many_are_taken_as_fit_and_none_is_refused_that_would(prices_fen: list[int]) -> None:
    async def race() -> None:
        world = CustomsWorld(wrap=Suspending)
        await on_sale(world, *sorted(set(prices_fen)))
        answers = await asyncio.gather(
            *(bought(world, f"k{number}", fen) for number, fen in enumerate(prices_fen)), return_exceptions=True
        )
        refused = [fen for fen, answer in zip(prices_fen, answers, strict=True) if isinstance(answer, ShopError)]
        assert all(isinstance(answer, Order | YearlyLimit) for answer in answers)
        taken_fen = sum(prices_fen) - sum(refused)
        assert await spent(world) == taken_fen <= YEAR_FEN
        assert all(taken_fen + fen > YEAR_FEN for fen in refused), "what would have fitted was refused"
        await world.settled_books()
        assert await spent(world) == 0

    asyncio.run(race())


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(["cancel", "refund", "reject", "expire"]), st.integers(0, 12)), min_size=1))
def test_however_often_and_by_however_many_an_order_is_ended_its_sum_is_free_once(
    enders: list[tuple[str, int]],
) -> None:
    """Another order stands beside it and fills the year: freed twice, and there would be room for a third."""

    async def race() -> None:
        rejects = any(way == "reject" for way, _ in enders)
        world = CustomsWorld(wrap=Suspending, customs=CustomsBehaviour(rejected=float(rejects)))
        await on_sale(world, 1_300_000)
        kept = await bought(world, "kept", 1_300_000)
        ending = await bought(world, "ending", 1_300_000)
        for order in (kept, ending):
            await world.asked(order, key=f"pay {order.order}")
        world.clock.advance(1.5)
        await world.bank.diary.step()
        await world.outbox.step()

        async def end(number: int, way: str, late: int) -> None:
            for _ in range(late):
                await asyncio.sleep(0)
            try:
                if way == "cancel":
                    await world.checkout.cancel("C1", ending.order)
                elif way == "refund":
                    await world.charging.refund("C1", f"r{number}", ending.order)
                elif way == "reject":
                    world.broker._cases[f"{ending.order}-customs"].verdict = Verdict.REJECTED
                    await world.clearance.on_verdict(ending.order, Verdict.REJECTED)
                else:
                    await world.expiry.sweep()
            except ShopError:
                pass  # it had ended, or is paid

        await asyncio.gather(*(end(number, *ender) for number, ender in enumerate(enders)))
        ended = (await world.orders.order(ending.order)).state is OrderState.REFUNDED
        assert ended == any(way in ("refund", "reject") for way, _ in enders)
        assert await spent(world) == (1_300_000 if ended else YEAR_FEN)
        again = await asyncio.gather(
            *(bought(world, f"again {number}", 1_300_000) for number in range(3)), return_exceptions=True
        )
        assert Counter(map(type, again)) == ({Order: 1, YearlyLimit: 2} if ended else {YearlyLimit: 3})
        await world.settled_books()

    asyncio.run(race())


async def test_an_order_counts_for_the_year_in_china_in_which_it_is_placed() -> None:
    world = CustomsWorld()
    midnight = datetime(2018, 1, 1, tzinfo=CHINA).timestamp()
    world.clock.now = midnight - 0.25
    old = [await world.imported_order(key=f"old {number}", I3=1) for number in range(4)]
    assert (await world.importing.allowance("C1"))[::2] == (2017, 0)
    with pytest.raises(YearlyLimit):
        await world.imported_order(key="too much", I1=1)
    world.clock.now = midnight
    assert await world.importing.allowance("C1") == (2018, 0, YEAR_FEN)
    with pytest.raises(YearlyLimit):
        await world.imported_order(key="too much", I1=1)  # the same key is the same answer, whatever year it is
    new = [await world.imported_order(key=f"new {number}", I3=1) for number in range(4)]
    with pytest.raises(YearlyLimit):
        await world.imported_order(key="too much in 2018", I1=1)
    # Paid and given back in the new year, an order of the old one frees nothing of the new one.
    await world.checkout.cancel("C1", old[0].order)
    for order in (*old[1:], *new):
        await world.asked(order, key=f"pay {order.order}")
    assert [await spent(world, year) for year in (2017, 2018)] == [3 * PRICES_FEN["I3"], 4 * PRICES_FEN["I3"]]
    with pytest.raises(YearlyLimit):
        await world.imported_order(key="no room made", I1=1)
    snapshot = await world.settled_books()
    assert Counter(row["state"] for row in snapshot["orders"]) == {"cancelled": 1, "delivered": 7}
