"""What a shopper believes of parcels: every lie about their way, their lines and their waybills is named."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest
from msgspec.structs import replace

from loadtests.shop import logistics_answers as promises
from loadtests.shop.answers import OrderLine, ParcelLine, Waybill
from loadtests.shop.logistics_answers import OwnOrder, OwnOrders, ParcelEvent, TrackedParcel, TrackedParcels, Tracking

LINES = [OrderLine("S1", 2, 100, "M1"), OrderLine("S2", 1, 50, "M2")]
ORDER = OwnOrder("O1", "C1", "paid", 250, LINES, None, 10.0, 70.0)
WAYBILL = Waybill("王**", "138****1234", "浙江省杭州市****")


def events(*states: str) -> list[ParcelEvent]:
    return [ParcelEvent(state, 10.0 + number) for number, state in enumerate(states)]


def parcel(name: str = "O1-1", sku: str = "S1", quantity: int = 2, **changes: Any) -> TrackedParcel:
    way = events("created", "picked", "packed")
    made = TrackedParcel(name, "O1", "M1", "packed", "zx", WAYBILL, [ParcelLine(sku, quantity)], "wuhan", way)
    return replace(made, **changes)


OTHER = parcel("O1-2", "S2", 1)
TOLD = Tracking("O1-1", "O1", "packed", "wuhan", "武汉市", events("created", "picked", "packed"))
NOTHING: promises.Seen = MappingProxyType({})
SEEN = {"O1-1": events("created", "picked"), "O1-2": events("created")}


def shipped(*parcels: TrackedParcel, seen: promises.Seen = SEEN) -> promises.Broken | None:
    return promises.broken_shipments(TrackedParcels(list(parcels)), ORDER, seen)


def way(*states: str, seen: promises.Seen = NOTHING) -> promises.Broken | None:
    return promises.broken_way("O1-1", states[-1] if states else "", events(*states), seen)


HONEST: dict[str, Callable[[], Any]] = {
    "parcels": lambda: shipped(parcel(), OTHER),
    "none yet": lambda: shipped(seen={}),
    "first look": lambda: shipped(parcel(), OTHER, seen={}),
    "another order was seen before": lambda: shipped(parcel(), OTHER, seen={"O7-1": events("created")}),
    "tracking": lambda: promises.broken_tracking(TOLD, parcel(), SEEN),
    "the whole way": lambda: way(*promises.JOURNEY),
    "recalled from the sorter": lambda: way("created", "picked", "packed", "sorted", "recalled"),
    "recalled at once": lambda: way("created", "recalled"),
    "orders": lambda: promises.broken_orders(OwnOrders([ORDER], 1, 1, 1), "C1", 20),
    "no orders": lambda: promises.broken_orders(OwnOrders([], 1, 0, 0), "C1", 20),
}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_answer_breaks_no_promise(name: str) -> None:
    assert HONEST[name]() is None


BARE = replace(WAYBILL, name="王小明"), replace(WAYBILL, phone="13812341234"), replace(WAYBILL, address="文三路1号")
BACKWARDS = [ParcelEvent("created", 10.0), ParcelEvent("picked", 9.0), ParcelEvent("packed", 11.0)]
OLDER = replace(ORDER, order="O0", placed_at=5.0)

LIES: list[tuple[str, Callable[[], Any]]] = [
    ("a parcel is listed twice", lambda: shipped(parcel(), parcel(), OTHER)),
    ("the order's parcels are not those of before", lambda: shipped(parcel())),
    ("the order's parcels are not those of before", lambda: shipped()),
    ("a parcel is of another order", lambda: shipped(parcel(order="O2"), OTHER)),
    ("a waybill shows the whole name", lambda: shipped(parcel(waybill=BARE[0]), OTHER)),
    ("a waybill shows the whole phone number", lambda: shipped(parcel(waybill=BARE[1]), OTHER)),
    ("a waybill shows the whole address", lambda: shipped(parcel(waybill=BARE[2]), OTHER)),
    ("a line is not in exactly one parcel", lambda: shipped(parcel(quantity=1), OTHER)),
    ("a line is not in exactly one parcel", lambda: shipped(parcel(quantity=1), replace(OTHER, lines=parcel().lines))),
    ("a line is not in exactly one parcel", lambda: shipped(parcel(), replace(OTHER, lines=[]))),
    ("a line is not in exactly one parcel", lambda: shipped(parcel(), OTHER, parcel("O1-3", "S9", 1), seen={})),
    ("a parcel is not where its last event took it", lambda: shipped(parcel(state="sorted"), OTHER)),
    ("a parcel's events are not in order of time", lambda: shipped(parcel(events=BACKWARDS), OTHER, seen={})),
    ("a parcel goes another way than parcels go", lambda: way("created", "packed")),
    ("a parcel goes another way than parcels go", lambda: way("picked")),
    ("a parcel goes another way than parcels go", lambda: way()),
    ("a parcel goes another way than parcels go", lambda: way("recalled")),
    ("a parcel goes another way than parcels go", lambda: way(*promises.JOURNEY[:5], "recalled")),
    ("a parcel goes another way than parcels go", lambda: way("created", "created")),
    ("a parcel went back, or its past has changed", lambda: way("created", seen=SEEN)),
    ("this is another parcel's tracking", lambda: promises.broken_tracking(TOLD, parcel("O1-9"), SEEN)),
    ("this is another parcel's tracking", lambda: promises.broken_tracking(TOLD, parcel(warehouse="hz"), SEEN)),
    ("the page of orders is not full", lambda: promises.broken_orders(OwnOrders([], 1, 1, 2), "C1", 20)),
    ("another buyer's", lambda: promises.broken_orders(OwnOrders([ORDER], 1, 1, 1), "C2", 20)),
    ("the newest order does not", lambda: promises.broken_orders(OwnOrders([OLDER, ORDER], 1, 1, 2), "C1", 20)),
]


@pytest.mark.parametrize(("promise", "lie"), LIES)
def test_a_lie_is_named(promise: str, lie: Callable[[], Any]) -> None:
    broken = lie()
    assert broken is not None and promise in broken.promise
    assert broken.detail
