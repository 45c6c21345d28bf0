"""Sets up the presales before a run: deposits until midnight, balances when the profile or their own phase says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loadtests.plan.balances import EVE, HUMP
from loadtests.shop.run_clock import RunClock
from loadtests.shop.target import Target

PRESALE_SKUS = ("S0000004", "S0000005", "S0000006", "S0000007")
"""Popular ones, next to those on flash sale in the seeded shop."""
EARLY_S = 3600.0
"""How long before the run deposits have been open: nobody comes before the doors."""


def set_up_presales(
    target: Target,
    clock: RunClock,
    *,
    skus: Sequence[str] = PRESALE_SKUS,
    price_share: float = 0.9,
    deposit_share: float = 0.1,
    allotment: int = 2_000,
    limit_per_buyer: int = 2,
) -> list[str]:
    """One presale for each SKU; their ids. Asked again for the same windows and prices, it makes none twice."""
    deposits_close_at, opens_at, closes_at = windows(clock)
    known = target.admin("GET", "/presales")["presales"]
    made = []
    for sku in skus:
        regular_fen = target.admin("GET", f"/skus/{sku}")["price_fen"]
        price_fen = max(2, round(regular_fen * price_share))
        wanted = {
            "sku": sku,
            "price_fen": price_fen,
            "deposit_fen": max(1, min(price_fen - 1, round(price_fen * deposit_share))),
            "allotment": allotment,
            "limit_per_buyer": limit_per_buyer,
            "deposit_opens_at": clock.opens_at - EARLY_S,
            "deposit_closes_at": deposits_close_at,
            "balance_opens_at": opens_at,
            "balance_closes_at": closes_at,
            "refundable_until": opens_at,
        }
        made.append(_made(target, known, wanted))
    return made


def windows(clock: RunClock) -> tuple[float, float, float]:
    """When deposits close, balances open and balances close; the last leaves the run time to see what is forfeited.

    A schedule that says nothing has deposits in its first half and balances in its second.
    """
    if clock.balances is not None:
        opens_at = clock.opens_at + clock.balances.opens_s
        deposits_close_at = min(clock.phase_ends_at(EVE), opens_at) if EVE in clock.phases else opens_at
        return deposits_close_at, opens_at, clock.opens_at + clock.balances.closes_s
    if EVE in clock.phases and HUMP in clock.phases:
        return clock.phase_ends_at(EVE), clock.phase_starts_at(HUMP), clock.phase_ends_at(HUMP)
    half_at = (clock.opens_at + clock.closes_at) / 2
    return half_at, half_at, clock.closes_at


def _made(target: Target, known: Sequence[dict[str, Any]], wanted: dict[str, Any]) -> str:
    for presale in known:
        if all(presale.get(name) == value for name, value in wanted.items()):
            return str(presale["presale"])
    return str(target.admin("POST", "/presales", wanted)["presale"])
