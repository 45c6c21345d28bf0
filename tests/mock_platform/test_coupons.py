"""Coupons: claimed once for a key, used once however many requests race, free again when the order ends."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from mock_platform.domain.errors import (
    BudgetSpent,
    CouponNotApplicable,
    CouponUsed,
    KeyReused,
    LimitPerBuyer,
    MalformedRequest,
    NotFound,
    PriceChanged,
    SaleClosed,
    SaleNotOpen,
    ShopError,
    SoldOut,
    UnknownCoupon,
)
from mock_platform.domain.order import OrderState
from mock_platform.domain.purchase import Purchase
from mock_platform.domain.reservation import WEB
from tests.mock_platform.core_world import lines, orders_in
from tests.mock_platform.promoted_world import DAY_S, FACE_FEN, PromotedWorld, by_source


async def test_a_coupon_is_claimed_and_the_same_key_again_is_the_same_coupon() -> None:
    world = PromotedWorld()
    campaign = await world.campaign()
    held, replayed = await world.couponing.claim("C1", "claim", campaign)
    assert (held.coupon.buyer, held.campaign.campaign, held.used_by, replayed) == ("C1", campaign, None, False)
    assert await world.couponing.claim("C1", "claim", campaign) == (held, True)
    assert await world.couponing.mine("C1") == [held]
    assert await world.couponing.mine("C2") == []
    with pytest.raises(KeyReused):
        await world.couponing.claim("C1", "claim", await world.campaign())


async def test_a_buyer_claims_up_to_the_limit_and_all_buyers_up_to_what_there_is() -> None:
    world = PromotedWorld()
    campaign = await world.campaign(coupons=3, limit_per_buyer=2)
    for key in ("a", "b"):
        await world.claimed(campaign, key=key)
    for _ in range(2):  # the refusal finishes the key
        with pytest.raises(LimitPerBuyer):
            await world.claimed(campaign, key="c")
    await world.claimed(campaign, "C2")
    with pytest.raises(SoldOut):
        await world.claimed(campaign, "C3")


@pytest.mark.parametrize(
    ("window", "error"),
    [({"claims_open_at": 1.0}, SaleNotOpen), ({"claims_open_at": -9.0, "starts_at": -9.0, "ends_at": 0.0}, SaleClosed)],
)
async def test_outside_its_window_nothing_is_claimed(window: dict[str, float], error: type[ShopError]) -> None:
    world = PromotedWorld()
    campaign = await world.campaign(**{name: world.clock() + offset for name, offset in window.items()})
    with pytest.raises(error):
        await world.claimed(campaign)
    with pytest.raises(NotFound):
        await world.claimed("G99", key="other")


async def test_an_order_with_a_coupon_costs_less_and_the_platform_pays_the_difference() -> None:
    world = PromotedWorld()
    coupon = await world.claimed(await world.campaign())
    order = await world.buy(coupon, S1=1, S2=2)
    assert (order.payable_fen, order.subsidy_fen, order.coupons) == (1_200, 300, (coupon,))
    assert [line.discount_fen for line in order.lines] == [200, 100]
    assert by_source(order.deductions) == {coupon: 300}
    assert (await world.held(coupon)).used_by == order.order
    assert order.merchant_totals_fen() == {"M1": 1_000, "M2": 500}
    await world.asked(order)
    books = await world.settled_books()
    assert [row["state"] for row in books["orders"]] == ["delivered"]


async def test_a_coupon_of_a_category_is_spent_on_that_alone_and_the_books_tell_why() -> None:
    world = PromotedWorld()
    await world.catalogue.put_skus([replace(await world.catalogue.sku("S2"), category="toys")])
    coupon = await world.claimed(await world.campaign(categories=("things",)))
    order = await world.buy(coupon, S1=1, S2=4)
    assert [line.discount_fen for line in order.lines] == [FACE_FEN, 0]
    other = await world.claimed(await world.campaign(categories=("toys",)), key="other")
    with pytest.raises(CouponNotApplicable):
        await world.buy(other, key="k2", S1=9)
    await world.placed("C1", "k3", S3=1)
    books = await world.settled_books()
    assert books["coupon_goods"] == [{"sku": "S1", "category": "things"}, {"sku": "S2", "category": "toys"}]


async def test_a_used_coupon_is_refused_for_good() -> None:
    world = PromotedWorld()
    coupon = await world.claimed(await world.campaign())
    first = await world.buy(coupon)
    assert (await world.buy(coupon)).order == first.order, "the same key is the same order"
    for _ in range(2):
        with pytest.raises(CouponUsed):
            await world.buy(coupon, key="k2")
    assert await world.spent_fen() == FACE_FEN


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"S2": 3}, CouponNotApplicable),
        ({"buyer": "C2"}, UnknownCoupon),
        ({"payable_fen": 699}, PriceChanged),
        ({"payable_fen": 1_000}, PriceChanged),
        ({"outlet": "A1"}, MalformedRequest),
    ],
    ids=["too little", "another's", "less than it costs", "more than it costs", "picked up"],
)
async def test_a_coupon_refused_is_a_coupon_kept(wish: dict[str, Any], error: type[ShopError]) -> None:
    world = PromotedWorld()
    coupon = await world.claimed(await world.campaign())
    with pytest.raises(error):
        await world.buy(coupon, **wish)
    assert (await world.held(coupon)).used_by is None
    assert (await world.buy(coupon, key="k2", payable_fen=700)).payable_fen == 700


async def test_a_buyer_pays_what_was_quoted_or_nothing() -> None:
    """The promotion ends between the quote and the order."""
    world = PromotedWorld()
    await world.across()
    order = await world.buy(S1=2, payable_fen=1_500)
    assert (order.payable_fen, order.subsidy_fen) == (1_500, 500)
    world.clock.advance(DAY_S)
    with pytest.raises(PriceChanged):
        await world.buy(S1=2, key="k2", payable_fen=1_500)


@pytest.mark.parametrize("way", ["cancelled", "never paid", "refunded"])
async def test_an_order_that_ends_gives_back_its_coupon_and_the_budget(way: str) -> None:
    world = PromotedWorld()
    coupon = await world.claimed(await world.campaign(budget_fen=FACE_FEN))
    order = await world.buy(coupon)
    if way == "cancelled":
        await world.checkout.cancel("C1", order.order)
    elif way == "refunded":
        await world.asked(order)
        world.clock.advance(1.5)
        await world.bank.diary.step()
        await world.charging.refund("C1", "r1", order.order)
        assert (await world.held(coupon)).used_by is None, "in the commit that refunds it"
    books = await world.settled_books()
    assert not orders_in(books, OrderState.PLACED)
    assert ((await world.held(coupon)).used_by, await world.spent_fen()) == (None, 0)
    assert (await world.buy(coupon, key="k2")).coupons == (coupon,)


async def test_an_order_that_ended_long_ago_gives_nothing_back_any_more() -> None:
    """Its payment was under way when it was cancelled; the bank speaks when another order has the coupon."""
    world = PromotedWorld()
    coupon = await world.claimed(await world.campaign())
    order = await world.buy(coupon)
    await world.asked(order)
    await world.checkout.cancel("C1", order.order)
    again = await world.buy(coupon, key="k2")
    await world.asked(again, key="p2")
    world.clock.advance(1.5)
    await world.bank.diary.step()
    assert ((await world.held(coupon)).used_by, await world.spent_fen()) == (again.order, FACE_FEN)
    await world.settled_books()


async def test_a_quote_keeps_nothing_and_tells_nothing_of_another_buyers_coupon() -> None:
    world = PromotedWorld()
    coupon = await world.claimed(await world.campaign())
    wish = Purchase("C1", lines(S1=1), coupons=(coupon,))
    assert [line.total_fen for line in (await world.checkout.quote(wish)).lines] == [700]
    assert (await world.held(coupon)).used_by is None
    with pytest.raises(UnknownCoupon):
        await world.checkout.quote(replace(wish, buyer="C2"))
    await world.buy(coupon)
    with pytest.raises(CouponUsed):
        await world.checkout.quote(wish)


async def test_a_campaign_pays_no_more_than_its_budget() -> None:
    world = PromotedWorld()
    campaign = await world.campaign(budget_fen=2 * FACE_FEN + 1)
    coupons = {buyer: await world.claimed(campaign, buyer) for buyer in ("C1", "C2", "C3")}
    orders = [await world.buy(coupons[buyer], buyer=buyer) for buyer in ("C1", "C2")]
    free = await world.stock.free("S1", WEB)
    with pytest.raises(BudgetSpent):
        await world.buy(coupons["C3"], buyer="C3")
    assert await world.stock.free("S1", WEB) == free, "refused before any units were held"
    await world.checkout.cancel("C1", orders[0].order)
    assert (await world.buy(coupons["C3"], buyer="C3", key="k2")).payable_fen == 700
    await world.settled_books()
