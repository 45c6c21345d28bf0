"""Parcels as their buyer follows them: own orders, their shipments, and the way of each, held against the last look."""

from __future__ import annotations

from urllib.parse import quote

from msgspec.json import Decoder

from loadtests.crowd.visit import Festival
from loadtests.http.client import Client
from loadtests.shop import logistics_answers as promises
from loadtests.shop.answers import Order
from loadtests.shop.logistics_answers import OwnOrder, OwnOrders, ParcelEvent, TrackedParcel, TrackedParcels, Tracking
from loadtests.shop.operations import Operation
from loadtests.shop.promises import PAID_STATES
from loadtests.shop.storefront import Storefront

MY_ORDERS = Operation("GET /orders", 200, Decoder(OwnOrders))
SHIPMENTS = Operation("GET /shipments", 200, Decoder(TrackedParcels))
TRACKING = Operation("GET /shipments/{parcel}/tracking", 200, Decoder(Tracking))
PER_PAGE = 20


class LogisticsDesk(Storefront):
    """One buyer who wants to know where the parcels are, for one visit."""

    __slots__ = ("_seen",)

    def __init__(self, client: Client, festival: Festival, buyer: str) -> None:
        super().__init__(client, festival, buyer)
        self._seen: dict[str, list[ParcelEvent]] = {}

    def orders_sent(self) -> list[OwnOrder] | None:
        """The buyer's own orders that are paid and not refunded, the newest first; picked up ones have no parcels."""
        answer = self.ask(
            MY_ORDERS,
            f"/orders?page=1&per_page={PER_PAGE}",
            lambda orders: promises.broken_orders(orders, self.buyer, PER_PAGE),
        )
        if answer is None:
            return None
        return [order for order in answer.orders if order.state in PAID_STATES and order.outlet is None]

    def shipments(self, order: Order) -> list[TrackedParcel] | None:
        """An order's parcels, all of them or, for a moment after it was paid, none."""
        answer = self.ask(
            SHIPMENTS,
            f"/shipments?order={quote(order.order)}",
            lambda parcels: promises.broken_shipments(parcels, order, self._seen),
        )
        if answer is None:
            return None
        for parcel in answer.shipments:
            self._seen[parcel.parcel] = parcel.events
        return answer.shipments

    def follow(self, parcel: TrackedParcel) -> Tracking | None:
        answer = self.ask(
            TRACKING,
            f"/shipments/{quote(parcel.parcel)}/tracking",
            lambda tracking: promises.broken_tracking(tracking, parcel, self._seen),
        )
        if answer is not None:
            self._seen[answer.parcel] = answer.events
        return answer
