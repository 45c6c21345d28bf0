"""Couponing: a buyer claims a coupon, once for each key and so many of a campaign; which ones the buyer has.

One commit makes the coupon and finishes the key, and it alone counts who has how many: of requests that race, as many
succeed as there are coupons. Cut off before it, the key is taken over when its lock ends; after it, asking again tells
the coupon. Spending one is the business of the order's own commit.
"""

from __future__ import annotations

from mock_platform.domain import changes
from mock_platform.domain.coupon import Coupon, HeldCoupon
from mock_platform.domain.errors import FINAL, ClaimLost, RequestInProgress
from mock_platform.domain.idempotency import CLAIMING, Claim, Finished, check_key, fingerprint, refusal_of
from mock_platform.protocols import Clock, NewId, OrderStore
from mock_platform.protocols_promotions import CouponStore

TRIES = 5
SHOWN_MOST = 500


class Couponing:
    def __init__(self, *, coupons: CouponStore, orders: OrderStore, clock: Clock, new_id: NewId, lock_s: float) -> None:
        self._coupons = coupons
        self._orders = orders
        self._clock = clock
        self._new_id = new_id
        self._lock_s = lock_s

    async def claim(self, buyer: str, key: str, campaign: str) -> tuple[HeldCoupon, bool]:
        """The coupon, and whether it was there before (the same key again).

        Refusals, which finish the key: NotFound (the campaign), SaleNotOpen, SaleClosed, SoldOut, LimitPerBuyer.
        Others: MalformedRequest, RequestInProgress, KeyReused.
        """
        check_key(key)
        print_ = fingerprint(CLAIMING, campaign)
        for _ in range(TRIES):
            now = self._clock()
            claim = await self._orders.claim(buyer, key, print_, self._new_id("K"), now, self._lock_s)
            if isinstance(claim, Finished):
                if claim.refusal is not None:
                    raise claim.refusal.as_error()
                return await self._coupons.coupon(claim.subject), True
            try:
                try:
                    return await self._claim(claim, campaign, now), False
                except FINAL as error:
                    await self._orders.commit(changes.refused(claim, refusal_of(error)))
                    raise
            except ClaimLost:
                continue  # the key went on without us: see what became of it
        raise RequestInProgress("this key is being worked on")

    async def _claim(self, claim: Claim, campaign: str, now: float) -> HeldCoupon:
        known = await self._coupons.campaign(campaign)
        known.admit(now)
        coupon = Coupon(claim.subject, campaign, claim.buyer, now)
        await self._orders.commit(changes.coupon_claimed(coupon, claim))
        return await self._coupons.coupon(coupon.coupon)

    async def mine(self, buyer: str) -> list[HeldCoupon]:
        """The buyer's coupons, the newest first, SHOWN_MOST at most."""
        return await self._coupons.coupons_of(buyer, SHOWN_MOST)
