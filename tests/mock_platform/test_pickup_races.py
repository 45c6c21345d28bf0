"""One order's goods and everybody who wants them or the money at once: somebody has one of the two, never both."""

from __future__ import annotations

import asyncio
from math import nextafter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_platform.domain.errors import IllegalTransition, RequestInProgress, ShopError
from mock_platform.domain.order import OrderState
from mock_platform.domain.outlet import Tender
from mock_platform.domain.pickup import PickupState
from tests.mock_platform.core_world import LOCK_S, lines
from tests.mock_platform.interruptions import Suspending
from tests.mock_platform.outlet_world import SHELF, OutletWorld

COMERS = ("fetch", "fetch elsewhere", "fetch again", "refund", "sweep", "outbox")


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.sampled_from(COMERS), st.integers(0, 20)), min_size=1, max_size=8),
    st.sampled_from([-1.0, 0.0, 0.5]),
)
def test_goods_or_money_and_the_shelf_knows_which(comers: list[tuple[str, int]], after_its_time_s: float) -> None:
    """`comers`: who comes, and how many steps of the others they let go by first. Fetching again is with one key."""

    async def race() -> None:
        world = OutletWorld(wrap=Suspending)
        order = await world.ready(S1=2)
        code, pickup = world.codes.code(order.order), await world.pickup(order)
        world.clock.now = pickup.collect_before + after_its_time_s

        async def come(number: int, who: str, late: int) -> str:
            for _ in range(late):
                await asyncio.sleep(0)
            try:
                if who.startswith("fetch"):
                    outlet = "D2" if who == "fetch elsewhere" else "D1"
                    key = "h" if who == "fetch again" else f"h{number}"
                    _, _, replayed = await world.picking_up.hand_over(outlet, key, code)
                    return "replayed" if replayed else "has the goods"
                if who == "refund":
                    await world.charging.refund("C1", f"r{number}", order.order)
                    return "has the money"
                await (world.picking_up.sweep() if who == "sweep" else world.outbox.step())
            except ShopError as refusal:
                return refusal.code
            return "done"

        told = await asyncio.gather(*(come(number, *comer) for number, comer in enumerate(comers)))
        assert told.count("has the goods") + told.count("has the money") <= 1
        snapshot = await world.settled_books()
        fetched = (await world.orders.order(order.order)).state is OrderState.COLLECTED
        assert fetched == ("has the goods" in told)
        assert not (fetched and after_its_time_s >= 0), "nobody comes too late and has the goods"
        assert all(answer == "unknown_code" for answer, (who, _) in zip(told, comers, strict=True) if "else" in who)
        assert [row["refunded_fen"] for row in snapshot["bank"]] == [0 if fetched else order.payable_fen]
        assert await world.free() == SHELF["S1"] - 2 * fetched
        assert world.tally.counts.get(("order", "collected"), 0) == fetched
        assert world.tally.counts.get(("order", "refunded"), 0) == (not fetched)

    asyncio.run(race())


async def test_in_its_last_instant_a_code_works_and_in_the_next_one_it_does_not() -> None:
    world = OutletWorld()
    early, late = await world.ready(key="a"), await world.ready(key="b")
    for order, at in ((early, nextafter((await world.pickup(early)).collect_before, 0.0)), (late, None)):
        world.clock.now = (await world.pickup(order)).collect_before if at is None else at
        code = world.codes.code(order.order)
        if at is None:
            with pytest.raises(IllegalTransition):
                await world.picking_up.hand_over("D1", f"h {order.order}", code)
        else:
            assert await world.picking_up.sweep() == 0
            await world.picking_up.hand_over("D1", f"h {order.order}", code)
    assert await world.picking_up.sweep() == 1
    assert [(await world.pickup(order)).state for order in (early, late)] == [
        PickupState.COLLECTED,
        PickupState.EXPIRED,
    ]
    await world.settled_books()


@settings(max_examples=60)
@given(st.lists(st.integers(0, 15), min_size=2, max_size=6), st.sampled_from([0.0, LOCK_S]))
def test_a_sale_sent_again_and_again_is_one_sale(sent: list[int], pause_s: float) -> None:
    """`sent`: each time how many steps of the others went by; the till's line is bad, and it never hears the answer."""

    async def ring_up() -> None:
        world = OutletWorld(wrap=Suspending)

        async def send(late: int) -> str | None:
            for _ in range(late):
                await asyncio.sleep(0)
            try:
                order, _ = await world.till.sell("D1", "t1", lines(S1=2), Tender.CARD)
            except RequestInProgress:
                return None
            return order.order

        first = asyncio.gather(*(send(late) for late in sent))
        for _ in range(max(sent)):
            await asyncio.sleep(0)
        world.clock.advance(pause_s)  # by then another may take the key over
        told = {*await first, *await asyncio.gather(*(send(late) for late in sent))} - {None}
        assert len(told) == 1
        assert len((await world.settled_books())["orders"]) == 1
        assert await world.free() == SHELF["S1"] - 2
        assert world.tally.gmv_fen == 2_000

    asyncio.run(ring_up())
