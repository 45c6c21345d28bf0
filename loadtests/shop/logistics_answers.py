"""What the shop says of parcels on their way, and what it promises with it: only forward, everything once, masked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from loadtests.shop.answers import Count, Name, Order, Parcel, Waybill
from loadtests.shop.promises import Broken

JOURNEY = ("created", "picked", "packed", "sorted", "in_transit", "arrived", "delivered")
RECALLED = "recalled"
OURS_STILL = frozenset(JOURNEY[:4])
"""From these a parcel can still be recalled: the carrier does not have it yet."""
ENDED = frozenset({"delivered", RECALLED})
MASK = "****"


class ParcelEvent(Struct, frozen=True, gc=False):
    state: Name
    at: float


class TrackedParcel(Parcel, frozen=True, gc=False):
    warehouse: Name
    events: list[ParcelEvent]


class TrackedParcels(Struct, frozen=True, gc=False):
    shipments: list[TrackedParcel]


class Tracking(Struct, frozen=True, gc=False):
    parcel: Name
    order: Name
    state: Name
    warehouse: Name
    city: Name
    events: list[ParcelEvent]


class OwnOrder(Order, frozen=True, gc=False):
    outlet: Name | None = None
    """Where it is picked up; such an order has no parcels."""


class OwnOrders(Struct, frozen=True, gc=False):
    orders: list[OwnOrder]
    page: Count
    pages: Count
    total: Count


Seen = Mapping[str, Sequence[ParcelEvent]]
"""The events of each parcel as this shopper last saw them."""


def broken_orders(answer: OwnOrders, buyer: str, per_page: int) -> Broken | None:
    if len(answer.orders) != min(answer.total, per_page):
        return Broken("the page of orders is not full", f"{len(answer.orders)} of {answer.total}")
    for order in answer.orders:
        if order.buyer != buyer:
            return Broken("an order in the list is another buyer's", f"{buyer} asked, {order.order} is {order.buyer}'s")
    for newer, older in pairwise(answer.orders):
        if newer.placed_at < older.placed_at:
            return Broken("the newest order does not come first", f"{newer.order} before {older.order}")
    return None


def broken_shipments(answer: TrackedParcels, order: Order, seen: Seen) -> Broken | None:
    """All the order's lines, each in one parcel; each parcel further than before, none gone and none new."""
    names = {parcel.parcel for parcel in answer.shipments}
    if len(names) != len(answer.shipments):
        return Broken("a parcel is listed twice", order.order)
    known = {parcel for parcel in seen if parcel.rpartition("-")[0] == order.order}
    if known and known != names:
        return Broken("the order's parcels are not those of before", f"{sorted(known)}, then {sorted(names)}")
    for parcel in answer.shipments:
        if parcel.order != order.order:
            return Broken("a parcel is of another order", f"asked for {order.order}, got {parcel.order}")
        if field := _shown(parcel.waybill):
            return Broken(f"a waybill shows the whole {field}", parcel.parcel)
        if broken := broken_way(parcel.parcel, parcel.state, parcel.events, seen):
            return broken
    return _broken_lines(answer, order) if answer.shipments else None


def broken_tracking(answer: Tracking, parcel: TrackedParcel, seen: Seen) -> Broken | None:
    if (answer.parcel, answer.order, answer.warehouse) != (parcel.parcel, parcel.order, parcel.warehouse):
        return Broken("this is another parcel's tracking", f"asked for {parcel.parcel}, got {answer.parcel}")
    return broken_way(answer.parcel, answer.state, answer.events, seen)


def broken_way(parcel: str, state: str, events: Sequence[ParcelEvent], seen: Seen) -> Broken | None:
    """From the shelf to the door, step by step in order of time; what was seen before is still so."""
    states = tuple(event.state for event in events)
    way = states[:-1] if states[-1:] == (RECALLED,) else states
    recalled_too_late = way != states and not (way and way[-1] in OURS_STILL)
    if not states or way != JOURNEY[: len(way)] or recalled_too_late:
        return Broken("a parcel goes another way than parcels go", f"{parcel}: {', '.join(states) or 'nothing'}")
    if states[-1] != state:
        return Broken("a parcel is not where its last event took it", f"{parcel} is {state} after {states[-1]}")
    if any(later.at < sooner.at for sooner, later in pairwise(events)):
        return Broken("a parcel's events are not in order of time", parcel)
    before = seen.get(parcel, ())
    if list(events[: len(before)]) != list(before):
        return Broken("a parcel went back, or its past has changed", f"{parcel}: {len(before)} events, {len(events)}")
    return None


def _broken_lines(answer: TrackedParcels, order: Order) -> Broken | None:
    holding: Counter[str] = Counter()
    packed: Counter[str] = Counter()
    for parcel in answer.shipments:
        for line in parcel.lines:
            holding[line.sku] += 1
            packed[line.sku] += line.quantity
    bought: Counter[str] = Counter()
    for ordered in order.lines:
        bought[ordered.sku] += ordered.quantity
    for sku in bought.keys() | packed.keys():
        if packed[sku] != bought[sku] or holding[sku] != 1:
            told = f"{packed[sku]} of {sku} in {holding[sku]} parcels, {bought[sku]} bought"
            return Broken("a line is not in exactly one parcel", told)
    return None


def _shown(waybill: Waybill) -> str | None:
    """What a waybill should hide and does not; None for one that hides all."""
    if waybill.name[1:].strip("*") or (len(waybill.name) == 1 and waybill.name != "*"):
        return "name"
    if MASK not in waybill.phone:
        return "phone number"
    return None if waybill.address.endswith(MASK) else "address"
