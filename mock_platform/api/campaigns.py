"""/promotions and /coupon-campaigns: what runs, for everybody; setting it up, for operators."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mock_platform.api.coupons import REPLAYED
from mock_platform.api.route import Answer, Call, Route
from mock_platform.domain.coupon import CATEGORIES_MAX, CampaignStanding, CouponCampaign
from mock_platform.domain.money import FEN_MAX
from mock_platform.domain.promotion import (
    PERCENT_MOST,
    SKUS_MAX,
    AnyPromotion,
    CrossShopDiscount,
    ItemDiscount,
    ShopDiscount,
)
from mock_platform.services.promoting import Promoting

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Fen = Annotated[int, msgspec.Meta(gt=0, lt=FEN_MAX)]
Instant = Annotated[float, msgspec.Meta(ge=0, description="epoch seconds")]
Count = Annotated[int, msgspec.Meta(ge=1, le=10**9)]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    title: Name
    starts_at: Instant
    ends_at: Instant


class AskItemDiscount(Asked, frozen=True, kw_only=True, tag="item"):
    """So many percent off these SKUs' prices."""

    skus: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=SKUS_MAX)]
    percent_off: Annotated[int, msgspec.Meta(ge=1, le=PERCENT_MOST)]

    def promotion(self, name: str) -> ItemDiscount:
        return ItemDiscount(name, **msgspec.structs.asdict(self))


class AskShopDiscount(Asked, frozen=True, kw_only=True, tag="shop"):
    """So much off for every so much spent on one merchant's goods."""

    merchant: Name
    every_fen: Fen
    saves_fen: Fen
    times_at_most: Count | None = None

    def promotion(self, name: str) -> ShopDiscount:
        return ShopDiscount(name, **msgspec.structs.asdict(self))


class AskCrossShopDiscount(Asked, frozen=True, kw_only=True, tag="cross_shop"):
    """So much off for every so much spent in all shops together; the platform pays."""

    every_fen: Fen
    saves_fen: Fen
    times_at_most: Count | None = None

    def promotion(self, name: str) -> CrossShopDiscount:
        return CrossShopDiscount(name, **msgspec.structs.asdict(self))


CreatePromotion = AskItemDiscount | AskShopDiscount | AskCrossShopDiscount


class PromotionList(msgspec.Struct, frozen=True):
    promotions: tuple[AnyPromotion, ...]


class CreateCampaign(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    title: Name
    merchant: Name | None = None
    """Whose goods it is for, and who pays; none: every shop's, and the platform pays."""
    categories: Annotated[tuple[Name, ...], msgspec.Meta(max_length=CATEGORIES_MAX)] = ()
    face_fen: Fen
    minimum_spend_fen: Fen
    coupons: Count
    limit_per_buyer: Count = 1
    budget_fen: Fen
    claims_open_at: Instant
    starts_at: Instant
    ends_at: Instant

    def campaign(self, name: str) -> CouponCampaign:
        return CouponCampaign(name, **msgspec.structs.asdict(self))


class CampaignList(msgspec.Struct, frozen=True):
    campaigns: tuple[CampaignStanding, ...]


class Campaigns:
    def __init__(self, promoting: Promoting) -> None:
        self._promoting = promoting

    async def promotions(self, call: Call) -> PromotionList:
        return PromotionList(tuple(await self._promoting.promotions()))

    async def promote(self, call: Call) -> object:
        asked: CreatePromotion = call.body
        promotion, replayed = await self._promoting.promote(asked.promotion, call.key)
        return Answer(promotion, REPLAYED) if replayed else promotion

    async def campaigns(self, call: Call) -> CampaignList:
        return CampaignList(tuple(await self._promoting.campaigns()))

    async def open_campaign(self, call: Call) -> object:
        asked: CreateCampaign = call.body
        standing, replayed = await self._promoting.open_campaign(asked.campaign, call.key)
        return Answer(standing, REPLAYED) if replayed else standing

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET",
                path="/promotions",
                handler=self.promotions,
                says="List the promotions that run, and those that will.",
                gives=PromotionList,
                audience="everybody",
            ),
            Route(
                method="POST",
                path="/promotions",
                handler=self.promote,
                says="Set up a promotion: by item, by shop or across shops.",
                gives=AnyPromotion,
                status=201,
                audience="operators",
                takes=CreatePromotion,
                key_welcome=True,
                refuses=("unknown_sku", "not_found"),
                hurtable=False,
            ),
            Route(
                method="GET",
                path="/coupon-campaigns",
                handler=self.campaigns,
                says="List the coupon campaigns that are not over, and how far they have come.",
                gives=CampaignList,
                audience="everybody",
            ),
            Route(
                method="POST",
                path="/coupon-campaigns",
                handler=self.open_campaign,
                says="Set up a campaign that gives out coupons, within a budget.",
                gives=CampaignStanding,
                status=201,
                audience="operators",
                takes=CreateCampaign,
                key_welcome=True,
                refuses=("not_found",),
                hurtable=False,
            ),
        )
