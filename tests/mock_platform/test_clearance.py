"""Clearance: nothing leaves before customs say so; what they reject is paid back whole; every word is heard once."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from itertools import count
from typing import Any

import pytest

from mock_platform.domain.declaration import DeclarationState, Verdict
from mock_platform.domain.errors import NotFound, UnknownOrder
from mock_platform.domain.events import OrderPaid
from mock_platform.domain.order import Order, OrderState
from mock_platform.domain.reservation import WEB
from mock_platform.partners.customs_broker import REASONS, CustomsBehaviour
from tests.mock_platform.core_world import CHASE_AFTER_S, orders_in
from tests.mock_platform.customs_world import INQUIRE_AFTER_S, CustomsWorld
from tests.mock_platform.interruptions import Faults, Suspending, cut_off, with_each_call_lost

LOSES, REJECTS = CustomsBehaviour(lost=1.0), CustomsBehaviour(rejected=1.0)


async def declared(world: CustomsWorld, **quantities: int) -> Order:
    order = await world.paid_import(**quantities)
    await world.outbox.step()
    return order


async def decided(world: CustomsWorld) -> None:
    world.clock.advance(5.0)
    await world.broker.diary.step()


async def test_an_order_is_packed_once_customs_cleared_it_and_not_before() -> None:
    world = CustomsWorld()
    order = await declared(world, I1=2)
    assert (await world.declaration(order)).state is DeclarationState.DECLARED
    for _ in range(3):
        await world.outbox.step()
        assert await world.orders.parcels_of(order.order) == ()
    await decided(world)
    assert (await world.declaration(order)).state is DeclarationState.CLEARED
    assert await world.orders.parcels_of(order.order) == ()
    await world.outbox.step()
    (parcel,) = await world.orders.parcels_of(order.order)
    assert [line.quantity for line in parcel.lines] == [2]
    snapshot = await world.settled_books()
    assert len(orders_in(snapshot, OrderState.DELIVERED)) == 1


async def test_a_rejected_order_is_paid_back_with_its_duty() -> None:
    world = CustomsWorld(customs=REJECTS)
    order = await declared(world, I2=1)
    await decided(world)
    found = await world.declaration(order)
    assert (found.state, found.reason in REASONS) == (DeclarationState.REJECTED, True)
    await world.settled_books()
    assert (await world.orders.order(order.order)).state is OrderState.REFUNDED
    assert [line.refunded_fen for line in await world.bank.statement()] == [order.payable_fen]
    assert order.payable_fen == 390_000 + 35_490
    assert await world.orders.parcels_of(order.order) == ()
    assert await world.stock.free("I2", WEB) == 50
    assert await world.orders.imports.spent_fen("C1", 2017) == 0
    assert world.tally.counts["order", "refunded"] == 1


@pytest.mark.parametrize("rejected", [0.0, 1.0], ids=["cleared", "rejected"])
@pytest.mark.parametrize("way", [{"lost": 1.0}, {"doubled": 1.0}, {"late": 1.0, "late_s": 8.0}], ids=str)
async def test_lost_doubled_and_late_words_come_to_the_same(rejected: float, way: dict[str, float]) -> None:
    world = CustomsWorld(customs=CustomsBehaviour(rejected=rejected, **way))
    orders = [await declared(world, key=f"k{number}", I1=1) for number in range(4)]
    for _ in range(12):
        await world.turn(1.0)
    state = DeclarationState.REJECTED if rejected else DeclarationState.CLEARED
    for order in orders:
        assert [step for step, _ in (await world.declaration(order)).history] == ["drafted", "declared", state.value]
    await world.settled_books()


async def test_a_doubled_event_declares_once() -> None:
    world = CustomsWorld(wrap=Suspending)
    order = await world.paid_import()
    event = OrderPaid(order.order, world.clock())
    await asyncio.gather(*(world.clearance.declare(event) for _ in range(4)))
    assert len(await world.orders.imports.declarations()) == 1
    await world.settled_books()


async def test_the_broker_that_never_got_it_is_handed_it_again() -> None:
    world = CustomsWorld()
    order = await declared(world)
    world.broker._cases.clear()
    world.broker.diary._acts.clear()
    await world.turn(INQUIRE_AFTER_S)
    await world.settled_books()
    assert (await world.declaration(order)).state is DeclarationState.CLEARED


async def test_a_refund_before_the_verdict_withdraws_and_customs_are_not_heard() -> None:
    world = CustomsWorld()
    order = await declared(world)
    await world.charging.refund("C1", "r1", order.order)
    await world.outbox.step()
    assert (await world.declaration(order)).state is DeclarationState.WITHDRAWN
    await decided(world)
    assert (await world.declaration(order)).state is DeclarationState.WITHDRAWN
    await world.settled_books()


@pytest.mark.parametrize("verdict", Verdict)
async def test_a_verdict_between_refund_and_withdrawal_changes_no_money(verdict: Verdict) -> None:
    world = CustomsWorld(customs=LOSES)
    order = await declared(world)
    await world.charging.refund("C1", "r1", order.order)
    await world.clearance.on_verdict(order.order, verdict)
    assert (await world.declaration(order)).state is DeclarationState.WITHDRAWN
    await world.settled_books()
    assert [line.refunded_fen for line in await world.bank.statement()] == [order.payable_fen]


async def test_a_verdict_on_a_draft_is_heard_since_the_broker_had_it() -> None:
    world = CustomsWorld()
    order = await world.paid_import()
    faults = Faults(1, after=True, only="declare")
    world.clearance._broker = faults.wrap(world.broker)
    await world.outbox.step()
    assert (await world.declaration(order)).state is DeclarationState.DRAFTED
    await decided(world)
    steps = [step for step, _ in (await world.declaration(order)).history]
    assert steps == ["drafted", "declared", "cleared"]
    await world.settled_books()


async def test_a_cleared_order_may_still_be_refunded_before_it_ships() -> None:
    world = CustomsWorld()
    order = await declared(world)
    await decided(world)
    await world.charging.refund("C1", "r1", order.order)
    await world.settled_books()
    assert (await world.declaration(order)).state is DeclarationState.CLEARED
    assert await world.orders.parcels_of(order.order) == ()


async def test_a_buyer_sees_the_own_declaration_only() -> None:
    world = CustomsWorld()
    order = await world.imported_order()
    assert await world.clearance.declaration("C1", order.order) is None
    with pytest.raises(UnknownOrder):
        await world.clearance.declaration("C2", order.order)
    with pytest.raises(NotFound):
        await world.clearance.on_verdict((await world.paid(key="s", S1=1)).order, Verdict.CLEARED)


async def begun(world: CustomsWorld, act: str) -> Coroutine[Any, Any, Any]:
    """The world up to the act, and the act itself, not begun yet."""
    order = await world.paid_import()
    event = OrderPaid(order.order, world.clock())
    if act == "declare":
        return world.clearance.declare(event)
    await world.clearance.declare(event)
    world.broker.behaviour = CustomsBehaviour(lost=1.0, rejected=1.0 if act == "reject" else 0.0)
    world.clock.advance(CHASE_AFTER_S)
    await world.broker.diary.step()
    if act == "sweep":
        return world.clearance.sweep()
    if act == "withdraw":
        await world.charging.refund("C1", "r1", order.order)
        return world.clearance.withdraw(event)
    return world.clearance.on_verdict(order.order, Verdict.REJECTED if act == "reject" else Verdict.CLEARED)


ACTS = {"declare": 10, "clear": 6, "reject": 6, "sweep": 8, "withdraw": 6}


@pytest.mark.parametrize("act", ACTS)
async def test_hung_up_on_at_any_moment_it_comes_out_right(act: str) -> None:
    for moment in count(1):
        world = CustomsWorld(wrap=Suspending)
        if not cut_off(await begun(world, act), moment):
            break
        await world.settled_books()
    assert moment > ACTS[act]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_whichever_call_is_lost_it_comes_out_right(act: str, after: bool) -> None:
    worlds = with_each_call_lost(lambda wrap: CustomsWorld(wrap=wrap), lambda world: begun(world, act), after=after)
    async for world in worlds:
        await world.settled_books()


async def test_figures_of_metrics_are_those_of_the_books() -> None:
    world = CustomsWorld()
    orders = [await declared(world, key=f"k{number}", I1=1) for number in range(3)]
    await world.settled_books()
    values = {
        (sample.name, sample.labels.get("state")): sample.value
        for family in world.series.collect()
        for sample in family.samples
    }
    assert values["shop_declarations_total", "cleared"] == 3
    assert values["shop_declarations_total", "drafted"] == 3
    assert values["shop_duty_yuan_total", None] == pytest.approx(sum(order.duty_fen for order in orders) / 100)
    assert values["shop_clearance_seconds_count", None] == 3
