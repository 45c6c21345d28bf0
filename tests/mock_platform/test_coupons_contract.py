"""What every order engine promises of coupons: the commit alone decides, and one that is refused changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from msgspec.structs import replace

from mock_platform.domain import changes
from mock_platform.domain.changes import Changes
from mock_platform.domain.coupon import Coupon, CouponCampaign
from mock_platform.domain.discount_split import Deduction, Kind
from mock_platform.domain.errors import (
    BudgetSpent,
    ClaimLost,
    CouponUsed,
    LimitPerBuyer,
    NotFound,
    SoldOut,
    UnknownCoupon,
    VersionConflict,
)
from mock_platform.domain.idempotency import CLAIMING, Claim, Finished, fingerprint
from mock_platform.domain.order import Order
from tests.mock_platform.order_engines import ENGINES, LOCK_S, claimed, order_for

FACE_FEN = 20
CAMPAIGN = CouponCampaign("G1", "20 off 100", None, (), FACE_FEN, 100, 3, 2, 2 * FACE_FEN + 5, 0.0, 0.0, 99.0)

Engine = Callable[[], AbstractAsyncContextManager[Any]]
"""Order engines that keep coupons too."""
engines = pytest.mark.parametrize("engine", ENGINES)


async def claim_coupon(orders: Any, number: int, buyer: str = "C1") -> str:
    claim = await orders.claim(buyer, f"c{number}", fingerprint(CLAIMING, "G1"), f"K{number}", 0.0, LOCK_S)
    assert isinstance(claim, Claim)
    await orders.commit(changes.coupon_claimed(Coupon(claim.subject, "G1", buyer, 0.0), claim))
    return claim.subject


async def with_coupon(orders: Any, number: int, coupon: str) -> Order:
    claim = await claimed(orders, f"k{number}", f"O{number}")
    plain = order_for(claim)
    deduction = Deduction(coupon, Kind.PLATFORM_COUPON, FACE_FEN, tuple(line.sku for line in plain.lines))
    order = replace(plain, coupons=(coupon,), deductions=(deduction,))
    await orders.commit(Changes(order=order, finish=claim))
    return await orders.order(order.order)  # type: ignore[no-any-return]


async def standing(orders: Any) -> tuple[int, int]:
    """Coupons claimed, and fen spent."""
    (found,) = await orders.coupons.campaigns()
    return found.claimed, found.spent_fen


@engines
async def test_coupons_are_claimed_up_to_the_limits_and_a_refusal_leaves_the_key_open(engine: Engine) -> None:
    async with engine() as orders:
        with pytest.raises(NotFound):
            await orders.coupons.campaign("G1")
        await orders.coupons.put_campaign(CAMPAIGN)
        await orders.coupons.put_campaign(CAMPAIGN)
        assert await orders.coupons.campaign("G1") == CAMPAIGN
        for number in (1, 2):
            await claim_coupon(orders, number)
        with pytest.raises(LimitPerBuyer):
            await claim_coupon(orders, 3)
        await claim_coupon(orders, 4, "C2")
        with pytest.raises(SoldOut):
            await claim_coupon(orders, 5, "C3")
        assert await standing(orders) == (3, 0)
        assert [held.coupon.coupon for held in await orders.coupons.coupons_of("C1", 9)] == ["K2", "K1"]
        assert [held.coupon.coupon for held in await orders.coupons.coupons_of("C1", 1)] == ["K2"]
        assert await orders.coupons.coupons_of("C9", 9) == []
        taken_over = await orders.claim("C1", "c3", fingerprint(CLAIMING, "G1"), "K9", LOCK_S, LOCK_S)
        assert taken_over == Claim("C1", "c3", "K3", 2)
        assert await orders.claim("C1", "c1", fingerprint(CLAIMING, "G1"), "K9", LOCK_S, LOCK_S) == Finished("K1", None)


@engines
async def test_a_claim_that_lost_its_key_makes_no_coupon(engine: Engine) -> None:
    async with engine() as orders:
        await orders.coupons.put_campaign(CAMPAIGN)
        claim = await orders.claim("C1", "c1", fingerprint(CLAIMING, "G1"), "K1", 0.0, LOCK_S)
        await orders.claim("C1", "c1", fingerprint(CLAIMING, "G1"), "K2", LOCK_S, LOCK_S)
        with pytest.raises(ClaimLost):
            await orders.commit(changes.coupon_claimed(Coupon("K1", "G1", "C1", 0.0), claim))
        assert await standing(orders) == (0, 0)
        with pytest.raises(UnknownCoupon):
            await orders.coupons.coupon("K1")


@engines
async def test_a_coupon_is_used_by_one_order_and_free_again_in_the_commit_that_ends_it(engine: Engine) -> None:
    async with engine() as orders:
        await orders.coupons.put_campaign(CAMPAIGN)
        coupon = await claim_coupon(orders, 1)
        first = await with_coupon(orders, 1, coupon)
        with pytest.raises(CouponUsed):
            await with_coupon(orders, 2, coupon)
        held = await orders.coupons.coupon(coupon)
        assert (held.used_by, held.budget_left_fen) == ("O1", FACE_FEN + 5)
        ending = changes.cancelled(first, 1.0)
        await orders.commit(ending)
        with pytest.raises(VersionConflict):
            await orders.commit(ending)
        assert await standing(orders) == (1, 0)
        assert (await with_coupon(orders, 3, coupon)).coupons == (coupon,)
        assert await standing(orders) == (1, FACE_FEN)


@engines
async def test_a_budget_is_never_overspent_and_nobody_uses_anothers_coupon(engine: Engine) -> None:
    async with engine() as orders:
        await orders.coupons.put_campaign(replace(CAMPAIGN, limit_per_buyer=3))
        coupons = [await claim_coupon(orders, number) for number in (1, 2)]
        theirs = await claim_coupon(orders, 3, "C2")
        for number, coupon in enumerate(coupons):
            await with_coupon(orders, number, coupon)
        with pytest.raises(UnknownCoupon):
            await with_coupon(orders, 8, theirs)
        with pytest.raises(UnknownCoupon):
            await with_coupon(orders, 9, "K99")
        assert await standing(orders) == (3, 2 * FACE_FEN)


@engines
async def test_a_third_coupon_finds_the_budget_spent(engine: Engine) -> None:
    async with engine() as orders:
        await orders.coupons.put_campaign(replace(CAMPAIGN, limit_per_buyer=3))
        coupons = [await claim_coupon(orders, number) for number in (1, 2, 3)]
        for number, coupon in enumerate(coupons[:2]):
            await with_coupon(orders, number, coupon)
        with pytest.raises(BudgetSpent):
            await with_coupon(orders, 5, coupons[2])
        assert (await orders.coupons.coupon(coupons[2])).used_by is None
