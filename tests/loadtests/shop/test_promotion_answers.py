"""Promises of the promotions desk, and of orders that cost less: kept ones pass, broken ones are named."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from loadtests.shop import promises
from loadtests.shop.answers import Order, OrderLine, WantedLine
from loadtests.shop.promises import Broken
from loadtests.shop.promotion_answers import (
    Coupon,
    Coupons,
    Quote,
    QuotedDiscount,
    QuotedLine,
    broken_claim,
    broken_coupons,
    broken_quote,
)

WANTED = [WantedLine("S1", 2, 150), WantedLine("S2", 1, 100)]
COUPON = Coupon("K1", "G1", None, 40, 200, 0.0, 9.0, None)
QUOTED = [QuotedLine("S1", 2, 150, 30, 0, 270), QuotedLine("S2", 1, 100, 10, 0, 90)]
QUOTE = Quote(QUOTED, [QuotedDiscount("K1", "platform_coupon", 40, ["S1", "S2"])], 40, 360)
LINES = [OrderLine("S1", 2, 150, "M1", 30), OrderLine("S2", 1, 100, "M2", 10)]
ORDER = Order("O1", "C1", "placed", 360, LINES, None, placed_at=1.0, pay_before=60.0)


def quote(told: Quote) -> Broken | None:
    return broken_quote(told, WANTED, ["K1"])


def order(told: Order, told_fen: int | None = None) -> Broken | None:
    return promises.broken_order(told, "C1", WANTED, None, replayed=False, told_fen=told_fen)


KEPT: dict[str, Callable[[], Broken | None]] = {
    "a coupon": lambda: broken_claim(COUPON, "G1", replayed=False),
    "a coupon used meanwhile": lambda: broken_claim(replace(COUPON, used_by="O1"), "G1", replayed=True),
    "coupons": lambda: broken_coupons(Coupons([COUPON, replace(COUPON, coupon="K2", used_by="O1")]), {"K2": "O1"}),
    "a quote": lambda: quote(QUOTE),
    "an order nobody quoted": lambda: order(ORDER),
    "an order as quoted": lambda: order(ORDER, 360),
}
BROKEN: dict[str, tuple[Callable[[], Broken | None], str]] = {
    "another campaign's": (
        lambda: broken_claim(COUPON, "G2", replayed=False),
        "the coupon is of another campaign",
    ),
    "used at birth": (
        lambda: broken_claim(replace(COUPON, used_by="O1"), "G1", replayed=False),
        "a new coupon is used already",
    ),
    "twice": (lambda: broken_coupons(Coupons([COUPON, COUPON]), {}), "a coupon is listed twice"),
    "gone": (lambda: broken_coupons(Coupons([]), {"K1": None}), "a coupon of ours is not listed"),
    "refused for nothing": (
        lambda: broken_coupons(Coupons([COUPON]), {"K1": None}),
        "a coupon was refused as used, and nobody has used it",
    ),
    "used by another": (
        lambda: broken_coupons(Coupons([replace(COUPON, used_by="O2")]), {"K1": "O1"}),
        "a coupon is not used by our order",
    ),
    "quoted lines": (lambda: quote(replace(QUOTE, lines=QUOTED[:1])), "the quote's lines are not those asked for"),
    "a quoted line": (
        lambda: quote(replace(QUOTE, lines=[replace(QUOTED[0], payable_fen=1), QUOTED[1]])),
        "a quoted line does not add up",
    ),
    "a quoted sum": (lambda: quote(replace(QUOTE, payable_fen=361)), "the quote is not the sum of its lines"),
    "discounts": (lambda: quote(replace(QUOTE, discount_fen=39)), "the discounts are not what the lines save"),
    "a coupon that counts for nothing": (
        lambda: quote(replace(QUOTE, discounts=[QuotedDiscount("D1", "shop", 40, ["S1", "S2"])])),
        "a coupon does not count once",
    ),
    "another sum than quoted": (lambda: order(ORDER, 400), "the order asks for another sum"),
    "another sum than its lines": (
        lambda: order(replace(ORDER, payable_fen=361)),
        "the order is not the sum of its lines",
    ),
    "a line that costs less than nothing": (
        lambda: order(replace(ORDER, payable_fen=59, lines=[replace(LINES[0], discount_fen=331), LINES[1]])),
        "a line saves more than it costs",
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_a_kept_promise_is_no_complaint(name: str) -> None:
    assert KEPT[name]() is None


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_named(name: str) -> None:
    check, promise = BROKEN[name]
    broken = check()
    assert broken is not None
    assert broken.promise == promise
    assert broken.detail
