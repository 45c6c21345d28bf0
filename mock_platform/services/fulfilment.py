"""Fulfilment: a paid order becomes one parcel per merchant, under masked waybills, and goes to the carrier."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from mock_platform.domain import changes
from mock_platform.domain.changes import Changes
from mock_platform.domain.errors import Overloaded, UnknownOrder, VersionConflict
from mock_platform.domain.events import Event
from mock_platform.domain.order import Order, OrderState
from mock_platform.domain.shipment import Parcel, ParcelState, packed, waybill_for
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
        """On OrderPaid: parcels, then the carrier. A doubled event packs once and books once."""

        async def decide(order: Order) -> Changes | None:
            if order.state is not OrderState.PAID or await self._orders.parcels_of(order.order):
                return None
            waybill = waybill_for(await self._customers.customer(order.buyer))
            return changes.packed(order, packed(order, self._carrier.name, waybill, self._clock()))

        await self._change(event.order, decide)
        for parcel in await self._orders.parcels_of(event.order):
            if parcel.state is ParcelState.CREATED:
                await self._carrier.book(parcel.parcel)

    async def on_collected(self, parcel: str) -> bool:
        """The carrier's callback: it may have the parcel unless it was recalled. The first parcel ships the order."""

        async def decide(order: Order) -> Changes | None:
            return changes.handed_over(order, await self._orders.parcel(parcel), self._clock())

        await self._change((await self._orders.parcel(parcel)).order, decide)
        return (await self._orders.parcel(parcel)).state is not ParcelState.RECALLED

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

    async def sweep(self) -> int:
        """Book again what has not moved for `chase_after_s`: a callback may have been lost. How many."""
        idle = await self._orders.parcels_under_way(self._clock() - self._chase_after_s, SWEPT_MAX)
        for parcel in idle:
            try:
                await self._carrier.book(parcel.parcel)
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
