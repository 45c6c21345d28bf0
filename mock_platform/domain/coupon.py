"""Coupons: a campaign gives them out, a buyer claims one, and it is spent on one order, within the campaign's budget.

unused --> used (by one order) --> unused again, when that order ends unpaid or is refunded
"""

from __future__ import annotations

import msgspec

from mock_platform.domain.discount_split import Kind
from mock_platform.domain.errors import (
    BudgetSpent,
    CouponNotApplicable,
    CouponUsed,
    MalformedRequest,
    SaleClosed,
    SaleNotOpen,
)
from mock_platform.domain.money import positive_fen, yuan

CATEGORIES_MAX = 50


class CouponCampaign(msgspec.Struct, frozen=True, gc=False):
    """Coupons may be claimed from `claims_open_at`, spent from `starts_at`; all is over at `ends_at`."""

    campaign: str
    title: str
    merchant: str | None
    """Whose goods, and who pays; None: the platform's coupon, good in every shop."""
    categories: tuple[str, ...]
    """What it is good for; empty: everything."""
    face_fen: int
    minimum_spend_fen: int
    coupons: int
    """How many may be claimed."""
    limit_per_buyer: int
    budget_fen: int
    """What all its coupons together may take off."""
    claims_open_at: float
    starts_at: float
    ends_at: float

    @property
    def kind(self) -> Kind:
        return Kind.PLATFORM_COUPON if self.merchant is None else Kind.SHOP_COUPON

    def admit(self, now: float) -> None:
        """Say nothing if coupons can be claimed now, else why not."""
        if now < self.claims_open_at:
            raise SaleNotOpen(f"coupons of {self.campaign} can be claimed later")
        if now >= self.ends_at:
            raise SaleClosed(f"the campaign {self.campaign} is over")

    def covers(self, merchant: str, category: str) -> bool:
        return self.merchant in (None, merchant) and (not self.categories or category in self.categories)

    def off_fen(self, spent_fen: int, now: float) -> int:
        """The face value, if so much is spent on what it covers; else CouponNotApplicable."""
        if not self.starts_at <= now < self.ends_at:
            raise CouponNotApplicable(f"coupons of {self.campaign} cannot be spent now")
        if spent_fen < self.minimum_spend_fen:
            needed, spent = yuan(self.minimum_spend_fen), yuan(spent_fen)
            raise CouponNotApplicable(f"a coupon of {self.campaign} needs {needed} yuan on what it covers, not {spent}")
        return self.face_fen


class Coupon(msgspec.Struct, frozen=True, gc=False):
    """One buyer's coupon. Whether it is used is the store's to know: it changes together with the order."""

    coupon: str
    campaign: str
    buyer: str
    claimed_at: float


class HeldCoupon(msgspec.Struct, frozen=True, gc=False):
    """A coupon with its campaign, the order that has used it, and what the campaign can still pay for."""

    coupon: Coupon
    campaign: CouponCampaign
    used_by: str | None
    budget_left_fen: int

    def check_unused(self) -> None:
        """CouponUsed, or BudgetSpent if it could not be paid for."""
        if self.used_by is not None:
            raise CouponUsed(f"the coupon {self.coupon.coupon} is used already")
        if self.budget_left_fen < self.campaign.face_fen:
            raise BudgetSpent(f"the budget of {self.campaign.campaign} is spent")


class CampaignStanding(msgspec.Struct, frozen=True, gc=False):
    """How far a campaign has come."""

    campaign: CouponCampaign
    claimed: int
    spent_fen: int
    """By orders that stand."""


def check_campaign(campaign: CouponCampaign) -> None:
    """MalformedRequest for a campaign that could never give anything, or would give things away."""
    positive_fen(campaign.face_fen, "a coupon's face value")
    positive_fen(campaign.minimum_spend_fen, "a coupon's minimum spend")
    positive_fen(campaign.budget_fen, "a campaign's budget")
    if campaign.face_fen >= campaign.minimum_spend_fen:
        raise MalformedRequest("a coupon takes off less than the minimum spend")
    if campaign.budget_fen < campaign.face_fen:
        raise MalformedRequest("a campaign's budget pays for one coupon at least")
    if campaign.coupons < 1 or campaign.limit_per_buyer < 1:
        raise MalformedRequest("a campaign has at least one coupon, and one for each buyer")
    if len(campaign.categories) > CATEGORIES_MAX or len(set(campaign.categories)) < len(campaign.categories):
        raise MalformedRequest(f"a campaign names at most {CATEGORIES_MAX} categories, each once")
    if not campaign.claims_open_at < campaign.ends_at or not campaign.starts_at < campaign.ends_at:
        raise MalformedRequest("a campaign ends after it starts and after claims open")
