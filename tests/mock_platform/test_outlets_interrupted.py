"""Tills and pick-ups cut off at every await, with every call lost, woken up too late: the books are right each time.

A unit is sold once and handed over once, whoever hung up when.
"""

from __future__ import annotations

from collections.abc import Coroutine
from itertools import count
from typing import Any

import pytest

from mock_platform.domain.errors import RequestInProgress
from mock_platform.domain.events import OrderPaid, RefundRequested
from mock_platform.domain.outlet import Tender
from tests.mock_platform.core_world import LOCK_S, lines, orders_in
from tests.mock_platform.interruptions import Suspending, cut_off, run, with_each_call_lost
from tests.mock_platform.outlet_world import SHELF, WINDOW_S, OutletWorld

ACTS = {"sell": 10, "reserve": 8, "lay_out": 6, "hand_over": 8, "expire": 6, "withdraw": 4}


def sell(world: OutletWorld) -> Coroutine[Any, Any, Any]:
    return world.till.sell("D1", "t1", lines(S1=2), Tender.CARD)


async def begun(world: OutletWorld, act: str) -> Coroutine[Any, Any, Any]:
    """The world up to the act, and the act itself, not begun yet."""
    if act == "sell":
        return sell(world)
    if act == "reserve":
        return world.reserved(S1=2)
    if act == "lay_out":
        order = await world.reserved(S1=2)
        await world.asked(order)
        world.clock.advance(1.5)
        await world.bank.diary.step()
        return world.picking_up.lay_out(OrderPaid(order.order, world.clock()))
    order = await world.ready(S1=2)
    if act == "hand_over":
        return world.picking_up.hand_over("D1", "h1", world.codes.code(order.order))
    if act == "expire":
        world.clock.advance(WINDOW_S)
        return world.picking_up.sweep()
    await world.charging.refund("C1", "r1", order.order)
    return world.picking_up.withdraw(RefundRequested(order.order, world.clock()))


async def assert_right(world: OutletWorld, act: str) -> None:
    snapshot = await world.settled_books()
    states = [order["state"] for order in snapshot["orders"]]
    assert len(states) <= 1
    gone = 2 if "collected" in states else 0
    assert await world.free() == SHELF["S1"] - gone
    if act in ("expire", "withdraw"):
        assert states == ["refunded"]
    if act not in ("sell", "hand_over"):
        assert gone == 0


@pytest.mark.parametrize("act", ACTS)
async def test_hung_up_on_at_any_moment_the_books_are_right(act: str) -> None:
    for moment in count(1):
        world = OutletWorld(wrap=Suspending)
        if not cut_off(await begun(world, act), moment):
            break
        await assert_right(world, act)
    assert moment > ACTS[act]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_whichever_call_is_lost_the_books_are_right(act: str, after: bool) -> None:
    worlds = with_each_call_lost(lambda wrap: OutletWorld(wrap=wrap), lambda world: begun(world, act), after=after)
    async for world in worlds:
        await assert_right(world, act)


@pytest.mark.parametrize("act", ["sell", "hand_over"])
@pytest.mark.parametrize("retry_after_s", [0.0, LOCK_S])
async def test_a_retry_after_hanging_up_is_the_one_deed(act: str, retry_after_s: float) -> None:
    for moment in count(1):
        world = OutletWorld(wrap=Suspending)
        first = await begun(world, act)
        if act == "sell":
            again = sell(world)
        else:
            code = world.codes.code(run(world.orders.pickups.pickups())[0].order)
            again = world.picking_up.hand_over("D1", "h1", code)
        if not cut_off(first, moment):
            again.close()
            break
        world.clock.advance(retry_after_s)
        try:
            run(again)
        except RequestInProgress:
            assert retry_after_s < LOCK_S
        snapshot = await world.settled_books()
        done = orders_in(snapshot)
        assert len(done) <= 1
        assert retry_after_s < LOCK_S or [order["state"] for order in done] == ["collected"]
    assert moment > ACTS[act]


async def test_a_hand_over_that_wakes_up_after_its_key_was_taken_over_gives_out_nothing_twice() -> None:
    for moment in count(1):
        world = OutletWorld(wrap=Suspending)
        sleeper = await begun(world, "hand_over")
        code = world.codes.code(run(world.orders.pickups.pickups())[0].order)
        try:
            for _ in range(moment):
                sleeper.send(None)
        except StopIteration:
            break
        world.clock.advance(LOCK_S)
        order, _, taken_over = run(world.picking_up.hand_over("D1", "h1", code))
        woken, _, replayed = run(sleeper)
        assert woken.order == order.order
        assert sorted((taken_over, replayed)) == [False, True], f"moment {moment}: one of the two did it"
        assert world.tally.counts["order", "collected"] == 1
        await world.settled_books()
    assert moment > 8


async def test_a_till_that_wakes_up_after_its_key_was_taken_over_sells_nothing_twice() -> None:
    for moment in count(1):
        world = OutletWorld(wrap=Suspending)
        sleeper = sell(world)
        try:
            for _ in range(moment):
                sleeper.send(None)
        except StopIteration:
            break
        world.clock.advance(LOCK_S)
        order, _ = run(sell(world))
        woken, _ = run(sleeper)
        assert woken.order == order.order, f"moment {moment}"
        assert len((await world.settled_books())["orders"]) == 1
        assert await world.free() == SHELF["S1"] - 2
    assert moment > 10


async def test_a_commit_of_the_till_that_comes_after_its_hold_expired_sells_nothing() -> None:
    """Asleep past lock and hold: expiry has killed the claim before it gave the units back."""
    for moment in count(1):
        world = OutletWorld(wrap=Suspending)
        sleeper = sell(world)
        try:
            for _ in range(moment):
                sleeper.send(None)
        except StopIteration:
            break
        await world.turn(60.0)
        run(sleeper)
        snapshot = await world.settled_books()
        assert len(snapshot["orders"]) == 1
        assert await world.free() == SHELF["S1"] - 2
    assert moment > 10


async def test_a_till_that_finds_its_hold_given_back_for_good_sells_under_another_name() -> None:
    """It sleeps before it holds; its retry holds and is cut off; expiry gives that back, and only then it wakes up."""
    met = False
    for moment in range(2, 8):  # the claim is made by then
        for cut in count(1):
            world = OutletWorld(wrap=Suspending)
            sleeper, retry = sell(world), sell(world)
            for _ in range(moment):
                sleeper.send(None)
            world.clock.advance(LOCK_S)
            if not cut_off(retry, cut):
                sleeper.close()
                break
            await world.turn(60.0)
            met = met or bool(world.stock._gone)
            order, _ = run(sleeper)
            assert order.state == "collected"
            assert len((await world.settled_books())["orders"]) == 1
            assert await world.free() == SHELF["S1"] - 2
    assert met
