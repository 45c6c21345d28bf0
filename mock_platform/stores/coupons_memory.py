"""Coupons in memory: the part of the order store that says who has them, which order used them, and what budgets spent.

Nothing suspends. What commits change is checked first and done after, so that a refused commit changes nothing.
"""

from __future__ import annotations

from collections import Counter

from mock_platform.domain.coupon import CampaignStanding, Coupon, CouponCampaign, HeldCoupon
from mock_platform.domain.discount_split import Kind
from mock_platform.domain.errors import BudgetSpent, CouponUsed, LimitPerBuyer, NotFound, SoldOut, UnknownCoupon
from mock_platform.domain.order import Order


class MemoryCoupons:
    def __init__(self) -> None:
        self._campaigns: dict[str, CouponCampaign] = {}
        self._coupons: dict[str, Coupon] = {}
        self._of_buyer: dict[str, list[str]] = {}
        self._claimed: Counter[str] = Counter()
        self._claimed_by: Counter[tuple[str, str]] = Counter()
        self._spent_fen: Counter[str] = Counter()
        self._used_by: dict[str, str] = {}
        self.granted_fen: dict[Kind, int] = dict.fromkeys(Kind, 0)
        """What orders were let off, whatever became of them later."""
        self.given_back = 0

    async def put_campaign(self, campaign: CouponCampaign) -> None:
        self._campaigns.setdefault(campaign.campaign, campaign)

    async def campaign(self, campaign: str) -> CouponCampaign:
        found = self._campaigns.get(campaign)
        if found is None:
            raise NotFound(f"no coupon campaign {campaign}")
        return found

    async def campaigns(self) -> list[CampaignStanding]:
        return [
            CampaignStanding(campaign, self._claimed[name], self._spent_fen[name])
            for name, campaign in self._campaigns.items()
        ]

    async def coupon(self, coupon: str) -> HeldCoupon:
        found = self._coupons.get(coupon)
        if found is None:
            raise UnknownCoupon(f"no coupon {coupon}")
        campaign = self._campaigns[found.campaign]
        left_fen = campaign.budget_fen - self._spent_fen[found.campaign]
        return HeldCoupon(found, campaign, self._used_by.get(coupon), left_fen)

    async def coupons_of(self, buyer: str, limit: int) -> list[HeldCoupon]:
        newest = self._of_buyer.get(buyer, [])[-limit:][::-1]
        return [await self.coupon(coupon) for coupon in newest]

    async def all_coupons(self) -> list[HeldCoupon]:
        return [await self.coupon(coupon) for coupon in self._coupons]

    @property
    def claimed(self) -> int:
        return len(self._coupons)

    @property
    def used(self) -> int:
        return len(self._used_by)

    def budgets_fen(self) -> dict[str, int]:
        """All campaigns together: what is spent and what is left."""
        spent_fen = sum(list(self._spent_fen.values()))
        budget_fen = sum([campaign.budget_fen for campaign in list(self._campaigns.values())])
        return {"spent": spent_fen, "left": budget_fen - spent_fen}

    def check_claimed(self, coupon: Coupon) -> None:
        """SoldOut or LimitPerBuyer if the campaign has no coupon left, or none for this buyer."""
        campaign = self._campaigns[coupon.campaign]
        if self._claimed_by[coupon.campaign, coupon.buyer] >= campaign.limit_per_buyer:
            raise LimitPerBuyer(f"a buyer may claim {campaign.limit_per_buyer} coupons of {coupon.campaign}")
        if self._claimed[coupon.campaign] >= campaign.coupons:
            raise SoldOut(f"all {campaign.coupons} coupons of {coupon.campaign} are claimed")

    def put_claimed(self, coupon: Coupon) -> None:
        self._coupons[coupon.coupon] = coupon
        self._of_buyer.setdefault(coupon.buyer, []).append(coupon.coupon)
        self._claimed[coupon.campaign] += 1
        self._claimed_by[coupon.campaign, coupon.buyer] += 1

    def check_used(self, order: Order) -> None:
        """CouponUsed if another order has one of its coupons, BudgetSpent if a campaign cannot pay for it any more."""
        if not order.coupons:
            return
        costs_fen = _costs_fen(order)
        asked_fen: Counter[str] = Counter()
        for name in order.coupons:
            coupon = self._coupons.get(name)
            if coupon is None or coupon.buyer != order.buyer:
                raise UnknownCoupon(f"no coupon {name}")
            if name in self._used_by:
                raise CouponUsed(f"the coupon {name} is used already")
            asked_fen[coupon.campaign] += costs_fen[name]
        for campaign, fen in asked_fen.items():
            if self._spent_fen[campaign] + fen > self._campaigns[campaign].budget_fen:
                raise BudgetSpent(f"the budget of {campaign} is spent")

    def follow(self, order: Order) -> None:
        """A new order uses its coupons and their campaigns' budgets; one that has ended gives both back, once."""
        if not order.version:
            self._use(order)
        elif not order.is_live:
            self._give_back(order)

    def _use(self, order: Order) -> None:
        for deduction in order.deductions:
            self.granted_fen[deduction.kind] += deduction.off_fen
        costs_fen = _costs_fen(order)
        for name in order.coupons:
            self._used_by[name] = order.order
            self._spent_fen[self._coupons[name].campaign] += costs_fen[name]

    def _give_back(self, order: Order) -> None:
        costs_fen = _costs_fen(order)
        for name in order.coupons:
            if self._used_by.get(name) == order.order:
                del self._used_by[name]
                self._spent_fen[self._coupons[name].campaign] -= costs_fen[name]
                self.given_back += 1


def _costs_fen(order: Order) -> dict[str, int]:
    return {deduction.source: deduction.off_fen for deduction in order.deductions}
