"""Promoting: setting up promotions and coupon campaigns, and telling which of them run."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from mock_platform.domain.coupon import CampaignStanding, CouponCampaign, check_campaign
from mock_platform.domain.errors import MalformedRequest
from mock_platform.domain.promotion import AnyPromotion, ItemDiscount, ShopDiscount, check_promotion
from mock_platform.protocols import CatalogueStore, Clock, NewId
from mock_platform.protocols_promotions import CouponStore, PromotionStore

PROMOTIONS_MOST = 1_000
CAMPAIGNS_MOST = 1_000


class Promoting:
    def __init__(
        self,
        *,
        promotions: PromotionStore,
        coupons: CouponStore,
        catalogue: CatalogueStore,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._promotions = promotions
        self._coupons = coupons
        self._catalogue = catalogue
        self._clock = clock
        self._new_id = new_id

    async def promote(self, make: Callable[[str], AnyPromotion]) -> AnyPromotion:
        """Add the promotion made with a fresh id. UnknownSku, NotFound (the merchant), MalformedRequest (nonsense)."""
        promotion = replace(make(self._new_id("D")), set_up_at=self._clock())
        check_promotion(promotion)
        if isinstance(promotion, ItemDiscount):
            await self._catalogue.skus(promotion.skus)
        if isinstance(promotion, ShopDiscount):
            await self._catalogue.merchant(promotion.merchant)
        if len((await self._promotions.board()).promotions) >= PROMOTIONS_MOST:
            raise MalformedRequest(f"the shop has {PROMOTIONS_MOST} promotions already")
        await self._promotions.put(promotion)
        return promotion

    async def promotions(self) -> list[AnyPromotion]:
        """Those that run or will."""
        now = self._clock()
        return [promotion for promotion in (await self._promotions.board()).promotions if now < promotion.ends_at]

    async def open_campaign(self, make: Callable[[str], CouponCampaign]) -> CampaignStanding:
        """Add the campaign made with a fresh id. NotFound (the merchant); MalformedRequest for nonsense."""
        campaign = make(self._new_id("G"))
        check_campaign(campaign)
        if campaign.merchant is not None:
            await self._catalogue.merchant(campaign.merchant)
        if len(await self._coupons.campaigns()) >= CAMPAIGNS_MOST:
            raise MalformedRequest(f"the shop has {CAMPAIGNS_MOST} coupon campaigns already")
        await self._coupons.put_campaign(campaign)
        return CampaignStanding(campaign, 0, 0)

    async def campaigns(self) -> list[CampaignStanding]:
        """Those that are not over."""
        now = self._clock()
        return [standing for standing in await self._coupons.campaigns() if now < standing.campaign.ends_at]
