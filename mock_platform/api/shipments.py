"""/shipments: the parcels of the buyer's own order, under waybills that hide whom they are for."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mock_platform.api.route import Call, Route
from mock_platform.domain.shipment import Parcel, ParcelLine, ParcelState, Waybill
from mock_platform.services.fulfilment import Fulfilment


class ShipmentsAsked(msgspec.Struct, frozen=True):
    order: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class ParcelView(msgspec.Struct, frozen=True):
    parcel: str
    order: str
    merchant: str
    state: ParcelState
    carrier: str
    waybill: Waybill
    lines: tuple[ParcelLine, ...]


class ShipmentList(msgspec.Struct, frozen=True):
    shipments: tuple[ParcelView, ...]


def view(parcel: Parcel) -> ParcelView:
    return ParcelView(
        parcel.parcel, parcel.order, parcel.merchant, parcel.state, parcel.carrier, parcel.waybill, parcel.lines
    )


class Shipments:
    def __init__(self, fulfilment: Fulfilment) -> None:
        self._fulfilment = fulfilment

    async def list(self, call: Call) -> ShipmentList:
        asked: ShipmentsAsked = call.query
        parcels = await self._fulfilment.shipments(call.buyer, asked.order)
        return ShipmentList(tuple(view(parcel) for parcel in parcels))

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
        )
