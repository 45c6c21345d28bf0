"""The core's world with its promotions desk: campaigns to claim from, coupons to spend."""

from __future__ import annotations

import itertools
from typing import Any

from mock_platform.domain.coupon import CouponCampaign, HeldCoupon
from mock_platform.domain.discount_split import Deduction
from mock_platform.domain.order import Order
from mock_platform.domain.promotion import CrossShopDiscount
from mock_platform.services.couponing import Couponing
from mock_platform.services.promoting import Promoting
from tests.mock_platform.core_world import LOCK_S, World, Wrap, lines, unwrapped

DAY_S = 86_400.0
FACE_FEN, MINIMUM_FEN = 300, 1_000


class PromotedWorld(World):
    def __init__(self, *, wrap: Wrap = unwrapped, **world: Any) -> None:
        super().__init__(wrap=wrap, **world)
        numbers = itertools.count(1)
        common: dict[str, Any] = {
            "coupons": wrap(self.coupons),
            "clock": self.clock,
            "new_id": lambda prefix: f"{prefix}{next(numbers)}",
        }
        self.couponing = Couponing(**common, orders=wrap(self.orders), lock_s=LOCK_S)
        self.promoting = Promoting(**common, promotions=wrap(self.promotions), catalogue=wrap(self.catalogue))

    async def campaign(self, **changes: Any) -> str:
        now = self.clock()
        usual: dict[str, Any] = {
            "title": "3 off 10",
            "merchant": None,
            "categories": (),
            "face_fen": FACE_FEN,
            "minimum_spend_fen": MINIMUM_FEN,
            "coupons": 10,
            "limit_per_buyer": 1,
            "budget_fen": 10 * FACE_FEN,
            "claims_open_at": now,
            "starts_at": now,
            "ends_at": now + DAY_S,
        }
        asked = {**usual, **changes}
        opened, _ = await self.promoting.open_campaign(lambda name: CouponCampaign(name, **asked))
        return opened.campaign.campaign

    async def across(self, every_fen: int = 2_000, saves_fen: int = 500) -> None:
        now = self.clock()
        await self.promoting.promote(
            lambda name: CrossShopDiscount(
                name, "across", starts_at=now, ends_at=now + DAY_S, every_fen=every_fen, saves_fen=saves_fen
            )
        )

    async def claimed(self, campaign: str, buyer: str = "C1", key: str = "claim") -> str:
        held, _ = await self.couponing.claim(buyer, key, campaign)
        return held.coupon.coupon

    async def buy(self, *coupons: str, buyer: str = "C1", key: str = "k1", **wish: Any) -> Order:
        quantities = {name: wish.pop(name) for name in ("S1", "S2", "S3") if name in wish}
        order, _ = await self.place(buyer, key, lines(**quantities), coupons=tuple(coupons), **wish)
        return order

    async def held(self, coupon: str) -> HeldCoupon:
        return await self.coupons.coupon(coupon)

    async def spent_fen(self) -> int:
        (standing,) = await self.coupons.campaigns()
        return standing.spent_fen


def by_source(deductions: tuple[Deduction, ...]) -> dict[str, int]:
    return {deduction.source: deduction.off_fen for deduction in deductions}
