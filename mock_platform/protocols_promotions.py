"""The seams of promotions: where rules, campaigns and coupons are kept. See protocols.py for what holds everywhere."""

from __future__ import annotations

from typing import Protocol

from mock_platform.domain.coupon import CampaignStanding, CouponCampaign, HeldCoupon
from mock_platform.domain.promotion import AnyPromotion, Board


class PromotionStore(Protocol):
    """Promotions are added and never changed: an order's discounts can be worked out again for good."""

    async def put(self, promotion: AnyPromotion) -> None:
        """Add it. Asked again for one that is there: no change."""

    async def board(self) -> Board:
        """All of them. Hot: every order reads it."""


class CouponStore(Protocol):
    """Campaigns, which never change, and coupons. Only commits of the order store claim, use or free a coupon:

    whoever reads here knows what was so, and the commit decides.
    """

    async def put_campaign(self, campaign: CouponCampaign) -> None:
        """Add it. Asked again for one that is there: no change."""

    async def campaign(self, campaign: str) -> CouponCampaign:
        """Or NotFound."""

    async def campaigns(self) -> list[CampaignStanding]:
        """All of them, in the order they were put."""

    async def coupon(self, coupon: str) -> HeldCoupon:
        """Or UnknownCoupon."""

    async def coupons_of(self, buyer: str, limit: int) -> list[HeldCoupon]:
        """The newest first, so many at most."""

    async def all_coupons(self) -> list[HeldCoupon]:
        """For the books. The memory engine does not suspend."""
