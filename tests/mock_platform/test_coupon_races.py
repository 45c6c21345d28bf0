"""Coupons raced for, cut off and lost: one use at most, one coupon a key, and the budget holds."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from itertools import count
from random import Random
from typing import Any

import pytest

from mock_platform.domain.errors import BudgetSpent, CouponUsed, RequestInProgress, ShopError
from tests.mock_platform.core_world import HOLD_S, LOCK_S, orders_in
from tests.mock_platform.interruptions import Faults, LineDropped, Suspending, cut_off, run
from tests.mock_platform.promoted_world import FACE_FEN, PromotedWorld

Work = Coroutine[Any, Any, Any]


def interleave(works: list[Work], rng: Random) -> list[Any]:
    """Let them go on by one step at a time in any order; what each came to, errors too."""
    ended: list[Any] = [None] * len(works)
    alive = dict(enumerate(works))
    while alive:
        which = rng.choice(list(alive))
        try:
            alive[which].send(None)
            continue
        except StopIteration as done:
            ended[which] = done.value
        except (ShopError, LineDropped) as error:
            ended[which] = error
        del alive[which]
    return ended


@pytest.mark.parametrize("seed", range(40))
def test_however_many_requests_race_a_coupon_is_used_once_and_all_others_are_told_so(seed: int) -> None:
    rng = Random(seed)
    world = PromotedWorld(wrap=Suspending)
    coupon = run(world.claimed(run(world.campaign())))
    ended = interleave([world.buy(coupon, key=f"k{number % 4}") for number in range(6)], rng)
    refused = [each for each in ended if isinstance(each, ShopError)]
    assert {type(each) for each in refused} <= {CouponUsed, RequestInProgress}
    made = {each.order for each in ended if not isinstance(each, ShopError)}
    assert len(made) == 1
    assert len(orders_in(asyncio.run(world.settled_books()))) == 1


@pytest.mark.parametrize("seed", range(20))
def test_however_many_requests_race_a_buyer_claims_no_more_than_the_limit(seed: int) -> None:
    world = PromotedWorld(wrap=Suspending)
    campaign = run(world.campaign(limit_per_buyer=2, coupons=3))
    works: list[Work] = [world.couponing.claim(f"C{1 + number % 2}", f"k{number}", campaign) for number in range(8)]
    ended = interleave(works, Random(seed))
    assert sum(not isinstance(each, ShopError) for each in ended) == 3
    assert max(len(run(world.couponing.mine(buyer))) for buyer in ("C1", "C2")) == 2
    asyncio.run(world.settled_books())


@pytest.mark.parametrize("retry_after_s", [None, 0.0, LOCK_S, HOLD_S + 1])
async def test_cut_off_at_any_moment_a_coupon_is_used_by_the_order_that_exists_or_not_at_all(
    retry_after_s: float | None,
) -> None:
    for moment in count(1):
        world = PromotedWorld(wrap=Suspending)
        coupon = run(world.claimed(run(world.campaign())))
        if not cut_off(world.buy(coupon), moment):
            break
        if retry_after_s is not None:
            world.clock.advance(retry_after_s)
            await world.expiry.sweep()
            try:
                await world.buy(coupon)
            except RequestInProgress:
                assert retry_after_s < LOCK_S
        snapshot = await world.bookkeeping.snapshot()
        used_by = (await world.held(coupon)).used_by
        assert [row["order"] for row in snapshot["orders"]] == [used_by] * (used_by is not None)
        if retry_after_s is not None and retry_after_s >= LOCK_S:
            assert used_by is not None
        await world.settled_books()
    assert moment > 10


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("deed", ["claim", "buy", "cancel"])
async def test_whichever_call_is_lost_there_is_one_coupon_and_one_use_at_most(deed: str, after: bool) -> None:
    for call in count(1):
        faults = Faults(10**9, after=after)
        world = PromotedWorld(wrap=faults.wrap)
        campaign = await world.campaign()
        coupon = "" if deed == "claim" else await world.claimed(campaign)
        order = await world.buy(coupon) if deed == "cancel" else None

        async def act(
            world: PromotedWorld = world, campaign: str = campaign, coupon: str = coupon, order: Any = order
        ) -> Any:
            if deed == "claim":
                return await world.claimed(campaign)
            return await (world.buy(coupon) if deed == "buy" else world.checkout.cancel("C1", order.order))

        faults.at = faults.calls + call
        try:
            await act()
        except LineDropped:
            pass
        if faults.struck is None:
            break
        world.clock.advance(LOCK_S)
        await act()
        await act()
        (mine,) = await world.couponing.mine("C1")
        assert (mine.used_by is not None) is (deed == "buy")
        assert await world.spent_fen() == (FACE_FEN if deed == "buy" else 0)
        await world.settled_books()
    assert call >= 3


@pytest.mark.parametrize("seed", range(20))
def test_however_many_requests_race_a_campaign_pays_no_more_than_its_budget(seed: int) -> None:
    world = PromotedWorld(wrap=Suspending)
    campaign = run(world.campaign(budget_fen=2 * FACE_FEN))
    coupons = {buyer: run(world.claimed(campaign, buyer)) for buyer in ("C1", "C2", "C3")}
    ended = interleave([world.buy(coupons[buyer], buyer=buyer) for buyer in coupons], Random(seed))
    assert [type(each) for each in ended if isinstance(each, ShopError)] == [BudgetSpent]
    assert run(world.spent_fen()) == 2 * FACE_FEN
    asyncio.run(world.settled_books())
