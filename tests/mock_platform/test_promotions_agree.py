"""Whatever rules run and whoever buys what with which coupons: the shop, its books and the audit agree to the fen."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_platform.audit import audit
from mock_platform.domain.errors import BudgetSpent, CouponNotApplicable, CouponUsed, SoldOut
from mock_platform.domain.merchant import Merchant
from mock_platform.domain.order import WantedLine
from mock_platform.domain.promotion import CrossShopDiscount, ItemDiscount, ShopDiscount
from mock_platform.domain.reservation import WEB, Units
from mock_platform.domain.sku import Sku
from tests.mock_platform.interruptions import run
from tests.mock_platform.promoted_world import DAY_S, PromotedWorld

GOODS = [f"G{number}" for number in range(6)]
SHOPS = ["M1", "M2", "M3"]
CATEGORIES = ["tea", "toys"]
FEN = st.integers(1, 60) | st.integers(1, 10**6)


@st.composite
def saving(draw: st.DrawFn) -> dict[str, Any]:
    every_fen = draw(st.integers(2, 400) | st.integers(2, 10**6))
    times = draw(st.none() | st.integers(1, 3))
    return {"every_fen": every_fen, "saves_fen": draw(st.integers(1, every_fen - 1)), "times_at_most": times}


ITEMS = st.builds(
    lambda skus, percent: ("item", {"skus": tuple(sorted(skus)), "percent_off": percent}),
    st.sets(st.sampled_from(GOODS), min_size=1),
    st.sampled_from([1, 10, 33, 50, 99]),
)
SHOP = st.builds(lambda merchant, saves: ("shop", {"merchant": merchant, **saves}), st.sampled_from(SHOPS), saving())
ACROSS = st.builds(lambda saves: ("cross_shop", saves), saving())
RULES = st.lists(ITEMS | SHOP | ACROSS, max_size=7)
MAKERS: dict[str, Any] = {"item": ItemDiscount, "shop": ShopDiscount, "cross_shop": CrossShopDiscount}


@st.composite
def campaigns(draw: st.DrawFn) -> dict[str, Any]:
    face_fen = draw(FEN)
    return {
        "merchant": draw(st.none() | st.sampled_from(SHOPS)),
        "categories": tuple(draw(st.sets(st.sampled_from(CATEGORIES)))),
        "face_fen": face_fen,
        "minimum_spend_fen": face_fen + draw(st.integers(1, 100)),
        "budget_fen": face_fen * draw(st.integers(1, 2)),
        "limit_per_buyer": 2,
    }


BASKETS = st.dictionaries(st.sampled_from(GOODS), st.integers(1, 99), min_size=1)


async def filled(prices_fen: list[int]) -> PromotedWorld:
    world = PromotedWorld()
    await world.catalogue.put_merchants([Merchant("M3", "shop M3", "Hangzhou")])
    await world.catalogue.put_skus(
        Sku(sku, f"thing {sku}", CATEGORIES[number % 2], SHOPS[number % 3], prices_fen[number])
        for number, sku in enumerate(GOODS)
    )
    await world.stock.put([Units(sku, WEB, 1_000) for sku in GOODS])
    return world


@settings(max_examples=60)
@given(
    st.lists(FEN, min_size=len(GOODS), max_size=len(GOODS)),
    RULES,
    st.lists(campaigns(), max_size=3),
    st.lists(st.tuples(BASKETS, st.sets(st.integers(0, 5))), min_size=1, max_size=4),
)
def test_every_order_costs_what_the_rules_say_and_the_audit_agrees(
    prices_fen: list[int],
    rules: list[tuple[str, dict[str, Any]]],
    campaigns: list[dict[str, Any]],
    visits: list[tuple[dict[str, int], set[int]]],
) -> None:
    async def day() -> None:
        world = await filled(prices_fen)
        window = {"starts_at": world.clock(), "ends_at": world.clock() + DAY_S}
        for kind, terms in rules:
            await world.promoting.promote(
                lambda name, kind=kind, terms=terms: MAKERS[kind](name, "a rule", **window, **terms)  # type: ignore[misc]
            )
        opened = [await world.campaign(**terms) for terms in campaigns]
        coupons = [await world.claimed(each, key=f"{each}-{turn}") for turn in range(2) for each in opened]
        for number, (basket, chosen) in enumerate(visits):
            wanted = [WantedLine(sku, units, prices_fen[GOODS.index(sku)]) for sku, units in basket.items()]
            spent = tuple(coupons[which] for which in sorted(chosen) if which < len(coupons))
            try:
                order, _ = await world.place("C1", f"k{number}", wanted, coupons=spent)
            except (CouponNotApplicable, CouponUsed, BudgetSpent, SoldOut):
                continue
            assert 1 <= order.payable_fen <= sum(line.quantity * line.unit_price_fen for line in wanted)
            assert sum(order.merchant_totals_fen().values()) == order.payable_fen + order.subsidy_fen
            if number % 2:
                await world.checkout.cancel("C1", order.order)
        assert audit(await world.bookkeeping.snapshot()).violations == ()

    run(day())
