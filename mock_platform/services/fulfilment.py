"""Fulfilment: a paid order becomes parcels under masked waybills, and what the carrier says of them comes true."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from mock_platform.domain import changes
from mock_platform.domain.changes import Changes
from mock_platform.domain.errors import NotFound, Overloaded, UnknownOrder, VersionConflict
from mock_platform.domain.events import Event, OrderCleared
from mock_platform.domain.order import Order, OrderState
from mock_platform.domain.shipment import HANDED_OVER, Parcel, parcels_for
from mock_platform.protocols import Carrier, Clock, CustomerStore, OrderStore, Tally

log = logging.getLogger(__name__)

TRIES = 5
SWEPT_MAX = 500


class Fulfilment:
    """`chase_after_s`: a parcel that has not moved for so long is booked again; longer than a carrier usually takes."""

    def __init__(
        self,
        *,
        orders: OrderStore,
        customers: CustomerStore,
        carrier: Carrier,
        clock: Clock,
        tally: Tally,
        chase_after_s: float,
    ) -> None:
        self._orders = orders
        self._customers = customers
        self._carrier = carrier
        self._clock = clock
        self._tally = tally
        self._chase_after_s = chase_after_s

    async def pack(self, event: Event) -> None:
        """On OrderPaid, of goods from abroad on OrderCleared: parcels for their warehouses.

        A doubled event makes them once; an order picked up in an outlet needs none.
        """

        async def decide(order: Order) -> Changes | None:
            if order.declared and not isinstance(event, OrderCleared):
                return None  # customs come first
            if order.state is not OrderState.PAID or await self._orders.parcels_of(order.order):
                return None
            waybill, city = await self._customers.waybill(order.buyer), await self._customers.city(order.buyer)
            parcels = parcels_for(order, self._carrier.name, waybill, city, self._clock())
            return changes.with_parcels(order, parcels) if parcels else None

        await self._change(event.order, decide)

    async def on_collected(self, parcel: str) -> bool:
        """The carrier's callback: it may have the parcel if that is sorted. The first parcel ships the order."""

        async def decide(order: Order) -> Changes | None:
            return changes.handed_over(order, await self._orders.parcel(parcel), self._clock())

        await self._change((await self._orders.parcel(parcel)).order, decide)
        return (await self._orders.parcel(parcel)).state in HANDED_OVER

    async def on_arrived(self, parcel: str) -> None:
        """The carrier's callback: the parcel is in the buyer's city."""

        async def decide(order: Order) -> Changes | None:
            return changes.arrived(order, await self._orders.parcel(parcel), self._clock())

        await self._change((await self._orders.parcel(parcel)).order, decide)

    async def on_delivered(self, parcel: str) -> None:
        """The carrier's callback. The last parcel delivers the order."""

        async def decide(order: Order) -> Changes | None:
            return changes.delivered(order, await self._orders.parcels_of(order.order), parcel, self._clock())

        await self._change((await self._orders.parcel(parcel)).order, decide)

    async def shipments(self, buyer: str, order: str) -> tuple[Parcel, ...]:
        """The parcels of the buyer's own order; another's is UnknownOrder."""
        if (await self._orders.order(order)).buyer != buyer:
            raise UnknownOrder(f"no order {order}")
        return await self._orders.parcels_of(order)

    async def tracked(self, buyer: str, parcel: str) -> Parcel:
        """A parcel of an order of the buyer's own; another's is NotFound, so that ids tell nothing."""
        found = await self._orders.parcel(parcel)
        if (await self._orders.order(found.order)).buyer != buyer:
            raise NotFound(f"no parcel {parcel}")
        return found

    async def sweep(self) -> int:
        """Book again what has not moved for `chase_after_s`: a callback may have been lost. How many."""
        idle = await self._orders.parcels_under_way(self._clock() - self._chase_after_s, SWEPT_MAX)
        for parcel in idle:
            try:
                await self._carrier.book(parcel.parcel, parcel.road_km)
            except Exception as error:
                log.warning("%s could not be booked: %r", parcel.parcel, error)  # the next sweep looks again
        return len(idle)

    async def _change(self, name: str, decide: Callable[[Order], Awaitable[Changes | None]]) -> None:
        """Read the order, then decide, then commit; when the order changed meanwhile, do it all again."""
        for _ in range(TRIES):
            order = await self._orders.order(name)
            decided = await decide(order)
            if decided is None:
                return
            try:
                await self._orders.commit(decided)
            except VersionConflict:
                continue
            for parcel in decided.parcels:
                self._tally.parcel(parcel.state.value)
            if decided.order is not None and decided.order.state is not order.state:
                self._tally.order(decided.order.state.value)
            return
        raise Overloaded("this order is being worked on")
