"""What the promotions desk answers, and what an answer must hold before a shopper calls it served."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from loadtests.shop.answers import Fen, Name, Price, Quantity, WantedLine
from loadtests.shop.promises import Broken


class Coupon(Struct, frozen=True, gc=False):
    coupon: Name
    campaign: Name
    merchant: Name | None
    face_fen: Price
    minimum_spend_fen: Price
    starts_at: float
    ends_at: float
    used_by: Name | None


class Coupons(Struct, frozen=True, gc=False):
    coupons: list[Coupon]


class QuotedLine(Struct, frozen=True, gc=False):
    sku: Name
    quantity: Quantity
    unit_price_fen: Price
    discount_fen: Fen
    duty_fen: Fen
    payable_fen: Fen


class QuotedDiscount(Struct, frozen=True, gc=False):
    source: Name
    kind: Name
    off_fen: Price
    skus: list[Name]


class Quote(Struct, frozen=True, gc=False):
    lines: list[QuotedLine]
    discounts: list[QuotedDiscount]
    discount_fen: Fen
    payable_fen: Price


def broken_claim(coupon: Coupon, campaign: str, *, replayed: bool) -> Broken | None:
    if coupon.campaign != campaign:
        return Broken("the coupon is of another campaign", f"asked for {campaign}, got {coupon.campaign}")
    if coupon.used_by is not None and not replayed:
        return Broken("a new coupon is used already", f"{coupon.coupon} by {coupon.used_by}")
    return None


def broken_coupons(coupons: Coupons, believed: Mapping[str, str | None]) -> Broken | None:
    """`believed`: which order was told to have used a coupon; None: one was refused because another had."""
    used_by = {coupon.coupon: coupon.used_by for coupon in coupons.coupons}
    if len(used_by) < len(coupons.coupons):
        return Broken("a coupon is listed twice", ", ".join(coupon.coupon for coupon in coupons.coupons))
    for coupon, order in believed.items():
        if coupon not in used_by:
            return Broken("a coupon of ours is not listed", coupon)
        if order is None and used_by[coupon] is None:
            return Broken("a coupon was refused as used, and nobody has used it", coupon)
        if order is not None and used_by[coupon] != order:
            return Broken("a coupon is not used by our order", f"{coupon}: {order}, the list says {used_by[coupon]}")
    return None


def broken_quote(quote: Quote, wanted: Sequence[WantedLine], coupons: Sequence[str]) -> Broken | None:
    """These lines at the prices shown, each a little less perhaps, and every sum exact; our coupons count once each."""
    asked = sorted((line.sku, line.quantity, line.unit_price_fen) for line in wanted)
    if asked != sorted((line.sku, line.quantity, line.unit_price_fen) for line in quote.lines):
        return Broken("the quote's lines are not those asked for", f"asked for {asked}")
    for line in quote.lines:
        full_fen = line.quantity * line.unit_price_fen
        if line.discount_fen > full_fen or line.payable_fen != full_fen - line.discount_fen + line.duty_fen:
            return Broken("a quoted line does not add up", f"{line.sku}: {full_fen} fen, {line}")
    if quote.payable_fen != sum(line.payable_fen for line in quote.lines):
        return Broken("the quote is not the sum of its lines", f"{quote.payable_fen} fen")
    off_fen = sum(discount.off_fen for discount in quote.discounts)
    split_fen = sum(line.discount_fen for line in quote.lines)
    if not off_fen == split_fen == quote.discount_fen:
        return Broken("the discounts are not what the lines save", f"{off_fen}, {split_fen}, {quote.discount_fen} fen")
    counts = Counter(discount.source for discount in quote.discounts)
    for coupon in coupons:
        if counts[coupon] != 1:
            return Broken("a coupon does not count once", f"{coupon} counts {counts[coupon]} times")
    return None
