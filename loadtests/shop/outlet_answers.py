"""What outlets answer, as small frozen values, and the promises that each must keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from loadtests.shop.answers import Count, Name, Order, Price, Quantity, WantedLine
from loadtests.shop.promises import Broken, broken_order, sum_fen

CLOCKS_APART_S = 1.0
"""So near an instant, shop and shopper may disagree whether it has come."""
CODE_LENGTH_MIN = 8
"""Shorter ones could be guessed."""


class Outlet(Struct, frozen=True, gc=False):
    outlet: Name
    name: Name
    city: Name


class Outlets(Struct, frozen=True, gc=False):
    outlets: list[Outlet]
    total: Count


class ShelfLine(Struct, frozen=True, gc=False):
    sku: Name
    title: Name
    price_fen: Price
    free: Count


class Shelf(Struct, frozen=True, gc=False):
    outlet: Name
    skus: list[ShelfLine]
    total: Count


class OutletOrder(Order, frozen=True, gc=False):
    outlet: Name | None = None


class Pickup(Struct, frozen=True, gc=False):
    order: Name
    outlet: Name
    state: Literal["not_ready", "waiting", "collected", "expired", "withdrawn"]
    code: Name | None
    collect_before: float | None


class ClerkSession(Struct, frozen=True, gc=False):
    outlet: Name
    token: Name
    expires_at: float


class GoodsLine(Struct, frozen=True, gc=False):
    sku: Name
    quantity: Quantity


class HandedOver(Struct, frozen=True, gc=False):
    order: Name
    outlet: Name
    state: Name
    lines: list[GoodsLine]


class ReceiptLine(Struct, frozen=True, gc=False):
    sku: Name
    quantity: Quantity
    unit_price_fen: Price


class Receipt(Struct, frozen=True, gc=False):
    order: Name
    outlet: Name
    lines: list[ReceiptLine]
    paid_fen: Price
    tender: Name


def broken_outlets(answer: Outlets, city: str, per_page: int) -> Broken | None:
    for outlet in answer.outlets:
        if outlet.city != city:
            return Broken("an outlet is in another city", f"asked for {city}, got {outlet.outlet} in {outlet.city}")
    if len(answer.outlets) != min(per_page, answer.total):
        return Broken("the page is not full", f"{len(answer.outlets)} of {answer.total} outlets")
    return None


def broken_shelf(answer: Shelf, outlet: str, per_page: int) -> Broken | None:
    if answer.outlet != outlet:
        return Broken("this is another outlet's shelf", f"asked for {outlet}, got {answer.outlet}")
    if len(answer.skus) != min(per_page, answer.total):
        return Broken("the page is not full", f"{len(answer.skus)} of {answer.total} SKUs")
    return None


def broken_reservation(
    order: OutletOrder, buyer: str, outlet: str, wanted: Sequence[WantedLine], *, replayed: bool
) -> Broken | None:
    """An order as asked, for this outlet; outlets give no discounts, so its sum is told beforehand."""
    if order.outlet != outlet:
        return Broken("the order is for another outlet", f"asked for {outlet}, got {order.outlet}")
    return broken_order(order, buyer, wanted, None, replayed=replayed, told_fen=sum_fen(wanted))


def broken_pickup(pickup: Pickup, order: Order, outlet: str, code: str | None) -> Broken | None:
    """The buyer's own, in the outlet chosen, with a code while it waits and only then, and always the same one."""
    if (pickup.order, pickup.outlet) != (order.order, outlet):
        return Broken("this is another pick-up", f"asked for {order.order}, got {pickup.order} in {pickup.outlet}")
    if (pickup.state == "waiting") != (pickup.code is not None):
        return Broken("a code is there for goods that don't wait, or none for those that do", pickup.order)
    if pickup.code is not None and len(pickup.code) < CODE_LENGTH_MIN:
        return Broken("a pick-up code is easily guessed", pickup.order)
    if code is not None and pickup.code not in (None, code):
        return Broken("a pick-up has changed its code", pickup.order)
    return None


def broken_hand_over(given: HandedOver, order: Order, outlet: str) -> Broken | None:
    """All that was bought and nothing else."""
    if (given.order, given.outlet) != (order.order, outlet):
        return Broken("somebody else's goods were handed over", f"{order.order} in {outlet}, got {given.order}")
    if given.state != "collected":
        return Broken("goods handed over are not collected", f"{given.order} is {given.state}")
    bought = Counter({line.sku: line.quantity for line in order.lines})
    if Counter({line.sku: line.quantity for line in given.lines}) != bought:
        return Broken("the goods are not those that were bought", f"{order.order}: {given.lines}")
    return None


def broken_receipt(receipt: Receipt, outlet: str, wanted: Sequence[WantedLine], tender: str) -> Broken | None:
    if (receipt.outlet, receipt.tender) != (outlet, tender):
        return Broken("the receipt is another till's", f"{outlet} in {tender}, got {receipt.outlet}, {receipt.tender}")
    if [(line.sku, line.quantity, line.unit_price_fen) for line in receipt.lines] != [
        (line.sku, line.quantity, line.unit_price_fen) for line in wanted
    ]:
        return Broken("the receipt is not for what was bought", receipt.order)
    if receipt.paid_fen != sum_fen(wanted):
        return Broken("the receipt is not the sum of its lines", f"{receipt.paid_fen} for {sum_fen(wanted)} fen")
    return None
