"""A balance asked for in time counts, however late the bank speaks: nobody loses a deposit for the bank's slowness."""

from __future__ import annotations

from typing import Any

import pytest

from mock_platform.audit import audit
from mock_platform.domain.errors import BalanceClosed, IllegalTransition
from mock_platform.domain.order import Order, OrderState
from mock_platform.domain.payment import Outcome, Payment
from mock_platform.partners.bank import BankBehaviour
from tests.mock_platform.core_world import GRACE_S, INQUIRE_AFTER_S
from tests.mock_platform.interruptions import Suspending, cut_off
from tests.mock_platform.presale_world import BALANCE_CLOSES_S, DEPOSIT_FEN, PRICE_FEN, TERMS, PresaleWorld

LAST_S = BALANCE_CLOSES_S - 0.01
SLOW = BankBehaviour(latency_s=30.0, latency_sigma=0.0)
SLOW_AND_SILENT = BankBehaviour(latency_s=30.0, latency_sigma=0.0, lost=1.0)
SLOW_AND_NO = BankBehaviour(latency_s=30.0, latency_sigma=0.0, declined=1.0)


async def at_the_last_moment(behaviour: BankBehaviour, **world: Any) -> tuple[PresaleWorld, Order, Payment]:
    """A depositor asks for the balance, the window closes, the sweep comes, and the bank has not spoken."""
    made = PresaleWorld(**world)
    order = await made.deposited()
    made.at(LAST_S)
    made.bank.behaviour = behaviour
    payment = await made.due(order, "b1")
    made.at(BALANCE_CLOSES_S)
    await made.expiry.sweep()
    assert (await made.now(order)).state is OrderState.DEPOSITED
    return made, order, payment


async def test_a_balance_asked_for_in_time_buys_the_goods_however_late_the_bank_says_yes() -> None:
    world, order, _ = await at_the_last_moment(SLOW)
    assert await world.stock.free("S1", world.presale.place) == 3, "the unit is kept meanwhile"
    snapshot = await world.settled_books()
    assert (await world.now(order)).state is OrderState.DELIVERED
    assert await world.back_fen() == [0, 0]
    assert world.tally.counts.get(("order", "forfeited"), 0) == 0
    assert [row["amount_fen"] for row in snapshot["payments"]] == [DEPOSIT_FEN, PRICE_FEN - DEPOSIT_FEN]


async def test_an_audit_meanwhile_finds_nothing_wrong_and_no_excuse_once_the_bank_has_spoken() -> None:
    world, order, _ = await at_the_last_moment(SLOW)
    world.clock.advance(2 * GRACE_S)
    snapshot = await world.bookkeeping.snapshot()
    assert audit(snapshot).violations == ()
    snapshot["payments"][1]["state"] = "voided"
    snapshot["payments"][1]["history"].append(["voided", world.clock()])
    snapshot["pending"]["payments"] -= 1
    found = [(each.invariant, each.subject) for each in audit(snapshot).violations]
    assert found == [("no_deposit_outlives_its_balance", order.order)]


async def test_whose_balance_is_declined_after_the_window_has_lost_the_deposit() -> None:
    world, order, _ = await at_the_last_moment(SLOW_AND_NO)
    world.clock.advance(40.0)
    await world.bank.diary.step()
    await world.bank.diary.step()
    assert (await world.now(order)).payment is None
    with pytest.raises(BalanceClosed):
        await world.due(order, "b2")
    assert await world.expiry.sweep() == 1
    gone = await world.now(order)
    assert (gone.state, gone.forfeited_fen) == (OrderState.CANCELLED, DEPOSIT_FEN)
    await world.settled_books()
    assert await world.stock.free("S1", world.presale.place) == 4


async def test_a_lost_word_is_inquired_about_and_the_balance_counts() -> None:
    world, order, _ = await at_the_last_moment(SLOW_AND_SILENT)
    world.clock.advance(40.0)
    await world.bank.diary.step()
    await world.expiry.sweep()
    assert (await world.now(order)).state is OrderState.DEPOSITED
    world.clock.advance(INQUIRE_AFTER_S)
    await world.charging.sweep()
    assert (await world.now(order)).state is OrderState.PAID
    await world.settled_books()


async def test_a_question_that_never_reached_the_bank_is_asked_again_and_counts() -> None:
    for moment in range(1, 40):
        world = PresaleWorld(wrap=Suspending)
        order = await world.deposited()
        world.at(LAST_S)
        is_cut = cut_off(world.charging.pay("C1", "b1", order.order, order.balance_fen, "card"), moment)
        books = (await world.orders.books()).payments
        was_asked = any(payment.instalment == "balance" for payment in books)
        world.at(BALANCE_CLOSES_S)
        await world.settled_books()
        state = (await world.now(order)).state
        assert state is (OrderState.DELIVERED if was_asked else OrderState.CANCELLED), moment
        if not is_cut:
            return
    raise AssertionError("it never came to an end")


async def test_nobody_gives_up_while_the_bank_decides_on_a_window_that_has_closed() -> None:
    world, order, payment = await at_the_last_moment(SLOW)
    with pytest.raises(IllegalTransition):
        await world.checkout.cancel("C1", order.order)
    for _ in range(3):
        await world.charging.on_callback(payment.payment, Outcome.POSTED)
    assert (await world.now(order)).state is OrderState.PAID
    world.clock.advance(40.0)
    await world.bank.diary.step()
    await world.settled_books()


async def test_those_who_wait_for_the_bank_fill_no_sweep() -> None:
    """A sweep looks at a bounded number of orders, oldest first."""
    world = PresaleWorld(allotment=40, limit_per_buyer=40)
    orders = [await world.deposited(f"C{1 + number % 3}", f"k{number}") for number in range(6)]
    world.at(LAST_S)
    world.bank.behaviour = SLOW
    for number, order in enumerate(orders[:5]):
        await world.due(order, f"b{number}")
    assert [order.order for order in await world.orders.unpaid(TERMS["balance_closes_at"], 5)] == [orders[5].order]
    world.at(BALANCE_CLOSES_S)
    assert await world.expiry.sweep() == 1
    await world.settled_books()
    states = [(await world.now(order)).state for order in orders]
    assert states == [OrderState.DELIVERED] * 5 + [OrderState.CANCELLED]
