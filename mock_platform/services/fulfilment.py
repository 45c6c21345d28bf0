"""Fulfilment: a paid order becomes one parcel per merchant, under masked waybills, and goes to the carrier."""

from __future__ import annotations

from mock_platform.domain.events import Event
from mock_platform.domain.shipment import Parcel
from mock_platform.protocols import Carrier, Clock, CustomerStore, OrderStore, Tally


class Fulfilment:
    def __init__(
        self,
        *,
        orders: OrderStore,
        customers: CustomerStore,
        carrier: Carrier,
        clock: Clock,
        tally: Tally,
    ) -> None: ...

    async def pack(self, event: Event) -> None:
        """On OrderPaid: parcels, then the carrier. Doubled events pack once."""

    async def on_collected(self, parcel: str) -> bool:
        """The carrier's callback: it may have the parcel unless it was recalled. The first parcel ships the order."""

    async def on_delivered(self, parcel: str) -> None:
        """The carrier's callback. The last parcel delivers the order."""

    async def shipments(self, buyer: str, order: str) -> tuple[Parcel, ...]:
        """The parcels of the buyer's own order; another's is UnknownOrder."""
