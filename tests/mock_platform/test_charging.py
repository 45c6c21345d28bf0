"""Charging: an order is charged once, however often anybody asks, calls back, or falls silent."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from itertools import count
from typing import Any

import pytest

from mock_platform.domain.errors import (
    AlreadyPaid,
    AmountMismatch,
    IllegalTransition,
    KeyReused,
    MalformedRequest,
    RequestInProgress,
    UnknownOrder,
    UnknownPayment,
)
from mock_platform.domain.events import RefundRequested
from mock_platform.domain.order import Order, OrderState
from mock_platform.domain.payment import Outcome, PaymentState
from mock_platform.domain.reservation import WEB
from mock_platform.partners.bank import BankBehaviour
from tests.mock_platform.core_world import (
    INQUIRE_AFTER_S,
    LOCK_S,
    Faults,
    LineDropped,
    Suspending,
    World,
    cut_off,
    orders_in,
    run,
)

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


# Refunds


async def test_a_paid_order_is_refunded_once() -> None:
    world = World()
    order = await world.paid(S2=5)
    refunded, replayed = await world.charging.refund("C1", "r1", order.order)
    again, replayed_again = await world.charging.refund("C1", "r1", order.order)
    assert (refunded.state, replayed, replayed_again) == (OrderState.REFUNDED, False, True)
    assert again.order == order.order
    with pytest.raises(IllegalTransition):
        await world.charging.refund("C1", "r2", order.order)
    await world.settled_books()
    assert await world.stock.free("S2", WEB) == 5
    (line,) = await world.bank.statement()
    assert line.refunded_fen == order.payable_fen


@pytest.mark.parametrize("state", ["placed", "pending", "shipped", "delivered", "cancelled"])
async def test_only_what_is_paid_and_not_yet_shipped_is_refunded(state: str) -> None:
    world = World()
    order = await (world.placed() if state in ("placed", "pending", "cancelled") else world.paid())
    if state == "pending":
        await world.asked(order)
    if state == "cancelled":
        await world.checkout.cancel("C1", order.order)
    if state in ("shipped", "delivered"):
        await world.outbox.step()
        while (await world.orders.order(order.order)).state != state:
            await world.turn(0.2)
    for _ in range(2):
        with pytest.raises(IllegalTransition):
            await world.charging.refund("C1", "r1", order.order)
    with pytest.raises(UnknownOrder):
        await world.charging.refund("C2", "r2", order.order)
    await world.settled_books()


async def test_a_refund_recalls_parcels_that_wait_for_the_carrier() -> None:
    world = World()
    order = await world.paid(S1=1, S2=1)
    await world.outbox.step()
    assert len(await world.orders.parcels_of(order.order)) == 2
    await world.charging.refund("C1", "r1", order.order)
    await world.settled_books()
    assert {parcel.state.value for parcel in await world.orders.parcels_of(order.order)} == {"recalled"}


async def test_a_doubled_refund_event_pays_back_once() -> None:
    world = World(wrap=Suspending)
    order = await world.paid()
    await world.charging.refund("C1", "r1", order.order)
    event = RefundRequested(order.order, world.clock())
    await asyncio.gather(*(world.charging.repay(event) for _ in range(4)))
    assert world.tally.counts["payment", "refunded"] == 1
    await world.settled_books()


async def test_an_event_nobody_should_have_sent_pays_nothing_back() -> None:
    world = World()
    order = await world.paid()
    await world.charging.repay(RefundRequested(order.order, world.clock()))
    assert [line.refunded_fen for line in await world.bank.statement()] == [0]
    await world.settled_books()


# Hanging up, losing the line


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
    for call in count(1):
        faults = Faults(10**9, after=after)
        world = World(wrap=faults.wrap)
        work = await begun(world, act)
        faults.calls, faults.at = 0, call
        try:
            await work
        except LineDropped:
            pass
        if faults.struck is None:
            break
        await world.settled_books()
        assert max(await captures(world), default=0) <= 1
    assert call > 3


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
