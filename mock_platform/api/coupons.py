"""/coupons: claiming one from a campaign, and the buyer's own."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mock_platform.api.route import Answer, Call, Route
from mock_platform.domain.coupon import HeldCoupon
from mock_platform.services.couponing import Couponing

REPLAYED = {"Idempotency-Replayed": "true"}


class ClaimCoupon(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    campaign: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class CouponView(msgspec.Struct, frozen=True, gc=False):
    """A coupon as its buyer sees it. It can be spent from `starts_at` until `ends_at` while no order has used it."""

    coupon: str
    campaign: str
    merchant: str | None
    categories: tuple[str, ...]
    face_fen: int
    minimum_spend_fen: int
    starts_at: float
    ends_at: float
    used_by: str | None


class CouponList(msgspec.Struct, frozen=True):
    coupons: tuple[CouponView, ...]


def view(held: HeldCoupon) -> CouponView:
    campaign = held.campaign
    return CouponView(
        held.coupon.coupon,
        campaign.campaign,
        campaign.merchant,
        campaign.categories,
        campaign.face_fen,
        campaign.minimum_spend_fen,
        campaign.starts_at,
        campaign.ends_at,
        held.used_by,
    )


class Coupons:
    def __init__(self, couponing: Couponing) -> None:
        self._couponing = couponing

    async def claim(self, call: Call) -> object:
        asked: ClaimCoupon = call.body
        held, replayed = await self._couponing.claim(call.buyer, call.key, asked.campaign)
        return Answer(view(held), REPLAYED) if replayed else view(held)

    async def mine(self, call: Call) -> CouponList:
        return CouponList(tuple(view(held) for held in await self._couponing.mine(call.buyer)))

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="POST",
                path="/coupons/claims",
                handler=self.claim,
                says="Claim one coupon of a campaign.",
                gives=CouponView,
                status=201,
                takes=ClaimCoupon,
                keyed=True,
                refuses=("not_found", "sale_not_open", "sale_closed", "sold_out", "limit_per_buyer"),
            ),
            Route(
                method="GET",
                path="/coupons/mine",
                handler=self.mine,
                says="List the buyer's coupons, the newest first, 500 at most.",
                gives=CouponList,
            ),
        )
