"""Stacking: item, shop, across shops, then coupons, each on what the last left; the best rule, and no order matters."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_platform.domain.coupon import Coupon, CouponCampaign, HeldCoupon, check_campaign
from mock_platform.domain.discount_split import Deduction, Kind
from mock_platform.domain.errors import CouponNotApplicable, MalformedRequest, SaleClosed, SaleNotOpen
from mock_platform.domain.order import Line
from mock_platform.domain.promotion import (
    AnyPromotion,
    Board,
    CrossShopDiscount,
    ItemDiscount,
    ShopDiscount,
    check_promotion,
)
from mock_platform.domain.reservation import WEB
from mock_platform.domain.stacking import Good, deductions_for, discounted

NOW = 1_000.0


def good(sku: str, price_fen: int, quantity: int = 1, merchant: str = "M1", category: str = "tea") -> Good:
    return Good(Line(sku, WEB, quantity, price_fen, merchant), category)


def item(promotion: str = "D1", percent_off: int = 10, *skus: str, **window: float) -> ItemDiscount:
    return ItemDiscount(promotion, "item", skus=skus or ("S1",), percent_off=percent_off, **_window(window))


def shop(promotion: str = "D2", every_fen: int = 10_000, saves_fen: int = 1_000, **changes: Any) -> ShopDiscount:
    changes = {"merchant": "M1", **_window(changes), **changes}
    return ShopDiscount(promotion, "shop", every_fen=every_fen, saves_fen=saves_fen, **changes)


def across(promotion: str = "D3", every_fen: int = 30_000, saves_fen: int = 5_000, **changes: Any) -> CrossShopDiscount:
    return CrossShopDiscount(
        promotion, "across", every_fen=every_fen, saves_fen=saves_fen, **{**_window(changes), **changes}
    )


def _window(asked: dict[str, Any]) -> dict[str, float]:
    return {"starts_at": asked.get("starts_at", NOW), "ends_at": asked.get("ends_at", NOW + 10)}


def campaign(name: str = "G1", **changes: Any) -> CouponCampaign:
    usual: dict[str, Any] = {
        "campaign": name,
        "title": "20 off 100",
        "merchant": None,
        "categories": (),
        "face_fen": 2_000,
        "minimum_spend_fen": 10_000,
        "coupons": 10,
        "limit_per_buyer": 1,
        "budget_fen": 100_000,
        "claims_open_at": NOW - 10,
        "starts_at": NOW,
        "ends_at": NOW + 10,
    }
    return CouponCampaign(**{**usual, **changes})


def coupon(name: str = "K1", **changes: Any) -> HeldCoupon:
    return HeldCoupon(Coupon(name, "G1", "C1", NOW - 5), campaign(**changes), None, 100_000)


def offs(deductions: tuple[Deduction, ...]) -> list[tuple[str, int]]:
    return [(deduction.source, deduction.off_fen) for deduction in deductions]


def test_each_discount_is_worked_out_on_what_the_last_one_left() -> None:
    goods = [good("S1", 20_000), good("S2", 30_000, merchant="M2")]
    board = Board([across(), shop(), item()])
    coupons = [coupon("KP"), coupon("KM", merchant="M2", face_fen=500)]
    assert offs(deductions_for(goods, board, coupons, NOW)) == [
        ("D1", 2_000),  # 10 % of 20,000
        ("D2", 1_000),  # 18,000 at M1: once 10,000
        ("D3", 5_000),  # 47,000 in all: once 30,000
        ("KM", 500),
        ("KP", 2_000),
    ]


def test_merchants_pay_for_their_own_discounts_and_the_platform_for_the_rest() -> None:
    goods = [good("S1", 20_000), good("S2", 30_000, merchant="M2")]
    board = Board([across(), shop(), item()])
    coupons = [coupon("KP"), coupon("KM", merchant="M2", face_fen=500)]
    lines = discounted([each.line for each in goods], deductions_for(goods, board, coupons, NOW))
    assert sum(line.discount_fen for line in lines) == 10_500
    assert sum(line.subsidy_fen for line in lines) == 7_000
    assert sum(line.merchant_fen for line in lines) == 50_000 - 3_500


def test_fifty_off_every_three_hundred() -> None:
    goods = [good("S1", 100_00, 7, merchant="M1"), good("S2", 199_99, 1, merchant="M2")]
    assert offs(deductions_for(goods, Board([across()]), (), NOW)) == [("D3", 10_000)]
    assert offs(deductions_for(goods, Board([across(times_at_most=1)]), (), NOW)) == [("D3", 5_000)]


def test_of_several_rules_the_best_counts_and_of_equals_the_first_by_name() -> None:
    goods = [good("S1", 30_000)]
    rules = [shop("D9", 10_000, 1_000), shop("D8", 30_000, 4_000), shop("D7", 10_000, 1_333), shop("D6", 15_000, 2_000)]
    assert offs(deductions_for(goods, Board(rules), (), NOW)) == [("D6", 4_000)]


@pytest.mark.parametrize(("now", "runs"), [(NOW - 1, False), (NOW, True), (NOW + 9.9, True), (NOW + 10, False)])
def test_a_promotion_counts_while_it_runs(now: float, runs: bool) -> None:
    board = Board([item(), shop(), across()])
    assert bool(deductions_for([good("S1", 30_000)], board, (), now)) is runs


def test_what_saves_nothing_is_not_a_discount() -> None:
    board = Board([item(percent_off=10), shop(), across()])
    assert deductions_for([good("S1", 9)], board, (), NOW) == ()
    assert not Board([across()]).may_apply([good("S1", 29_999).line], NOW)
    assert Board([across()]).may_apply([good("S1", 15_000, 2).line], NOW)
    assert not Board([across()]).may_apply([good("S1", 30_000).line], NOW - 1)
    lines = [good("S1", 9).line]
    assert discounted(lines, ()) == tuple(lines)


@pytest.mark.parametrize(
    "coupons",
    [
        [coupon(minimum_spend_fen=30_001)],
        [coupon(categories=("toys",))],
        [coupon(merchant="M9")],
        [coupon(starts_at=NOW + 1)],
        [coupon(ends_at=NOW)],
        [coupon("K1"), coupon("K2", face_fen=100)],
        [coupon("K1"), coupon("K1")],
    ],
    ids=["too little", "category", "merchant", "too early", "too late", "two of the platform", "one twice"],
)
def test_a_coupon_that_cannot_be_spent_says_so(coupons: list[HeldCoupon]) -> None:
    with pytest.raises(CouponNotApplicable):
        deductions_for([good("S1", 30_000)], Board(), coupons, NOW)


def test_a_coupon_is_split_over_what_it_covers_alone() -> None:
    goods = [good("S1", 30_000), good("S2", 10_000, category="toys"), good("S3", 10_000, category="toys")]
    (deduction,) = deductions_for(goods, Board(), [coupon(categories=("toys",))], NOW)
    assert deduction == Deduction("K1", Kind.PLATFORM_COUPON, 2_000, ("S2", "S3"))
    assert [line.discount_fen for line in discounted([each.line for each in goods], (deduction,))] == [0, 1_000, 1_000]


@given(
    st.lists(
        st.tuples(st.integers(1, 60_000), st.integers(1, 9), st.sampled_from(["M1", "M2"])), min_size=1, max_size=6
    ),
    st.integers(0, 10**6),
)
def test_neither_lines_nor_rules_nor_coupons_have_an_order_and_an_order_always_costs_something(
    wanted: list[tuple[int, int, str]], seed: int
) -> None:
    goods = [good(f"S{number}", *one[:2], merchant=one[2]) for number, one in enumerate(wanted)]
    rules: list[AnyPromotion] = [
        item("D1", 99, "S0", "S1"),
        item("D2", 30, "S1", "S2"),
        shop("D3", 100, 99),
        shop("D4", 101, 99, merchant="M2"),
        across("D5", 2, 1),
    ]
    coupons = [
        coupon("KP", face_fen=1, minimum_spend_fen=2),
        coupon("KM", merchant="M1", face_fen=3, minimum_spend_fen=4),
    ]
    try:
        deductions = deductions_for(goods, Board(rules), coupons, NOW)
    except CouponNotApplicable:
        coupons = []
        deductions = deductions_for(goods, Board(rules), coupons, NOW)
    if not Board(rules).may_apply([each.line for each in goods], NOW):
        assert not [each for each in deductions if not each.kind.endswith("coupon")]
    lines = discounted([each.line for each in goods], deductions)
    assert sum(line.total_fen for line in lines) >= 1
    for line in lines:
        assert 0 <= line.subsidy_fen <= line.discount_fen <= line.quantity * line.unit_price_fen
    for things in (goods, rules, coupons):
        Random(seed).shuffle(things)
    assert deductions_for(goods, Board(rules), coupons, NOW) == deductions
    again = discounted([each.line for each in goods], deductions)
    assert {line.sku: line for line in again} == {line.sku: line for line in lines}


@pytest.mark.parametrize(
    "promotion",
    [
        item(percent_off=0),
        item(percent_off=100),
        item("D1", 10, "S1", "S1"),
        item(ends_at=NOW),
        shop(every_fen=1_000),
        shop(saves_fen=0),
        across(times_at_most=0),
    ],
)
def test_promotions_that_make_no_sense_are_refused(promotion: AnyPromotion) -> None:
    with pytest.raises(MalformedRequest):
        check_promotion(promotion)


@pytest.mark.parametrize(
    "changes",
    [
        {"face_fen": 10_000},
        {"budget_fen": 1_999},
        {"coupons": 0},
        {"limit_per_buyer": 0},
        {"categories": ("tea", "tea")},
        {"ends_at": NOW},
        {"claims_open_at": NOW + 10},
        {"face_fen": 0},
    ],
)
def test_campaigns_that_make_no_sense_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedRequest):
        check_campaign(campaign(**changes))


def test_sensible_rules_pass() -> None:
    check_campaign(campaign())
    for promotion in (item(), shop(), across(times_at_most=3)):
        check_promotion(promotion)


def test_coupons_are_claimed_between_the_opening_and_the_end() -> None:
    campaign().admit(NOW - 10)
    campaign().admit(NOW + 9)
    with pytest.raises(SaleNotOpen):
        campaign().admit(NOW - 11)
    with pytest.raises(SaleClosed):
        campaign().admit(NOW + 10)
