"""What customs say: heard once, whatever comes after it and however it races; nothing is packed before."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_platform.audit import audit
from mock_platform.domain.changes import Changes
from mock_platform.domain.declaration import DeclarationState, Verdict
from mock_platform.domain.errors import ShopError
from mock_platform.domain.events import OrderCleared, OrderPaid
from mock_platform.domain.order import Order, OrderState
from mock_platform.partners.customs_broker import CustomsBehaviour
from tests.mock_platform.customs_world import CustomsWorld
from tests.mock_platform.interruptions import Suspending

SILENT = CustomsBehaviour(lost=1.0, latency_s=1_000.0)
"""Customs that say nothing by themselves: the test speaks for them."""


async def at_customs(world: CustomsWorld) -> Order:
    order = await world.paid_import(I2=1)
    await world.outbox.step()
    assert (await world.declaration(order)).state is DeclarationState.DECLARED
    return order


def value(world: CustomsWorld, name: str) -> float:
    samples = [sample for family in world.series.collect() for sample in family.samples]
    return next(sample.value for sample in samples if sample.name == name)


@pytest.mark.parametrize("first", Verdict)
@pytest.mark.parametrize("second", Verdict)
async def test_the_first_word_holds_and_another_one_after_it_is_pointed_out(
    first: Verdict, second: Verdict, caplog: pytest.LogCaptureFixture
) -> None:
    world = CustomsWorld(customs=CustomsBehaviour(rejected=float(first is Verdict.REJECTED), lost=1.0))
    order = await at_customs(world)
    world.clock.advance(5.0)
    await world.broker.diary.step()  # decided, and their word is lost on its way
    for verdict in (first, second, second):
        await world.clearance.on_verdict(order.order, verdict)
    assert (await world.declaration(order)).state.value == first.value
    contradictions = 0 if first is second else 2
    assert value(world, "shop_customs_contradictions_total") == contradictions
    assert caplog.text.count(f"say {second.value} of {order.order}") == contradictions
    snapshot = await world.settled_books()
    refunded_fen = order.payable_fen if first is Verdict.REJECTED else 0
    assert [row["refunded_fen"] for row in snapshot["bank"]] == [refunded_fen]
    assert world.tally.counts.get(("order", "refunded"), 0) == (first is Verdict.REJECTED)


async def test_a_word_on_what_the_buyer_took_back_contradicts_nothing() -> None:
    world = CustomsWorld(customs=SILENT)
    order = await at_customs(world)
    await world.charging.refund("C1", "r1", order.order)
    await world.outbox.step()
    await world.clearance.on_verdict(order.order, Verdict.CLEARED)
    assert value(world, "shop_customs_contradictions_total") == 0
    await world.settled_books()


async def test_the_broker_takes_one_declaration_over_one_value_and_duty() -> None:
    world = CustomsWorld(customs=SILENT)
    await world.broker.declare("D1", "O1", 100, 9)
    await world.broker.declare("D1", "O1", 100, 9)
    for other in (("O2", 100, 9), ("O1", 101, 9), ("O1", 100, 8)):
        with pytest.raises(ValueError, match="another order, value or duty"):
            await world.broker.declare("D1", *other)
    assert len(await world.broker.entries()) == 1


async def test_a_shop_that_never_asks_for_a_lost_word_is_found_out() -> None:
    world = CustomsWorld(customs=CustomsBehaviour(lost=1.0))
    order = await at_customs(world)
    for _ in range(4):
        world.clock.advance(5.0)
        await world.broker.diary.step()
        await world.outbox.step()
    found = [(found.invariant, found.subject) for found in audit(await world.snapshot()).violations]
    assert found == [("nothing_is_forgotten_at_customs", order.order)]
    await world.settled_books()


class Watched:
    """Before every commit of parcels: customs have cleared the order by then, or the test fails in that very moment."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.packed = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def commit(self, changes: Changes) -> None:
        if changes.parcels and changes.order is not None and changes.order.declared:
            known = await self._inner.imports.declaration(changes.order.order)
            assert known is not None and known.state is DeclarationState.CLEARED, "packed before customs cleared it"
            self.packed += 1
        await self._inner.commit(changes)


ACTS = ("customs speak", "refund", "sweep", "outbox", "outbox", "paid again", "cleared again", "broker")


@settings(max_examples=200)
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 25)), min_size=1, max_size=10), st.booleans())
def test_nothing_is_packed_before_clearance_however_all_of_it_interleaves(
    comers: list[tuple[str, int]], rejects: bool
) -> None:
    """`comers`: what happens, and how many steps of the others it lets go by first."""

    async def lived() -> None:
        world = CustomsWorld(wrap=Suspending, customs=CustomsBehaviour(rejected=float(rejects), lost=1.0))
        order = await world.paid_import(I2=1)
        watched = Watched(world.fulfilment._orders)
        world.fulfilment._orders = watched
        verdict = Verdict.REJECTED if rejects else Verdict.CLEARED

        async def act(name: str) -> None:
            if name == "customs speak":
                case = world.broker._cases.get(f"{order.order}-customs")
                if case is not None:  # of what they never got they say nothing
                    case.verdict = verdict
                    await world.clearance.on_verdict(order.order, verdict)
            elif name == "refund":
                await world.charging.refund("C1", "r1", order.order)
            elif name == "sweep":
                world.clock.advance(4.0)
                await world.clearance.sweep()
            elif name == "outbox":
                await world.outbox.step()
            elif name == "paid again":
                await world.fulfilment.pack(OrderPaid(order.order, world.clock()))
            elif name == "cleared again":
                known = await world.orders.imports.declaration(order.order)
                if known is not None and known.state is DeclarationState.CLEARED:
                    await world.fulfilment.pack(OrderCleared(order.order, world.clock()))
            elif name == "broker":
                await world.broker.diary.step()

        async def come(name: str, late: int) -> None:
            for _ in range(late):
                await asyncio.sleep(0)
            try:
                await act(name)
            except ShopError:
                pass  # a refusal is an answer

        await asyncio.gather(*(come(*comer) for comer in comers))
        snapshot = await world.settled_books()
        final = await world.orders.order(order.order)
        known = await world.orders.imports.declaration(order.order)
        refunds = [row["refunded_fen"] for row in snapshot["bank"]]
        if known is not None and known.state is DeclarationState.CLEARED:
            assert watched.packed or final.state is OrderState.REFUNDED
        else:
            assert (final.state, watched.packed, refunds) == (OrderState.REFUNDED, 0, [order.payable_fen])
        spent_fen = await world.orders.imports.spent_fen("C1", 2017)
        assert spent_fen == (0 if final.state is OrderState.REFUNDED else 390_000)

    asyncio.run(lived())
