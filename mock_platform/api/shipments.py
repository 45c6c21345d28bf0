"""/shipments: the parcels of the buyer's own order, under waybills that hide whom they are for, and where each is."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mock_platform.api.route import Call, Route
from mock_platform.domain.shipment import Parcel, ParcelLine, ParcelState, Waybill
from mock_platform.domain.warehouse import CITIES
from mock_platform.services.fulfilment import Fulfilment


class ShipmentsAsked(msgspec.Struct, frozen=True):
    order: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class ParcelEvent(msgspec.Struct, frozen=True):
    """When a parcel came to a state: epoch seconds."""

    state: str
    at: float


class ParcelView(msgspec.Struct, frozen=True):
    parcel: str
    order: str
    merchant: str
    warehouse: str
    state: ParcelState
    carrier: str
    waybill: Waybill
    lines: tuple[ParcelLine, ...]
    events: tuple[ParcelEvent, ...]


class ShipmentList(msgspec.Struct, frozen=True):
    shipments: tuple[ParcelView, ...]


class Tracking(msgspec.Struct, frozen=True):
    """A parcel's way so far, the oldest event first."""

    parcel: str
    order: str
    state: ParcelState
    carrier: str
    warehouse: str
    city: str
    """Where it sets out."""
    destination: str
    """The city it is bound for."""
    events: tuple[ParcelEvent, ...]


def view(parcel: Parcel) -> ParcelView:
    return ParcelView(
        parcel.parcel,
        parcel.order,
        parcel.merchant,
        parcel.warehouse,
        parcel.state,
        parcel.carrier,
        parcel.waybill,
        parcel.lines,
        _events(parcel),
    )


def _events(parcel: Parcel) -> tuple[ParcelEvent, ...]:
    return tuple([ParcelEvent(state, at) for state, at in parcel.history])


class Shipments:
    def __init__(self, fulfilment: Fulfilment) -> None:
        self._fulfilment = fulfilment

    async def list(self, call: Call) -> ShipmentList:
        asked: ShipmentsAsked = call.query
        parcels = await self._fulfilment.shipments(call.buyer, asked.order)
        return ShipmentList(tuple(view(parcel) for parcel in parcels))

    async def track(self, call: Call) -> Tracking:
        parcel = await self._fulfilment.tracked(call.buyer, call.path["parcel"])
        return Tracking(
            parcel.parcel,
            parcel.order,
            parcel.state,
            parcel.carrier,
            parcel.warehouse,
            CITIES[parcel.warehouse],
            parcel.city,
            _events(parcel),
        )

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET",
                path="/shipments",
                handler=self.list,
                says="List the parcels of one of the buyer's own orders; none before it is paid.",
                gives=ShipmentList,
                query=ShipmentsAsked,
                refuses=("unknown_order",),
            ),
            Route(
                method="GET",
                path="/shipments/{parcel}/tracking",
                handler=self.track,
                says="Follow one of the buyer's own parcels: each step it took, and when.",
                gives=Tracking,
                refuses=("not_found",),
            ),
        )
