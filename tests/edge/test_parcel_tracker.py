"""Customers who follow their parcels through the real platform: forward only, to the door, and every line once."""

from __future__ import annotations

import time
from typing import Any

from loadtests.scenarios.cart_loaded_buyer import CartLoadedBuyer
from loadtests.scenarios.parcel_tracker import ParcelTracker
from loadtests.shop.target import Target


class QuickBuyer(CartLoadedBuyer):
    checkout_s = 0.05
    track_share = 0.0


class Curious(ParcelTracker):
    looks_mean = 12.0
    looks_most = 12
    look_again_s = 0.15


def test_who_bought_follows_the_parcels_on_their_way(platform: Target, crowd: Any) -> None:
    crowd.send(QuickBuyer, *range(15))
    assert len(crowd.festival.buyers) == 15
    crowd.send(Curious, *range(100, 125))
    assert crowd.failures() == []
    assert len(crowd.outcomes("GET /orders")) == 25
    assert len(crowd.outcomes("GET /shipments")) > 25, "they look again"
    assert len(crowd.outcomes("GET /shipments/{parcel}/tracking")) > 25
    followed = [entry["buyer"] for entry in crowd.festival.journal]
    assert set(crowd.festival.buyers) <= set(followed)


def test_who_never_bought_has_nothing_to_follow_and_leaves(platform: Target, crowd: Any, make_crowd: Any) -> None:
    early = make_crowd(crowd.host, {**crowd.shop, "customers": 1}, run_id=f"{crowd.run_id}e")
    early.send(ParcelTracker, 1)
    assert early.failures() == []
    assert early.outcomes("GET /orders") == ["ok"]
    assert len(early.outcomes("GET /shipments")) <= 12


def test_in_the_end_everything_has_arrived_and_the_audit_agrees(platform: Target, crowd: Any) -> None:
    crowd.send(QuickBuyer, *range(200, 205))
    ends_at = time.monotonic() + 25.0
    parcels: list[dict[str, Any]] = []
    orders = {entry["order"] for entry in crowd.festival.journal if entry["order"]}
    while time.monotonic() < ends_at:
        snapshot = platform.admin("GET", "/exports/snapshot")
        parcels = [parcel for parcel in snapshot["parcels"] if parcel["order"] in orders]
        if parcels and {parcel["state"] for parcel in parcels} == {"delivered"}:
            break
        time.sleep(0.5)
    assert {parcel["order"] for parcel in parcels} == orders
    assert {parcel["state"] for parcel in parcels} == {"delivered"}
    assert platform.admin("GET", "/exports/audit")["violations"] == []
    assert sum(each["backlog"] for each in platform.admin("GET", "/warehouses")["warehouses"]) == 0
