"""Pricing: the web's own way of selling, at today's price, which must be the one shown, less what promotions and the
buyer's coupons take off. Hot path: while no promotion is on and no coupon is brought, prices are all it looks at.
"""

from __future__ import annotations

from collections.abc import Sequence

from mock_platform.domain.coupon import HeldCoupon
from mock_platform.domain.errors import UnknownCoupon
from mock_platform.domain.purchase import Purchase, Terms, priced
from mock_platform.domain.reservation import WEB
from mock_platform.domain.sku import Sku
from mock_platform.domain.stacking import Good, deductions_for, discounted
from mock_platform.protocols_promotions import CouponStore, PromotionStore


class Pricing:
    """What is read here may have changed when the order is made: then its commit refuses, and uses no coupon."""

    def __init__(self, *, promotions: PromotionStore, coupons: CouponStore) -> None:
        self._promotions = promotions
        self._coupons = coupons

    async def terms(self, purchase: Purchase, skus: Sequence[Sku], now: float) -> Terms:
        """PriceChanged (a price is not the one shown), UnknownCoupon, CouponUsed, BudgetSpent, CouponNotApplicable."""
        lines = tuple(
            [priced(line, sku.price_fen, sku.merchant, WEB) for line, sku in zip(purchase.lines, skus, strict=True)]
        )
        board = await self._promotions.board()
        if not purchase.coupons and not board.may_apply(lines, now):
            return Terms(lines)
        held = [await self._own(purchase.buyer, coupon) for coupon in purchase.coupons]
        goods = [Good(line, sku.category) for line, sku in zip(lines, skus, strict=True)]
        deductions = deductions_for(goods, board, held, now)
        if not deductions:
            return Terms(lines)
        return Terms(discounted(lines, deductions), coupons=purchase.coupons, deductions=deductions)

    async def _own(self, buyer: str, coupon: str) -> HeldCoupon:
        """The buyer's own coupon, unused; another's is UnknownCoupon, so that ids tell nothing."""
        held = await self._coupons.coupon(coupon)
        if held.coupon.buyer != buyer:
            raise UnknownCoupon(f"no coupon {coupon}")
        held.check_unused()
        return held
