"""Charging cut off at every await, with every call lost, and woken up too late: the money is right each time."""

from __future__ import annotations

from collections.abc import Coroutine
from itertools import count
from typing import Any

import pytest

from mock_platform.domain.errors import (
    RequestInProgress,
)
from mock_platform.domain.events import RefundRequested
from mock_platform.domain.order import Order, OrderState
from mock_platform.domain.payment import Outcome
from mock_platform.partners.bank import BankBehaviour
from tests.mock_platform.core_world import INQUIRE_AFTER_S, LOCK_S, World, orders_in
from tests.mock_platform.interruptions import Suspending, cut_off, run, with_each_call_lost

LOSES = BankBehaviour(lost=1.0)


def pay(world: World, order: Order, key: str = "p1") -> Coroutine[Any, Any, Any]:
    return world.charging.pay("C1", key, order.order, order.payable_fen, "alipay")


async def captures(world: World) -> list[int]:
    return [line.captures for line in await world.bank.statement()]


async def begun(world: World, act: str) -> Coroutine[Any, Any, Any]:
    """The world up to the act, and the act itself, not begun yet."""
    if act == "pay":
        return pay(world, run(world.placed()))
    if act == "callback":
        world.bank.behaviour = LOSES
        payment = run(world.asked(run(world.placed())))
        world.clock.advance(2.0)
        await world.bank.diary.step()
        return world.charging.on_callback(payment.payment, Outcome.POSTED)
    if act == "decline":
        world.bank.behaviour = BankBehaviour(declined=1.0, lost=1.0)
        payment = run(world.asked(run(world.placed())))
        world.clock.advance(2.0)
        await world.bank.diary.step()
        return world.charging.on_callback(payment.payment, Outcome.DECLINED)
    if act == "sweep":
        world.bank.behaviour = LOSES
        run(world.asked(run(world.placed())))
        world.clock.advance(INQUIRE_AFTER_S)
        await world.bank.diary.step()
        return world.charging.sweep()
    order = await world.paid()
    if act == "refund":
        return world.charging.refund("C1", "r1", order.order)
    await world.charging.refund("C1", "r1", order.order)
    return world.charging.repay(RefundRequested(order.order, world.clock()))


ACTS = {"pay": 10, "callback": 6, "decline": 6, "sweep": 8, "refund": 8, "repay": 8}


@pytest.mark.parametrize("act", ACTS)
async def test_hung_up_on_at_any_moment_the_money_is_right(act: str) -> None:
    for moment in count(1):
        world = World(wrap=Suspending)
        if not cut_off(await begun(world, act), moment):
            break
        await world.settled_books()
        assert max(await captures(world), default=0) <= 1
    assert moment > ACTS[act]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_whichever_call_is_lost_the_money_is_right(act: str, after: bool) -> None:
    worlds = with_each_call_lost(lambda wrap: World(wrap=wrap), lambda world: begun(world, act), after=after)
    async for world in worlds:
        await world.settled_books()
        assert max(await captures(world), default=0) <= 1


@pytest.mark.parametrize("retry_after_s", [0.0, LOCK_S])
async def test_a_retry_after_hanging_up_is_the_one_payment(retry_after_s: float) -> None:
    for moment in count(1):
        world = World(wrap=Suspending)
        order = run(world.placed())
        if not cut_off(pay(world, order), moment):
            break
        world.clock.advance(retry_after_s)
        try:
            await pay(world, order)
        except RequestInProgress:
            assert retry_after_s < LOCK_S
        snapshot = await world.settled_books()
        paid = orders_in(snapshot, OrderState.DELIVERED)
        assert len(paid) == 1 or retry_after_s < LOCK_S
        assert len(await captures(world)) <= 1
    assert moment > 10


async def test_a_request_that_wakes_up_after_its_key_was_taken_over_pays_nothing_twice() -> None:
    for moment in count(1):
        world = World(wrap=Suspending)
        order = run(world.placed())
        sleeper = pay(world, order)
        try:
            for _ in range(moment):
                sleeper.send(None)
        except StopIteration:
            break
        world.clock.advance(LOCK_S)
        payment, _ = run(pay(world, order))
        woken, _ = run(sleeper)
        assert woken.payment == payment.payment, f"moment {moment}"
        assert world.tally.counts["payment", "asked"] == 1
        await world.settled_books()
        assert await captures(world) == [1]
    assert moment > 10
