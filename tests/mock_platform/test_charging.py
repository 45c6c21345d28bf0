"""Charging: an order is charged once, however often anybody asks, calls back, or falls silent."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from mock_platform.domain.errors import (
    AlreadyPaid,
    AmountMismatch,
    IllegalTransition,
    KeyReused,
    MalformedRequest,
    UnknownOrder,
    UnknownPayment,
)
from mock_platform.domain.order import Order, OrderState
from mock_platform.domain.payment import Outcome, PaymentState
from mock_platform.domain.reservation import WEB
from mock_platform.partners.bank import BankBehaviour
from tests.mock_platform.core_world import INQUIRE_AFTER_S, World
from tests.mock_platform.interruptions import Faults, Suspending

DECLINES = BankBehaviour(declined=1.0)
LOSES = BankBehaviour(lost=1.0)


def pay(world: World, order: Order, key: str = "p1") -> Coroutine[Any, Any, Any]:
    return world.charging.pay("C1", key, order.order, order.payable_fen, "alipay")


async def captures(world: World) -> list[int]:
    return [line.captures for line in await world.bank.statement()]


async def test_a_payment_is_pending_until_the_bank_posts_it() -> None:
    world = World()
    order = await world.placed()
    payment = await world.asked(order)
    assert payment.state is PaymentState.PENDING
    world.clock.advance(2.0)
    await world.bank.diary.step()
    assert (await world.charging.payment("C1", payment.payment)).state is PaymentState.POSTED
    assert (await world.orders.order(order.order)).state is OrderState.PAID
    assert world.tally.gmv_fen == order.payable_fen
    await world.settled_books()


async def test_a_declined_payment_cancels_the_order_and_its_units_come_back() -> None:
    world = World(behaviour=DECLINES)
    order = await world.placed(S2=5)
    payment = await world.asked(order)
    world.clock.advance(2.0)
    await world.bank.diary.step()
    voided = await world.charging.payment("C1", payment.payment)
    assert voided.state is PaymentState.VOIDED
    assert voided.reason in {"insufficient_funds", "card_expired", "limit_exceeded"}
    assert (await world.orders.order(order.order)).state is OrderState.CANCELLED
    await world.outbox.step()
    assert await world.stock.free("S2", WEB) == 5
    assert world.tally.gmv_fen == 0
    await world.settled_books()


async def test_the_same_key_again_is_the_same_payment() -> None:
    world = World()
    order = await world.placed()
    payment, replayed = await pay(world, order)
    again, replayed_again = await pay(world, order)
    assert (again.payment, replayed, replayed_again) == (payment.payment, False, True)
    with pytest.raises(KeyReused):
        await world.charging.pay("C1", "p1", order.order, order.payable_fen, "card")
    with pytest.raises(KeyReused):
        await world.charging.pay("C1", order.key, order.order, order.payable_fen, "alipay")


async def test_an_order_has_one_payment_whatever_the_key() -> None:
    world = World(wrap=Suspending)
    order = await world.placed()
    asked = [pay(world, order, f"p{number}") for number in range(5)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(answer, tuple) for answer in answers) == 1
    assert sum(isinstance(answer, AlreadyPaid) for answer in answers) == 4
    await world.settled_books()
    assert await captures(world) == [1]
    with pytest.raises(AlreadyPaid):
        await pay(world, order, "later")


async def test_a_refusal_finishes_its_key() -> None:
    world = World()
    order = await world.placed()
    for _ in range(2):
        with pytest.raises(AmountMismatch):
            await world.charging.pay("C1", "cheap", order.order, 1, "card")
    for _ in range(2):
        with pytest.raises(UnknownOrder):
            await world.charging.pay("C2", "not mine", order.order, order.payable_fen, "card")
    with pytest.raises(MalformedRequest):
        await world.charging.pay("C1", "shells", order.order, order.payable_fen, "shells")
    await world.checkout.cancel("C1", order.order)
    for _ in range(2):
        with pytest.raises(IllegalTransition):
            await pay(world, order, "too late")
    await world.settled_books()
    assert await captures(world) == []


async def test_a_payment_is_its_buyers_own() -> None:
    world = World()
    payment = await world.asked(await world.placed())
    with pytest.raises(UnknownPayment):
        await world.charging.payment("C2", payment.payment)


@pytest.mark.parametrize("outcome", Outcome)
async def test_a_callback_is_harmless_however_often_it_comes(outcome: Outcome) -> None:
    world = World()
    order = await world.placed()
    payment = await world.asked(order)
    world.clock.advance(2.0)
    await world.bank.diary.step()
    before = await world.orders.books()
    for said in (outcome, Outcome.POSTED, Outcome.DECLINED):
        await world.charging.on_callback(payment.payment, said)
    assert await world.orders.books() == before
    assert world.tally.counts["payment", "repeated_callback"] == 3
    await world.settled_books()


async def test_doubled_callbacks_at_the_same_moment_are_heard_once() -> None:
    world = World(wrap=Suspending, behaviour=LOSES)
    order = await world.placed()
    payment = await world.asked(order)
    world.clock.advance(2.0)
    await world.bank.diary.step()
    await asyncio.gather(*(world.charging.on_callback(payment.payment, Outcome.POSTED) for _ in range(8)))
    assert world.tally.gmv_fen == order.payable_fen
    await world.settled_books()


async def test_a_lost_callback_is_asked_for() -> None:
    world = World(behaviour=LOSES)
    order = await world.placed()
    await world.asked(order)
    world.clock.advance(INQUIRE_AFTER_S - 0.1)
    await world.bank.diary.step()
    assert await world.charging.sweep() == 0
    world.clock.advance(0.1)
    assert await world.charging.sweep() == 1
    assert (await world.orders.order(order.order)).state is OrderState.PAID
    await world.settled_books()


async def test_money_that_comes_for_a_cancelled_order_goes_back() -> None:
    world = World()
    order = await world.placed()
    payment = await world.asked(order)
    await world.checkout.cancel("C1", order.order)
    world.clock.advance(2.0)
    await world.bank.diary.step()
    assert (await world.orders.payment(payment.payment)).state is PaymentState.REFUNDING
    await world.settled_books()
    assert (await world.orders.payment(payment.payment)).state is PaymentState.REFUNDED
    (line,) = await world.bank.statement()
    assert line.captured_fen == line.refunded_fen == order.payable_fen
    assert world.tally.gmv_fen == 0, "what went straight back is no sale"


async def test_a_bank_out_of_reach_does_not_refuse_the_buyer() -> None:
    faults = Faults(1, after=False, only="charge")
    world = World(wrap=faults.wrap)
    order = await world.placed()
    payment, _ = await pay(world, order)
    assert (faults.struck, payment.state) == ("charge", PaymentState.PENDING)
    await world.settled_books()
    assert (await world.orders.payment(payment.payment)).state is PaymentState.POSTED
