"""Where customers ask about their own data: profile, export, waybills, and at last to be forgotten."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import quote

from msgspec import Struct
from msgspec.json import Decoder

from loadtests.crowd.visit import Festival
from loadtests.http.client import Client
from loadtests.shop import operations, privacy_promises, promises
from loadtests.shop.answers import Order, Parcel, Session
from loadtests.shop.leavers import stayers
from loadtests.shop.operations import BUSY, Operation
from loadtests.shop.privacy_promises import Erasure, Export, Profile
from loadtests.shop.promises import Broken
from loadtests.shop.storefront import Storefront

T = TypeVar("T")


class OrderPage(Struct, frozen=True, gc=False):
    orders: list[Order]


PROFILE = Operation("GET /customers/me", 200, Decoder(Profile))
EXPORT = Operation("POST /customers/me/exports", 201, Decoder(Export), BUSY | {"too_many_exports"})
ERASE = Operation("POST /customers/me/erasures", 201, Decoder(Erasure))
MY_ORDERS = Operation("GET /orders", 200, Decoder(OrderPage))
ORDERS_READ = 3


class PrivacyDesk(Storefront):
    """A customer in the shop who minds what it knows. Only those who may leave are ever told that they are erased."""

    __slots__ = ("_exports", "_profile", "may_leave")

    def __init__(self, client: Client, festival: Festival, buyer: str) -> None:
        super().__init__(client, festival, buyer)
        self.may_leave = buyer > self.customer(stayers(festival.shop["customers"]))
        self._profile: Profile | None = None
        self._exports: dict[str, str] = {}
        """The first export that each key was answered with."""

    def sign_in(self) -> Session | None:
        self.leave_session()
        session = self.ask_once(
            self._of(operations.SIGN_IN),
            "/customers/sessions",
            lambda session: promises.broken_session(session, self.buyer, time.time()),
            body={"customer": self.buyer},
        )
        if session is not None:
            self.carry(session)
        return session

    def profile(self) -> Profile | None:
        """Oneself, masked."""
        self._profile = self.ask(
            self._of(PROFILE), "/customers/me", lambda profile: privacy_promises.broken_profile(profile, self.buyer)
        )
        return self._profile

    def export(self, *, key: str) -> Export | None:
        """Oneself in the clear, with one's orders; one key is one export, read anew."""
        bought = set(self._orders.values())

        def broken(export: Export) -> Broken | None:
            return self._forgotten(self._exports, key, export.export) or privacy_promises.broken_export(
                export, self.buyer, self._profile, bought
            )

        return self.ask(self._of(EXPORT), "/customers/me/exports", broken, body={}, key=key)

    def waybills(self, export: Export) -> list[Parcel]:
        """The parcels of the latest orders, each waybill held against the person in the clear."""
        page = self.ask(self._of(MY_ORDERS), f"/orders?page=1&per_page={ORDERS_READ}", self._not_mine)
        parcels: list[Parcel] = []
        for order in page.orders if page is not None else []:
            answer = self.ask(
                operations.TRACK, f"/shipments?order={quote(order.order)}", self._waybills_of(order, export)
            )
            parcels += answer.shipments if answer is not None else []
        return parcels

    def erase(self, *, key: str) -> Erasure | None:
        return self.ask(
            self._of(ERASE),
            "/customers/me/erasures",
            lambda erasure: privacy_promises.broken_erasure(erasure, self.buyer),
            body={},
            key=key,
        )

    def find_nothing(self, *, key: str) -> None:
        """After the erasure: whatever is asked for is refused as erased, and shown to nobody."""
        self.ask(self._of(PROFILE), "/customers/me", _still_there)
        self.ask(self._of(EXPORT), "/customers/me/exports", _still_there, body={}, key=key)

    def _of(self, operation: Operation[T]) -> Operation[T]:
        """The operation as this customer may meet it."""
        if not self.may_leave:
            return operation
        return replace(operation, refusals=operation.refusals | {"customer_erased"})

    def _waybills_of(self, order: Order, export: Export) -> Callable[[Any], Broken | None]:
        return lambda parcels: (
            promises.broken_parcels(parcels, order)
            or privacy_promises.broken_waybills(parcels, export, may_leave=self.may_leave)
        )

    def _not_mine(self, page: OrderPage) -> Broken | None:
        for order in page.orders:
            if order.buyer != self.buyer:
                return Broken("the list shows another buyer's order", f"{self.buyer} got {order.order}")
        return None


def _still_there(answer: Profile | Export) -> Broken | None:
    return Broken("an erased customer is still shown", answer.customer)
