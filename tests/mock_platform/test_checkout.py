"""Checkout: one key, one order, whoever hangs up and whenever."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any

import pytest

from mock_platform.domain.errors import (
    IllegalTransition,
    KeyReused,
    MalformedRequest,
    NotFound,
    PriceChanged,
    RequestInProgress,
    ShopError,
    SoldOut,
    UnknownOrder,
    UnknownSku,
)
from mock_platform.domain.order import Order, OrderState, WantedLine
from mock_platform.domain.reservation import WEB
from mock_platform.domain.sku import Sku
from mock_platform.services.checkout import Checkout
from tests.mock_platform.core_world import HOLD_S, LOCK_S, World, lines, orders_in
from tests.mock_platform.interruptions import Faults, LineDropped, Suspending, cut_off, run


async def test_an_order_takes_its_units_and_owes_its_price() -> None:
    world = World()
    order, replayed = await world.place("C1", "k1", lines(S1=2, S2=1))
    assert (order.payable_fen, order.state, replayed) == (2_250, OrderState.PLACED, False)
    assert [(line.sku, line.place, line.merchant) for line in order.lines] == [("S1", WEB, "M1"), ("S2", WEB, "M2")]
    assert (await world.stock.free("S1", WEB), await world.stock.free("S2", WEB)) == (18, 4)
    assert await world.stock.held_orders() == 0, "the hold has become a sale"
    assert world.tally.counts == {("order", "placed"): 1}


async def test_the_same_key_again_is_the_same_order() -> None:
    world = World()
    order = await world.placed(S2=2)
    for _ in range(3):
        again, replayed = await world.place("C1", "k1", lines(S2=2))
        assert (again.order, replayed) == (order.order, True)
    assert await world.stock.free("S2", WEB) == 3


async def test_the_same_key_with_another_body_is_refused() -> None:
    world = World()
    await world.placed(S1=1)
    with pytest.raises(KeyReused):
        await world.place("C1", "k1", lines(S1=2))


REFUSALS: list[tuple[tuple[WantedLine, ...], str | None, type[ShopError]]] = [
    (lines(S2=6), None, SoldOut),
    (lines(S1=1, S2=6), None, SoldOut),
    ((WantedLine("S1", 1, 999),), None, PriceChanged),
    ((WantedLine("S9", 1, 999),), None, UnknownSku),
    (lines(S1=1), "F99", NotFound),
]


@pytest.mark.parametrize(("wanted", "sale", "refusal"), REFUSALS)
async def test_a_refusal_finishes_its_key_and_is_replayed_even_when_its_cause_is_gone(
    wanted: tuple[WantedLine, ...], sale: str | None, refusal: type[ShopError]
) -> None:
    world = World()
    with pytest.raises(refusal) as first:
        await world.place("C1", "k1", wanted, sale)
    await world.stock.restock("S2", WEB, 50)
    await world.catalogue.put_skus([Sku("S1", "thing", "things", "M1", 999), Sku("S9", "new", "things", "M1", 999)])
    with pytest.raises(refusal) as again:
        await world.place("C1", "k1", wanted, sale)
    assert again.value.message == first.value.message
    assert orders_in(await world.settled_books()) == []


async def test_a_malformed_order_claims_no_key() -> None:
    world = World()
    with pytest.raises(MalformedRequest):
        await world.place("C1", "k1", ())
    await world.placed()


async def test_a_key_must_not_be_locked_longer_than_stock_is_held() -> None:
    with pytest.raises(ValueError, match="less time than stock is held"):
        Checkout(  # the parts do not matter: it is refused before they are looked at
            **dict.fromkeys(("catalogue", "stock", "orders", "clock", "new_id", "tally", "sells")),  # type: ignore[arg-type]
            lock_s=HOLD_S,
            hold_s=HOLD_S,
            payment_window_s=60.0,
        )


async def test_five_equal_keys_at_once_are_one_order() -> None:
    world = World(wrap=Suspending)
    asked = [world.place("C1", "k1", lines(S2=2)) for _ in range(5)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    placed = [answer for answer in answers if isinstance(answer, tuple)]
    assert len(placed) == 1
    assert all(isinstance(answer, RequestInProgress) for answer in answers if not isinstance(answer, tuple))
    again = [await world.place("C1", "k1", lines(S2=2)) for _ in range(5)]
    assert {(order.order, replayed) for order, replayed in again} == {(placed[0][0].order, True)}
    assert await world.stock.free("S2", WEB) == 3
    assert len(orders_in(await world.settled_books())) == 1


def place(world: World) -> Any:
    return world.place("C1", "k1", lines(S1=2, S2=1))


RETRIES = [None, 0.0, LOCK_S, HOLD_S, HOLD_S + 1]


@pytest.mark.parametrize("retry_after_s", RETRIES)
async def test_hung_up_on_at_any_moment_the_books_stay_right_and_a_retry_makes_one_order(
    retry_after_s: float | None,
) -> None:
    for moment in count(1):
        world = World(wrap=Suspending)
        if not cut_off(place(world), moment):
            break
        if retry_after_s is not None:
            await pass_time(world, retry_after_s)
            try:
                await place(world)
            except RequestInProgress:
                assert retry_after_s < LOCK_S, f"the key must be free after its lock, moment {moment}"
        snapshot = await world.settled_books()
        assert len(orders_in(snapshot)) <= 1
        if retry_after_s is not None and retry_after_s >= LOCK_S:
            assert len(orders_in(snapshot)) == 1, f"moment {moment}"
    assert moment > 8, "checkout suspends at least twice in each of its five calls"


@pytest.mark.parametrize("retry_after_s", RETRIES)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_whichever_call_is_lost_before_or_after_it_took_effect(after: bool, retry_after_s: float | None) -> None:
    for call in count(1):
        faults = Faults(call, after=after)
        world = World(wrap=faults.wrap)
        try:
            await place(world)
        except LineDropped:
            pass
        if faults.struck is None:
            break
        if retry_after_s is not None:
            await pass_time(world, retry_after_s)
            try:
                await place(world)
            except RequestInProgress:
                assert retry_after_s < LOCK_S
        snapshot = await world.settled_books()
        made = len(orders_in(snapshot))
        if faults.struck == "commit" and retry_after_s is None:
            assert made == (1 if after else 0)
        if retry_after_s is not None and retry_after_s >= LOCK_S:
            assert made == 1
    assert call == 7, "claim, skus, promotions, hold, commit, sell"


async def pass_time(world: World, seconds: float) -> None:
    """With sweeps at work; the journey of an order that exists goes on too."""
    world.clock.advance(seconds)
    await world.expiry.sweep()


@pytest.mark.parametrize("rival", ["nobody", "a retry", "a retry that is cancelled"])
async def test_a_request_that_wakes_up_after_its_hold_expired_sells_nothing_twice(rival: str) -> None:
    for moment in count(1):
        world = World(wrap=Suspending)
        sleeper = place(world)
        try:
            for _ in range(moment):
                sleeper.send(None)
        except StopIteration:
            break
        await pass_time(world, HOLD_S + 1)
        if rival != "nobody":
            order, _ = run(place(world))
            if rival == "a retry that is cancelled":
                run(world.checkout.cancel("C1", order.order))
                await world.outbox.step()
        try:
            run(sleeper)
        except RequestInProgress:
            assert rival != "nobody"
        snapshot = await world.settled_books()
        assert len(orders_in(snapshot)) == 1, f"moment {moment}"
    assert moment > 8


async def test_while_expiry_releases_a_hold_its_checkout_may_come_back_at_any_moment() -> None:
    """Both suspend at every call; the checkout is resumed after each of the sweep's suspensions in turn."""
    for moment in count(1):
        world = World(wrap=Suspending)
        sleeper, sweep = place(world), None
        while (await world.stock.held_orders()) == 0:
            sleeper.send(None)
        world.clock.advance(HOLD_S + 1)
        sweep = world.expiry.sweep()
        try:
            for _ in range(moment):
                sweep.send(None)
        except StopIteration:
            break
        order: Order = run(sleeper)[0]
        run(sweep)
        live = [each["order"] for each in orders_in(await world.bookkeeping.snapshot(), OrderState.PLACED)]
        assert live == [order.order]
        await world.settled_books()
    assert moment > 6


async def test_a_buyer_sees_only_their_own_orders() -> None:
    world = World()
    order = await world.placed("C1")
    assert (await world.checkout.order("C1", order.order)).order == order.order
    with pytest.raises(UnknownOrder):
        await world.checkout.order("C2", order.order)
    with pytest.raises(UnknownOrder):
        await world.checkout.cancel("C2", order.order)
    assert [each.order for each in (await world.checkout.orders_of("C1")).items] == [order.order]
    assert (await world.checkout.orders_of("C2")).items == ()


async def test_a_cancelled_order_gives_its_units_back() -> None:
    world = World()
    order = await world.placed(S2=5)
    for _ in range(2):
        assert (await world.checkout.cancel("C1", order.order)).state is OrderState.CANCELLED
    await world.outbox.step()
    assert await world.stock.free("S2", WEB) == 5
    assert world.tally.counts["order", "cancelled"] == 1
    await world.settled_books()


async def test_a_paid_order_can_no_longer_be_cancelled() -> None:
    world = World()
    order = await world.paid()
    with pytest.raises(IllegalTransition):
        await world.checkout.cancel("C1", order.order)


async def test_cancelling_hung_up_on_at_any_moment_is_done_or_not() -> None:
    for moment in count(1):
        world = World(wrap=Suspending)
        order = run(world.placed(S2=5))
        if not cut_off(world.checkout.cancel("C1", order.order), moment):
            break
        await world.settled_books()
        assert await world.stock.free("S2", WEB) == 5, "cancelled now or when nobody paid"
    assert moment > 4
