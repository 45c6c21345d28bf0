"""What a buyer asks for, and the terms on which the shop sells it: each way of selling turns the one into the other."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from mock_platform.domain.discount_split import Deduction
from mock_platform.domain.errors import MalformedRequest, MixedOrigins, PriceChanged
from mock_platform.domain.order import Line, WantedLine
from mock_platform.domain.sku import Sku


class Purchase(msgspec.Struct, frozen=True, gc=False):
    """A buyer's wish as it came in: lines at the prices shown, and through which of the shop's doors."""

    buyer: str
    lines: tuple[WantedLine, ...]
    flash_sale: str | None = None
    presale: str | None = None
    outlet: str | None = None
    """Where the buyer will pick the goods up; None: they are sent."""
    coupons: tuple[str, ...] = ()
    device: str = ""
    """What the buyer's device calls itself: for risk alone, and no part of the order."""
    session_at: float | None = None
    """When the session began it comes from, to the second; for risk alone, and only with flash sales."""
    payable_fen: int | None = None
    """What the buyer was told to pay, and will not pay another sum; None: whatever it comes to."""

    @property
    def asked(self) -> object:
        """What an idempotency key stands for: another wish under the same key is a mistake."""
        if self.presale is None and self.outlet is None and not self.coupons and self.payable_fen is None:
            return self.lines, self.flash_sale
        return self.lines, self.flash_sale, self.presale, self.outlet, self.coupons, self.payable_fen


class Terms(msgspec.Struct, frozen=True, gc=False):
    """On which terms an order is made."""

    lines: tuple[Line, ...]
    limit_per_buyer: int | None = None
    """Units of a place that one buyer may have, held and sold."""
    coupons: tuple[str, ...] = ()
    deposit_fen: int = 0
    """The first instalment; 0: all is paid at once."""
    pay_before: float | None = None
    """When an unpaid order ends; None: after the shop's usual payment window."""
    balance_opens_at: float | None = None
    balance_closes_at: float | None = None
    deductions: tuple[Deduction, ...] = ()
    declared: bool = False
    """Whether customs must clear the goods before they leave."""
    refundable_until: float | None = None
    """Until when a deposit is given back to who gives up."""


def way_of(purchase: Purchase, skus: Sequence[Sku]) -> str:
    """Which way of selling a purchase takes; MalformedRequest for one that asks for two at once."""
    for sku in skus:
        if sku.imported is not None:
            return _from_abroad(purchase, skus)
    asked = _asked_ways(purchase)
    if not asked:
        return "web"
    if len(asked) > 1:
        raise MalformedRequest(f"an order is one of {' and '.join(asked)}, not both")
    if purchase.coupons:
        raise MalformedRequest(f"coupons are not taken with a {asked[0].replace('_', ' ')}")
    return asked[0]


def _asked_ways(purchase: Purchase) -> list[str]:
    if purchase.flash_sale is None and purchase.presale is None and purchase.outlet is None:
        return []
    return [way for way in ("flash_sale", "presale", "outlet") if getattr(purchase, way) is not None]


def _from_abroad(purchase: Purchase, skus: Sequence[Sku]) -> str:
    """MixedOrigins unless everything comes from abroad: customs clear an order as a whole."""
    at_home = [sku.sku for sku in skus if sku.imported is None]
    if at_home:
        raise MixedOrigins(f"{at_home[0]} is in the country and is ordered apart from goods from abroad")
    if purchase.coupons or _asked_ways(purchase):
        raise MalformedRequest("goods from abroad are in no sale or outlet and take no coupons")
    return "cross_border"


def priced(wanted: WantedLine, price_fen: int, merchant: str, place: str) -> Line:
    """The line at today's price, which must be the one the buyer was shown: else PriceChanged."""
    if wanted.unit_price_fen != price_fen:
        raise PriceChanged(f"{wanted.sku} costs {price_fen} fen now, not {wanted.unit_price_fen}")
    return Line(wanted.sku, place, wanted.quantity, price_fen, merchant)
