"""Sets up the festival's flash sales before a run, through the shop's administrative door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loadtests.shop.target import Target

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
