"""A presale cut off at every await and with every call lost, through both instalments: the money is right each time."""

from __future__ import annotations

from collections.abc import Coroutine
from itertools import count
from typing import Any

import pytest

from mock_platform.domain.errors import RequestInProgress, SoldOut
from mock_platform.domain.events import RefundRequested
from mock_platform.domain.order import Order, OrderState
from mock_platform.domain.payment import Outcome
from mock_platform.partners.bank import BankBehaviour
from tests.mock_platform.core_world import HOLD_S, INQUIRE_AFTER_S, LOCK_S
from tests.mock_platform.interruptions import Suspending, cut_off, run, with_each_call_lost
from tests.mock_platform.presale_world import (
    BALANCE_CLOSES_S,
    BALANCE_OPENS_S,
    DEPOSIT_FEN,
    PRICE_FEN,
    REFUNDABLE_S,
    TERMS,
    PresaleWorld,
)

LOSES = BankBehaviour(lost=1.0)
DECLINES_AND_LOSES = BankBehaviour(lost=1.0, declined=1.0)

Act = Coroutine[Any, Any, Any]


def pay(world: PresaleWorld, order: Order, key: str, amount_fen: int) -> Act:
    return world.charging.pay("C1", key, order.order, amount_fen, "alipay")


async def begun(world: PresaleWorld, act: str) -> Act:
    """The world up to the act, and the act itself, not begun yet."""
    if act == "order":
        return world.wanted()
    if act == "set up":
        return world.deposits.create(**TERMS)
    if act == "deposit":
        return pay(world, run(world.wanted()), "d1", DEPOSIT_FEN)
    if act == "deposit's word":
        world.bank.behaviour = LOSES
        payment = run(world.due(run(world.wanted())))
        await world.bank_speaks()
        return world.charging.on_callback(payment.payment, Outcome.POSTED)
    order = await world.deposited()
    if act == "give up in time":
        return world.checkout.cancel("C1", order.order)
    if act == "give up late":
        world.at(REFUNDABLE_S)
        return world.checkout.cancel("C1", order.order)
    if act == "pay a deposit back":
        await world.checkout.cancel("C1", order.order)
        return world.charging.repay(RefundRequested(order.order, world.clock(), order.deposited_by or ""))
    if act == "forfeit":
        world.at(BALANCE_CLOSES_S)
        return world.expiry.sweep()
    if act in ("refund", "pay both back"):
        order = await world.paid_up(key="k2")
        if act == "refund":
            return world.charging.refund("C1", "r1", order.order)
        await world.charging.refund("C1", "r1", order.order)
        return world.charging.repay(RefundRequested(order.order, world.clock()))
    world.at(BALANCE_OPENS_S)
    if act == "balance":
        return pay(world, order, "b1", PRICE_FEN - DEPOSIT_FEN)
    declines = act == "balance declined"
    world.bank.behaviour = DECLINES_AND_LOSES if declines else LOSES
    payment = run(world.due(order, "b1"))
    if act == "balance too late":
        await world.checkout.cancel("C1", order.order)
    if act == "sweep":
        world.clock.advance(INQUIRE_AFTER_S)
        await world.bank.diary.step()
        return world.charging.sweep()
    await world.bank_speaks()
    return world.charging.on_callback(payment.payment, Outcome.DECLINED if declines else Outcome.POSTED)


ACTS = {
    "set up": 6,
    "order": 10,
    "deposit": 10,
    "deposit's word": 6,
    "balance": 10,
    "balance's word": 6,
    "balance declined": 6,
    "balance too late": 6,
    "sweep": 8,
    "give up in time": 6,
    "give up late": 6,
    "forfeit": 4,
    "pay a deposit back": 6,
    "refund": 8,
    "pay both back": 14,
}


async def assert_right(world: PresaleWorld) -> None:
    await world.settled_books()
    for line in await world.bank.statement():
        assert line.captures <= 1
        assert line.refunded_fen in (0, line.captured_fen)


@pytest.mark.parametrize("act", ACTS)
async def test_hung_up_on_at_any_moment_the_money_is_right(act: str) -> None:
    for moment in count(1):
        world = PresaleWorld(wrap=Suspending)
        if not cut_off(await begun(world, act), moment):
            break
        await assert_right(world)
    assert moment > ACTS[act]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_whichever_call_is_lost_the_money_is_right(act: str, after: bool) -> None:
    worlds = with_each_call_lost(lambda wrap: PresaleWorld(wrap=wrap), lambda world: begun(world, act), after=after)
    async for world in worlds:
        await assert_right(world)


@pytest.mark.parametrize("retry_after_s", [0.0, LOCK_S])
async def test_a_balance_paid_again_after_hanging_up_is_the_one_balance(retry_after_s: float) -> None:
    for moment in count(1):
        world = PresaleWorld(wrap=Suspending)
        order = await world.deposited()
        world.at(BALANCE_OPENS_S)
        if not cut_off(pay(world, order, "b1", order.balance_fen), moment):
            break
        world.clock.advance(retry_after_s)
        try:
            await pay(world, order, "b1", order.balance_fen)
        except RequestInProgress:
            assert retry_after_s < LOCK_S
        await assert_right(world)
        assert (await world.now(order)).state is OrderState.DELIVERED or retry_after_s < LOCK_S
    assert moment > 10


async def test_two_balances_at_once_are_one() -> None:
    """The first word of the bank may come while a second key is at work."""
    for moment in count(1):
        world = PresaleWorld(wrap=Suspending)
        order = await world.deposited()
        world.at(BALANCE_OPENS_S)
        second = pay(world, order, "b2", order.balance_fen)
        try:
            for _ in range(moment):
                second.send(None)
        except StopIteration:
            break
        try:
            run(pay(world, order, "b1", order.balance_fen))
        except Exception as refused:
            assert "under way" in str(refused)
        try:
            run(second)
        except Exception as refused:
            assert "under way" in str(refused)
        await assert_right(world)
        assert sum(line.captures for line in await world.bank.statement()) == 2
    assert moment > 8


@pytest.mark.parametrize("retry_after_s", [0.0, LOCK_S, HOLD_S])
async def test_a_presale_order_sent_again_after_hanging_up_is_one_order_and_its_units(retry_after_s: float) -> None:
    for moment in count(1):
        world = PresaleWorld(wrap=Suspending)
        if not cut_off(world.wanted(quantity=2), moment):
            break
        world.clock.advance(retry_after_s)
        await world.expiry.sweep()
        try:
            order = await world.wanted(quantity=2)
        except RequestInProgress:
            assert retry_after_s < LOCK_S
        else:
            assert order.due_fen == 2 * DEPOSIT_FEN
            assert await world.stock.free("S1", world.presale.place) == 2
        assert len((await world.orders.books()).orders) <= 1
        await assert_right(world)
    assert moment > 10


async def test_the_last_unit_goes_to_one_of_those_who_race_for_it_at_every_moment() -> None:
    for moment in count(1):
        world = PresaleWorld(wrap=Suspending, allotment=1)
        first = world.wanted("C1", "k1")
        try:
            for _ in range(moment):
                first.send(None)
        except StopIteration:
            break
        answers: list[Any] = []
        for work in (world.wanted("C2", "k2"), first):
            try:
                answers.append(run(work))
            except SoldOut:
                answers.append(None)
        assert answers.count(None) == 1
        await assert_right(world)
        assert await world.stock.free("S1", world.presale.place) == 1, "nobody paid, so it is free again"
    assert moment > 8
