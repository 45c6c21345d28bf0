"""Sets up the festival's promotions, through the shop's administrative door: cheaper from midnight on, coupons before.

A run without a midnight, like ten minutes of an afternoon, has them from its start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from loadtests.shop.run_clock import RunClock
from loadtests.shop.target import Target

MIDNIGHT = "zero_hour"
AFTER_CLOSING_S = 3_600.0
EVERY_FEN, SAVES_FEN = 30_000, 5_000
"""50 yuan off every 300 across shops, as in 2022."""
ITEM_SKUS = ("S0000004", "S0000005", "S0000006", "S0000007", "S0000008")
"""The most popular that are in no flash sale."""
ITEM_PERCENT_OFF = 10
SHOP_EVERY_FEN, SHOP_SAVES_FEN = 10_000, 1_000
LISTED = 100


def set_up_promotions(target: Target, clock: RunClock) -> dict[str, Any]:
    """`campaigns`: what can be claimed, each with the SKUs it is good for (None: all).

    One platform coupon for everybody; one with so small a budget that most who hold it are told it is spent; and
    coupons of one popular merchant. Asked again for the same run, what is there is found.
    """
    starts_at, ends_at = clock.phase_starts_at(MIDNIGHT), clock.closes_at + AFTER_CLOSING_S
    window = {"starts_at": starts_at, "ends_at": ends_at}
    skus = target.admin("GET", f"/skus?page=1&per_page={LISTED}")["skus"]
    merchant = next(sku["merchant"] for sku in skus if "imported" not in sku)
    _promote(target, {"kind": "cross_shop", "every_fen": EVERY_FEN, "saves_fen": SAVES_FEN, **window})
    _promote(target, {"kind": "item", "skus": _at_home(skus, ITEM_SKUS), "percent_off": ITEM_PERCENT_OFF, **window})
    shop = {"kind": "shop", "merchant": merchant, "every_fen": SHOP_EVERY_FEN, "saves_fen": SHOP_SAVES_FEN}
    _promote(target, {**shop, **window})
    window["claims_open_at"] = clock.opens_at
    everybody = {"face_fen": 1_000, "minimum_spend_fen": 5_000, "coupons": 10**6, "budget_fen": 10**9}
    rush = {"face_fen": 3_000, "minimum_spend_fen": 10_000, "coupons": 300, "budget_fen": 100 * 3_000}
    of_shop = {"face_fen": 500, "minimum_spend_fen": 3_000, "coupons": 10**6, "budget_fen": 10**9}
    theirs = [sku["sku"] for sku in skus if sku["merchant"] == merchant]
    return {
        "campaigns": [
            _campaign(target, {"title": "10 off 50", "merchant": None, **everybody, **window}, None),
            _campaign(target, {"title": "30 off 100, the first hundred", "merchant": None, **rush, **window}, None),
            _campaign(target, {"title": "5 off 30 in one shop", "merchant": merchant, **of_shop, **window}, theirs),
        ]
    }


def _at_home(skus: Sequence[Mapping[str, Any]], wanted: Sequence[str]) -> list[str]:
    """Those of them that the shop has and that come from the country."""
    return [sku["sku"] for sku in skus if sku["sku"] in wanted and "imported" not in sku]


def _promote(target: Target, wanted: dict[str, Any]) -> None:
    if wanted.get("skus") == []:
        return
    for known in target.admin("GET", "/promotions")["promotions"]:
        if all(known.get(name) == value for name, value in wanted.items()):
            return
    target.admin("POST", "/promotions", {"title": f"festival, {wanted['kind']}", **wanted})


def _campaign(target: Target, wanted: dict[str, Any], skus: list[str] | None) -> dict[str, Any]:
    known = [each["campaign"] for each in target.admin("GET", "/coupon-campaigns")["campaigns"]]
    same = [each for each in known if all(each.get(name) == value for name, value in wanted.items())]
    campaign = same[0] if same else target.admin("POST", "/coupon-campaigns", wanted)["campaign"]
    return {"campaign": campaign["campaign"], "skus": skus}
