"""Gives the merchants of the most popular SKUs secrets of their own, so that clerks can act for them during the run."""

from __future__ import annotations

from typing import Any

from loadtests.shop.run_clock import RunClock
from loadtests.shop.target import Target

PAGES, PER_PAGE = 3, 100
"""Of the catalogue, most popular first: whose SKUs those are is what clerks' answers are held against."""
MERCHANTS_MAX = 24
SKUS_MAX = 5
"""Of one merchant, the most popular that a clerk looks after."""


def set_up_marketplace(target: Target, clock: RunClock) -> dict[str, Any]:
    """`sellers`: merchant by SKU; `merchants`: those with a secret, each with its popular SKUs and their prices.

    A secret is issued anew each time, and the one before opens no more sessions: nothing is made twice.
    """
    sellers: dict[str, str] = {}
    popular: dict[str, dict[str, int]] = {}
    for page in range(1, PAGES + 1):
        for sku in target.admin("GET", f"/skus?page={page}&per_page={PER_PAGE}")["skus"]:
            sellers[sku["sku"]] = sku["merchant"]
            if "imported" in sku:
                continue  # its price follows a rate, not its merchant
            prices = popular.setdefault(sku["merchant"], {})
            if len(prices) < SKUS_MAX:
                prices[sku["sku"]] = sku["price_fen"]
    chosen = list(popular)[:MERCHANTS_MAX]
    return {"sellers": sellers, "merchants": [_with_secret(target, name, popular[name]) for name in chosen]}


def _with_secret(target: Target, merchant: str, prices_fen: dict[str, int]) -> dict[str, Any]:
    secret = target.admin("POST", f"/merchants/{merchant}/secrets")["secret"]
    return {"merchant": merchant, "secret": secret, "prices_fen": prices_fen}
