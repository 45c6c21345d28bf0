"""Withdrawing: what the buyer took back customs need not decide, and are told so, whatever is lost on the way."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_platform.domain.declaration import DeclarationState
from mock_platform.domain.errors import ShopError
from mock_platform.domain.events import OrderPaid, RefundRequested
from mock_platform.partners.customs_broker import CustomsBehaviour
from tests.mock_platform.customs_world import CustomsWorld
from tests.mock_platform.interruptions import Faults, Suspending


async def test_customs_are_told_and_say_nothing_any_more() -> None:
    world = CustomsWorld()
    order = await world.paid_import()
    await world.outbox.step()
    await world.charging.refund("C1", "r1", order.order)
    await world.outbox.step()
    (entry,) = await world.broker.entries()
    assert (entry.withdrawn, entry.verdict) == (True, None)
    world.clock.advance(60.0)
    await world.broker.diary.step()
    (entry,) = await world.broker.entries()
    assert (entry.withdrawn, entry.verdict) == (True, None), "they do not decide what nobody sends"
    await world.settled_books()


async def test_what_customs_decided_before_they_were_told_stays_decided() -> None:
    world = CustomsWorld(customs=CustomsBehaviour(lost=1.0))
    order = await world.paid_import()
    await world.outbox.step()
    world.clock.advance(5.0)
    await world.broker.diary.step()
    await world.charging.refund("C1", "r1", order.order)
    await world.outbox.step()
    (entry,) = await world.broker.entries()
    assert (entry.withdrawn, entry.verdict) == (False, "cleared")
    assert (await world.declaration(order)).state is DeclarationState.WITHDRAWN
    await world.settled_books()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_they_are_told_again_when_the_line_to_the_broker_drops(after: bool) -> None:
    world = CustomsWorld(customs=CustomsBehaviour(latency_s=1_000.0))
    order = await world.paid_import()
    await world.outbox.step()
    world.clearance._broker = Faults(1, after=after, only="withdraw").wrap(world.broker)
    await world.charging.refund("C1", "r1", order.order)
    await world.outbox.step()
    assert (await world.declaration(order)).state is DeclarationState.WITHDRAWN
    for _ in range(3):
        await world.turn(5.0)
    (entry,) = await world.broker.entries()
    assert entry.withdrawn
    await world.settled_books()


class SlowLine:
    """Stands before the broker: a declaration is on its way until the test lets it arrive."""

    def __init__(self, broker: Any) -> None:
        self._broker = broker
        self.asked, self.arrives = asyncio.Event(), asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)

    async def declare(self, *papers: Any) -> None:
        self.asked.set()
        await self.arrives.wait()
        await self._broker.declare(*papers)


async def test_a_declaration_on_its_way_to_the_broker_is_withdrawn_there_too() -> None:
    world = CustomsWorld(customs=CustomsBehaviour(latency_s=1_000.0))
    line = world.clearance._broker = SlowLine(world.broker)
    order = await world.paid_import()
    handing_in = asyncio.ensure_future(world.clearance.declare(OrderPaid(order.order, world.clock())))
    await line.asked.wait()
    await world.charging.refund("C1", "r1", order.order)
    await world.clearance.withdraw(RefundRequested(order.order, world.clock()))
    assert await world.broker.entries() == []
    line.arrives.set()
    await handing_in
    assert (await world.declaration(order)).state is DeclarationState.WITHDRAWN
    assert [entry.withdrawn for entry in await world.broker.entries()] == [True]
    await world.settled_books()


@settings(max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(["refund", "outbox", "sweep", "customs"]), st.integers(0, 25)), max_size=8))
def test_however_it_interleaves_customs_end_up_knowing(comers: list[tuple[str, int]]) -> None:
    """Customs that would take a quarter of an hour: only who is told stops thinking."""

    async def lived() -> None:
        world = CustomsWorld(wrap=Suspending, customs=CustomsBehaviour(latency_s=900.0, latency_sigma=0.0))
        order = await world.paid_import()

        async def come(who: str, late: int) -> None:
            for _ in range(late):
                await asyncio.sleep(0)
            try:
                if who == "refund":
                    await world.charging.refund("C1", "r1", order.order)
                elif who == "outbox":
                    await world.outbox.step()
                elif who == "sweep":
                    await world.clearance.sweep()
                else:
                    world.clock.advance(1.0)
                    await world.broker.diary.step()
            except ShopError:
                pass

        await asyncio.gather(*(come(*comer) for comer in comers), come("refund", 30))
        for _ in range(4):
            await world.turn(3.0)
        known = await world.orders.imports.declaration(order.order)
        assert known is None or known.state is DeclarationState.WITHDRAWN
        assert all(entry.withdrawn for entry in await world.broker.entries())
        await world.settled_books()

    asyncio.run(lived())
