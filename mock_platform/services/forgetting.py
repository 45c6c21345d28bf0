"""Forgetting: what an erasure leaves on waybills while parcels are under way is taken off when they have arrived.

A courier needs the mask to find the door, and nobody needs it afterwards. Whatever is cut off, the next sweep does.
"""

from __future__ import annotations

from msgspec.structs import replace

from mock_platform.domain.changes import Changes
from mock_platform.domain.errors import VersionConflict
from mock_platform.domain.order import Order, OrderState
from mock_platform.domain.sealing import NOTHING_SHOWN
from mock_platform.domain.shipment import ENDED
from mock_platform.protocols import OrderStore
from mock_platform.protocols_personal_data import PersonalDataStore

ORDERS_AT_ONCE = 100


class Forgetting:
    def __init__(self, *, customers: PersonalDataStore, orders: OrderStore) -> None:
        self._customers = customers
        self._orders = orders
        self._done: set[str] = set()
        """Customers of whom no waybill says anything any more, nor ever will: later ones are made without a mask."""
        self.emptied = 0
        """Waybills that were."""

    async def sweep(self) -> None:
        """Look after everybody who was erased and still has a waybill with a mask on it."""
        for erased in await self._customers.erased():
            if erased.customer not in self._done and await self._forget(erased.customer):
                self._done.add(erased.customer)

    async def _forget(self, customer: str) -> bool:
        """Empty the waybills of what has arrived; whether that was all there will be."""
        is_all, number = True, 0
        while True:
            number += 1
            page = await self._orders.orders_of(customer, number, ORDERS_AT_ONCE)
            for order in page.items:
                is_all &= await self._empty(order)
            if number >= page.pages:
                return is_all

    async def _empty(self, order: Order) -> bool:
        parcels = await self._orders.parcels_of(order.order)
        if not parcels and order.state is OrderState.PAID and order.outlet is None:
            return False  # they may be being packed at this moment, with a waybill read before the erasure
        masked = [parcel for parcel in parcels if parcel.waybill != NOTHING_SHOWN]
        arrived = tuple(replace(parcel, waybill=NOTHING_SHOWN) for parcel in masked if parcel.state in ENDED)
        if arrived:
            try:
                await self._orders.commit(Changes(order=order, parcels=arrived))
            except VersionConflict:
                return False  # it moved on meanwhile: the next sweep looks again
            self.emptied += len(arrived)
        return len(arrived) == len(masked)
