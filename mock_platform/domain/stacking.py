"""Stacking: which discounts an order gets, one after the other, each worked out on what the last one left.

1. item: the best discount of each SKU     2. shop: the best of each merchant     3. across shops: the best one
4. coupons: one of each merchant           5. one of the platform
Best is what saves most; of equals, the first by name. So the result depends on neither the order of the lines, nor of
the rules, nor of the coupons.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import replace

from mock_platform.domain.coupon import HeldCoupon
from mock_platform.domain.discount_split import NOTHING, Deduction, Kind, savings, split_fen
from mock_platform.domain.errors import CouponNotApplicable
from mock_platform.domain.order import Line
from mock_platform.domain.promotion import Board, SpendAndSave


class Good(msgspec.Struct, frozen=True, gc=False):
    """A line of the order with the category of what is bought."""

    line: Line
    category: str


class _Till:
    """What is still due for each SKU, and what was taken off so far."""

    def __init__(self, goods: Iterable[Good]) -> None:
        self.due_fen = {good.line.sku: good.line.quantity * good.line.unit_price_fen for good in goods}
        self.deductions: list[Deduction] = []

    def spent_fen(self, skus: Iterable[str]) -> int:
        return sum([self.due_fen[sku] for sku in skus])

    def take(self, source: str, kind: Kind, off_fen: int, skus: Sequence[str]) -> None:
        self.deductions.append(Deduction(source, kind, off_fen, tuple(skus)))
        for sku, share_fen in split_fen(off_fen, {sku: self.due_fen[sku] for sku in skus}).items():
            self.due_fen[sku] -= share_fen

    def take_best(self, rules: Sequence[SpendAndSave], kind: Kind, skus: Sequence[str], now: float) -> None:
        if not rules:
            return
        spent_fen = self.spent_fen(skus)
        offers = [(-rule.off_fen(spent_fen), rule.promotion) for rule in rules if rule.runs(now)]
        if offers and (best := min(offers))[0]:
            self.take(best[1], kind, -best[0], skus)


def deductions_for(
    goods: Sequence[Good], board: Board, coupons: Sequence[HeldCoupon], now: float
) -> tuple[Deduction, ...]:
    """All discounts of an order, in the order in which they stack. CouponNotApplicable if a coupon cannot be spent."""
    goods = sorted(goods, key=lambda good: good.line.sku)
    till = _Till(goods)
    skus = [good.line.sku for good in goods]
    of_merchant: defaultdict[str, list[str]] = defaultdict(list)
    for good in goods:
        line = good.line
        of_merchant[line.merchant].append(line.sku)
        offers = [
            (-rule.off_fen(line.unit_price_fen, line.quantity), rule.promotion)
            for rule in board.of_sku(line.sku)
            if rule.runs(now)
        ]
        if offers and (best := min(offers))[0]:
            till.take(best[1], Kind.ITEM, -best[0], (line.sku,))
    for merchant in sorted(of_merchant):
        till.take_best(board.of_merchant(merchant), Kind.SHOP, of_merchant[merchant], now)
    till.take_best(board.of_all(), Kind.CROSS_SHOP, skus, now)
    for held in _one_each(coupons):
        campaign = held.campaign
        covered = [good.line.sku for good in goods if campaign.covers(good.line.merchant, good.category)]
        till.take(held.coupon.coupon, campaign.kind, campaign.off_fen(till.spent_fen(covered), now), covered)
    return tuple(till.deductions)


def discounted(lines: Sequence[Line], deductions: Sequence[Deduction]) -> tuple[Line, ...]:
    """The lines with what they save on them."""
    saved = savings({line.sku: line.quantity * line.unit_price_fen for line in lines}, deductions)
    return tuple(
        [
            replace(line, discount_fen=saving.discount_fen, subsidy_fen=saving.subsidy_fen)
            if (saving := saved.get(line.sku, NOTHING)).discount_fen
            else line
            for line in lines
        ]
    )


def _one_each(coupons: Sequence[HeldCoupon]) -> list[HeldCoupon]:
    """Merchants' coupons by merchant, then the platform's; two of one giver do not stack."""
    by_giver = {held.campaign.merchant: held for held in coupons}
    if len(by_giver) < len(coupons):
        raise CouponNotApplicable("an order takes one coupon of each merchant and one of the platform")
    return [by_giver[giver] for giver in sorted(by_giver, key=lambda giver: (giver is None, giver or ""))]
