"""Promoting: setting up promotions and coupon campaigns, and telling which of them run."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from mock_platform.domain.coupon import CampaignStanding, CouponCampaign, check_campaign
from mock_platform.domain.errors import KeyReused, MalformedRequest
from mock_platform.domain.idempotency import check_key, named_by
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

    async def promote(self, make: Callable[[str], AnyPromotion], key: str = "") -> tuple[AnyPromotion, bool]:
        """Add the promotion made with an id of its own; and whether this key, if there is one, had added it before.

        UnknownSku, NotFound (the merchant), MalformedRequest (nonsense), KeyReused.
        """
        promotion = replace(make(self._name("D", key)), set_up_at=self._clock())
        check_promotion(promotion)
        if (known := await self._known_promotion(promotion)) is not None:
            return known, True
        if isinstance(promotion, ItemDiscount):
            await self._catalogue.skus(promotion.skus)
        if isinstance(promotion, ShopDiscount):
            await self._catalogue.merchant(promotion.merchant)
        if len((await self._promotions.board()).promotions) >= PROMOTIONS_MOST:
            raise MalformedRequest(f"the shop has {PROMOTIONS_MOST} promotions already")
        await self._promotions.put(promotion)
        # Of two at once under one key, the first is there.
        return await self._known_promotion(promotion) or promotion, False

    def _name(self, prefix: str, key: str) -> str:
        if not key:
            return self._new_id(prefix)
        check_key(key)
        return named_by(key, prefix)

    async def _known_promotion(self, wanted: AnyPromotion) -> AnyPromotion | None:
        """The one of this id; KeyReused if it is another than wanted. Only a key can name one that is there."""
        for known in (await self._promotions.board()).promotions:
            if known.promotion == wanted.promotion:
                if replace(known, set_up_at=wanted.set_up_at) != wanted:
                    raise KeyReused("this key was used for another promotion")
                return known
        return None

    async def promotions(self) -> list[AnyPromotion]:
        """Those that run or will."""
        now = self._clock()
        return [promotion for promotion in (await self._promotions.board()).promotions if now < promotion.ends_at]

    async def open_campaign(
        self, make: Callable[[str], CouponCampaign], key: str = ""
    ) -> tuple[CampaignStanding, bool]:
        """Add the campaign made with an id of its own; and whether this key, if there is one, had added it before.

        NotFound (the merchant), MalformedRequest (nonsense), KeyReused.
        """
        campaign = make(self._name("G", key))
        check_campaign(campaign)
        if (known := await self._known_campaign(campaign)) is not None:
            return known, True
        if campaign.merchant is not None:
            await self._catalogue.merchant(campaign.merchant)
        if len(await self._coupons.campaigns()) >= CAMPAIGNS_MOST:
            raise MalformedRequest(f"the shop has {CAMPAIGNS_MOST} coupon campaigns already")
        await self._coupons.put_campaign(campaign)
        return await self._known_campaign(campaign) or CampaignStanding(campaign, 0, 0), False

    async def _known_campaign(self, wanted: CouponCampaign) -> CampaignStanding | None:
        for known in await self._coupons.campaigns():
            if known.campaign.campaign == wanted.campaign:
                if known.campaign != wanted:
                    raise KeyReused("this key was used for another campaign")
                return known
        return None

    async def campaigns(self) -> list[CampaignStanding]:
        """Those that are not over."""
        now = self._clock()
        return [standing for standing in await self._coupons.campaigns() if now < standing.campaign.ends_at]
