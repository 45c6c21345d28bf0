"""Sets up the presales before a run: deposits until midnight, balances when their own phase begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loadtests.shop.run_clock import RunClock
from loadtests.shop.target import Target

PRESALE_SKUS = ("S0000004", "S0000005", "S0000006", "S0000007")
"""Popular ones, next to those on flash sale in the seeded shop."""
DEPOSITS, BALANCE = "countdown", "presale_balance"
"""Names of phases. A schedule that lacks one has deposits in its first half and balances in its second."""
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
    balance_opens_at: float | None = None,
    balance_closes_at: float | None = None,
) -> list[str]:
    """One presale for each SKU; their ids. Asked again for the same windows and prices, it makes none twice.

    `balance_opens_at` moves the hump of final payments away from the phase, `balance_closes_at` makes it shorter or
    longer: rule pages of 2020 and 2021 say 00:30, the 2019 curve has its hump at 01:04-01:26.
    """
    deposits_close_at, opens_at, closes_at = windows(clock)
    opens_at = balance_opens_at or opens_at
    closes_at = balance_closes_at or closes_at
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
    """When deposits close, balances open and balances close; the last leaves the run time to see what is forfeited."""
    if DEPOSITS in clock.phases and BALANCE in clock.phases:
        return clock.phase_ends_at(DEPOSITS), clock.phase_starts_at(BALANCE), clock.phase_ends_at(BALANCE)
    half_at = (clock.opens_at + clock.closes_at) / 2
    return half_at, half_at, clock.closes_at


def _made(target: Target, known: Sequence[dict[str, Any]], wanted: dict[str, Any]) -> str:
    for presale in known:
        if all(presale.get(name) == value for name, value in wanted.items()):
            return str(presale["presale"])
    return str(target.admin("POST", "/presales", wanted)["presale"])
