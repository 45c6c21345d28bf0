"""Sets up the festival before a run, through the shop's administrative door: flash sales, and what each system needs.

Every set-up finds what an earlier one made for the same run, and makes nothing twice. A scenario meets what was set up
under `festival.shop[name]`; where nobody could set up (plain Locust, a shop without a token) there is no such entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from loadtests.shop.cross_border_setup import set_up_cross_border
from loadtests.shop.marketplace_setup import set_up_marketplace
from loadtests.shop.outlet_setup import set_up_outlets
from loadtests.shop.presale_setup import set_up_presales
from loadtests.shop.promotions_setup import set_up_promotions
from loadtests.shop.run_clock import RunClock
from loadtests.shop.target import Target

MIDNIGHT = "zero_hour"
SALES_LAST_S = 3600.0
"""How long flash sales stay open after the last arrival."""

HOT_SKUS = ("S0000001", "S0000002", "S0000003")
"""The hot item and the next two of the seeded shop."""
SALE_PRICE = 0.5
"""Of the regular price."""


def open_flash_sales(
    target: Target,
    *,
    opens_at: float,
    closes_at: float,
    skus: Sequence[str] = HOT_SKUS,
    allotment: int = 50,
    limit_per_buyer: int = 1,
    price_share: float = SALE_PRICE,
) -> list[str]:
    """Create one flash sale for each SKU, `allotment` units of each, and return their ids in the order of the SKUs.

    Instants are epoch seconds. Asked again for the same SKU, window, price and limits, it finds the sale that is
    there and makes no second one. TargetError when the shop refuses.
    """
    known = target.admin("GET", "/flash-sales")["flash_sales"]
    return [
        _open(
            target,
            known,
            {
                "sku": sku,
                "price_fen": max(1, round(target.admin("GET", f"/skus/{sku}")["price_fen"] * price_share)),
                "allotment": allotment,
                "limit_per_buyer": limit_per_buyer,
                "opens_at": opens_at,
                "closes_at": closes_at,
            },
        )
        for sku in skus
    ]


def _open(target: Target, known: Sequence[dict[str, Any]], wanted: dict[str, Any]) -> str:
    for sale in known:
        if all(sale.get(name) == value for name, value in wanted.items()):
            return str(sale["flash_sale"])
    return str(target.admin("POST", "/flash-sales", wanted)["flash_sale"])


def set_up_flash_sales(target: Target, clock: RunClock) -> list[str]:
    """Flash sales that open as the clock strikes midnight."""
    opens_at = clock.phase_starts_at(MIDNIGHT)
    return open_flash_sales(target, opens_at=opens_at, closes_at=clock.closes_at + SALES_LAST_S)


SET_UPS: Mapping[str, Callable[[Target, RunClock], Any]] = {
    "flash_sales": set_up_flash_sales,
    "presales": set_up_presales,
    "promotions": set_up_promotions,
    "cross_border": set_up_cross_border,
    "marketplace": set_up_marketplace,
    "outlets": set_up_outlets,
}
"""By the name under which scenarios find what was set up."""


def set_up(target: Target, clock: RunClock) -> dict[str, Any]:
    """Set everything up; what was made, by name. TargetError when the shop refuses."""
    return {name: prepare(target, clock) for name, prepare in SET_UPS.items()}
