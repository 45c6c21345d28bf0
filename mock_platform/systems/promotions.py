"""Promotions: discounts by item, by shop and across shops, coupons, and what the web's way of selling makes of them.

Nothing is cheaper until an operator sets a promotion up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from mock_platform.api.campaigns import Campaigns
from mock_platform.api.coupons import Coupons
from mock_platform.services.couponing import Couponing
from mock_platform.services.pricing import Pricing
from mock_platform.services.promoting import Promoting
from mock_platform.stores.catalogue_memory import MemoryCatalogue
from mock_platform.stores.coupons_memory import MemoryCoupons
from mock_platform.stores.orders_memory import MemoryOrders
from mock_platform.stores.promotions_memory import MemoryPromotions
from mock_platform.systems.ground import Ground, System


def open_promotions(ground: Ground) -> System:
    orders, clock, new_id = ground.stores.orders, ground.clock, ground.new_id
    coupons, promotions = orders.coupons, MemoryPromotions()
    promoting = Promoting(
        promotions=promotions, coupons=coupons, catalogue=ground.stores.catalogue, clock=clock, new_id=new_id
    )
    couponing = Couponing(coupons=coupons, orders=orders, clock=clock, new_id=new_id, lock_s=ground.settings.key_lock_s)

    async def rows() -> Mapping[str, list[dict[str, Any]]]:
        return await promotion_rows(promotions, orders, ground.stores.catalogue)

    return System(
        name="promotions",
        routes=(*Campaigns(promoting).routes(), *Coupons(couponing).routes()),
        sells={"web": Pricing(promotions=promotions, coupons=coupons)},
        rows=rows,
        series=lambda: _series(coupons),
    )


async def promotion_rows(
    promotions: MemoryPromotions, orders: MemoryOrders, catalogue: MemoryCatalogue
) -> Mapping[str, list[dict[str, Any]]]:
    """Every rule, every coupon, what each order got, and of which category what coupons were spent on is.

    Nothing suspends: it is one instant.
    """
    coupons = orders.coupons
    discounted = [order for order in (await orders.books()).orders if order.deductions]
    spent_on = dict.fromkeys(line.sku for order in discounted if order.coupons for line in order.lines)
    return {
        "promotions": [msgspec.to_builtins(promotion) for promotion in (await promotions.board()).promotions],
        "coupon_campaigns": [
            {**msgspec.to_builtins(standing.campaign), "claimed": standing.claimed, "spent_fen": standing.spent_fen}
            for standing in await coupons.campaigns()
        ],
        "coupons": [
            {**msgspec.to_builtins(held.coupon), "used_by": held.used_by} for held in await coupons.all_coupons()
        ],
        "order_discounts": [
            {"order": order.order, "deductions": msgspec.to_builtins(order.deductions)} for order in discounted
        ],
        "coupon_goods": [{"sku": sku.sku, "category": sku.category} for sku in await catalogue.skus(list(spent_on))],
    }


def _series(coupons: MemoryCoupons) -> Iterable[Metric]:
    granted = CounterMetricFamily("shop_discounts_yuan", "What orders were let off when placed.", labels=("kind",))
    for kind, fen in list(coupons.granted_fen.items()):
        granted.add_metric((kind.value,), fen / 100)
    yield granted
    states = GaugeMetricFamily("shop_coupons", "Coupons that buyers have claimed.", labels=("state",))
    states.add_metric(("unused",), coupons.claimed - coupons.used)
    states.add_metric(("used",), coupons.used)
    yield states
    yield CounterMetricFamily(
        "shop_coupons_given_back", "Uses of coupons undone with their order.", value=coupons.given_back
    )
    budgets = GaugeMetricFamily("shop_coupon_budgets_yuan", "Budgets of all campaigns together.", labels=("state",))
    for state, fen in coupons.budgets_fen().items():
        budgets.add_metric((state,), fen / 100)
    yield budgets
