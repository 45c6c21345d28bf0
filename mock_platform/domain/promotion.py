"""Promotions: rules as data that make things cheaper for a while. Across shops the platform pays, else the merchant.

What a rule takes off is always less than what it is worked out on, so an order never costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf
from typing import ClassVar

import msgspec

from mock_platform.domain.discount_split import Kind
from mock_platform.domain.errors import MalformedRequest
from mock_platform.domain.money import positive_fen
from mock_platform.domain.order import Line

SKUS_MAX = 1_000
PERCENT_MOST = 99


class Promotion(msgspec.Struct, frozen=True, gc=False, tag_field="kind"):
    """Runs from `starts_at` until just before `ends_at`, epoch seconds."""

    kind: ClassVar[Kind]
    promotion: str
    title: str
    starts_at: float
    ends_at: float
    set_up_at: float = 0.0
    """Since when the shop has known it: orders placed before cannot have it, whenever it starts."""

    def runs(self, now: float) -> bool:
        return self.starts_at <= now < self.ends_at


class ItemDiscount(Promotion, frozen=True, gc=False, kw_only=True, tag="item"):
    """So many percent off the unit price, rounded down to the fen in the merchant's favour."""

    kind: ClassVar[Kind] = Kind.ITEM
    skus: tuple[str, ...]
    percent_off: int

    def off_fen(self, unit_price_fen: int, quantity: int) -> int:
        return unit_price_fen * self.percent_off // 100 * quantity


class SpendAndSave(Promotion, frozen=True, gc=False, kw_only=True):
    """满减: so much off for every so much spent."""

    every_fen: int
    saves_fen: int
    times_at_most: int | None = None
    """None: as often as the sum allows."""

    def off_fen(self, spent_fen: int) -> int:
        times = spent_fen // self.every_fen
        if self.times_at_most is not None:
            times = min(times, self.times_at_most)
        return times * self.saves_fen


class ShopDiscount(SpendAndSave, frozen=True, gc=False, kw_only=True, tag="shop"):
    """On what is bought of one merchant."""

    kind: ClassVar[Kind] = Kind.SHOP
    merchant: str


class CrossShopDiscount(SpendAndSave, frozen=True, gc=False, kw_only=True, tag="cross_shop"):
    """On everything in the order, whoever sells it: 50 yuan off every 300 in 2022."""

    kind: ClassVar[Kind] = Kind.CROSS_SHOP


AnyPromotion = ItemDiscount | ShopDiscount | CrossShopDiscount


def check_promotion(promotion: AnyPromotion) -> None:
    """MalformedRequest for rules that could never apply or would give things away."""
    if not promotion.starts_at < promotion.ends_at:
        raise MalformedRequest("a promotion ends after it starts")
    if isinstance(promotion, ItemDiscount):
        if not 1 <= promotion.percent_off <= PERCENT_MOST:
            raise MalformedRequest(f"an item discount is between 1 and {PERCENT_MOST} percent")
        if not 1 <= len(promotion.skus) <= SKUS_MAX or len(set(promotion.skus)) < len(promotion.skus):
            raise MalformedRequest(f"an item discount names between 1 and {SKUS_MAX} SKUs, each once")
        return
    positive_fen(promotion.every_fen, "what must be spent")
    positive_fen(promotion.saves_fen, "what is taken off")
    if promotion.saves_fen >= promotion.every_fen:
        raise MalformedRequest("a promotion takes off less than what must be spent")
    if promotion.times_at_most is not None and promotion.times_at_most < 1:
        raise MalformedRequest("a promotion applies at least once")


class Board:
    """All promotions, found by what they apply to. Never changed: a new promotion makes a new board."""

    def __init__(self, promotions: Iterable[AnyPromotion] = ()) -> None:
        self.promotions = tuple(promotions)
        self._by_sku: dict[str, list[ItemDiscount]] = {}
        self._by_merchant: dict[str, list[ShopDiscount]] = {}
        self._cross_shop: list[CrossShopDiscount] = []
        self._first_starts_at = min([each.starts_at for each in self.promotions], default=inf)
        self._last_ends_at = max([each.ends_at for each in self.promotions], default=-inf)
        for promotion in self.promotions:
            match promotion:
                case ItemDiscount():
                    for sku in promotion.skus:
                        self._by_sku.setdefault(sku, []).append(promotion)
                case ShopDiscount():
                    self._by_merchant.setdefault(promotion.merchant, []).append(promotion)
                case CrossShopDiscount():
                    self._cross_shop.append(promotion)
        self._least_fen = min([each.every_fen for each in self._cross_shop], default=inf)

    def may_apply(self, lines: Sequence[Line], now: float) -> bool:
        """False if none of them can give these lines anything. Hot: mostly that is all an order wants to know."""
        if not self._first_starts_at <= now < self._last_ends_at:
            return False
        sum_fen = 0
        for line in lines:
            if line.sku in self._by_sku or line.merchant in self._by_merchant:
                return True
            sum_fen += line.quantity * line.unit_price_fen
        return sum_fen >= self._least_fen

    def of_sku(self, sku: str) -> Sequence[ItemDiscount]:
        return self._by_sku.get(sku, ())

    def of_merchant(self, merchant: str) -> Sequence[ShopDiscount]:
        return self._by_merchant.get(merchant, ())

    def of_all(self) -> Sequence[CrossShopDiscount]:
        return self._cross_shop
