"""A parcel: one merchant's lines of one order out of one warehouse, under a waybill that hides whom it is for.

created --> picked --> packed --> sorted --> in_transit --> arrived --> delivered
   `----------`----------`----------`--> recalled

From `in_transit` on the carrier has it and it is on its line-haul; until then it is ours, and a refund recalls it.
`arrived` is the station in the buyer's city, from where it is brought to the door.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
from msgspec.structs import replace

from mock_platform.domain.customer import Customer
from mock_platform.domain.errors import IllegalTransition
from mock_platform.domain.line_haul import road_km
from mock_platform.domain.order import Order
from mock_platform.domain.personal_data import masked_address, masked_name, masked_phone
from mock_platform.domain.warehouse import CITIES, stocked_in


class ParcelState(StrEnum):
    CREATED = "created"
    PICKED = "picked"
    PACKED = "packed"
    SORTED = "sorted"
    IN_TRANSIT = "in_transit"
    ARRIVED = "arrived"
    DELIVERED = "delivered"
    RECALLED = "recalled"


MOVES: dict[ParcelState, frozenset[ParcelState]] = {
    ParcelState.CREATED: frozenset({ParcelState.PICKED, ParcelState.RECALLED}),
    ParcelState.PICKED: frozenset({ParcelState.PACKED, ParcelState.RECALLED}),
    ParcelState.PACKED: frozenset({ParcelState.SORTED, ParcelState.RECALLED}),
    ParcelState.SORTED: frozenset({ParcelState.IN_TRANSIT, ParcelState.RECALLED}),
    ParcelState.IN_TRANSIT: frozenset({ParcelState.ARRIVED}),
    ParcelState.ARRIVED: frozenset({ParcelState.DELIVERED}),
    ParcelState.DELIVERED: frozenset(),
    ParcelState.RECALLED: frozenset(),
}
BACKLOG = frozenset({ParcelState.CREATED, ParcelState.PICKED, ParcelState.PACKED})
"""Still before the warehouse's sorter."""
CARRIERS_TURN = frozenset({ParcelState.SORTED, ParcelState.IN_TRANSIT, ParcelState.ARRIVED})
"""Waiting for the carrier, or with it."""
ENDED = frozenset({ParcelState.DELIVERED, ParcelState.RECALLED})
HANDED_OVER = frozenset({ParcelState.IN_TRANSIT, ParcelState.ARRIVED, ParcelState.DELIVERED})


class ParcelLine(msgspec.Struct, frozen=True, gc=False):
    sku: str
    quantity: int


class Waybill(msgspec.Struct, frozen=True, gc=False):
    """Masked already: the plain name, phone and address never enter a parcel."""

    name: str
    phone: str
    address: str


class Parcel(msgspec.Struct, frozen=True, gc=False):
    parcel: str
    order: str
    merchant: str
    warehouse: str
    city: str
    """Where it is bound for; empty where nobody knows it any more."""
    carrier: str
    waybill: Waybill
    lines: tuple[ParcelLine, ...]
    state: ParcelState
    history: tuple[tuple[str, float], ...]

    @property
    def since(self) -> float:
        """When it came to where it is."""
        return self.history[-1][1]

    @property
    def road_km(self) -> int:
        """How long its line-haul is."""
        return road_km(CITIES[self.warehouse], self.city)

    def moved(self, to: ParcelState, at: float) -> Parcel:
        if to not in MOVES[self.state]:
            raise IllegalTransition(f"parcel {self.parcel} is {self.state.value}, it cannot become {to.value}")
        return replace(self, state=to, history=(*self.history, (to.value, at)))


class Waiting(msgspec.Struct, frozen=True, gc=False):
    """A parcel that waits for its next move, and its order, both as they are at one instant."""

    order: Order
    parcel: Parcel


def waybill_for(customer: Customer) -> Waybill:
    return Waybill(masked_name(customer.name), masked_phone(customer.phone), masked_address(customer.address))


def parcels_for(order: Order, carrier: str, waybill: Waybill, city: str, at: float) -> tuple[Parcel, ...]:
    """One parcel per merchant and warehouse, every line in exactly one; none for an order picked up in an outlet.

    Ids follow from the order's: made twice, they are the same.
    """
    if order.outlet is not None:
        return ()
    split: dict[tuple[str, str], list[ParcelLine]] = {}
    for line in order.lines:
        where = line.merchant, stocked_in(line.merchant, line.sku)
        split.setdefault(where, []).append(ParcelLine(line.sku, line.quantity))
    return tuple(
        Parcel(
            f"{order.order}-{number}",
            order.order,
            merchant,
            warehouse,
            city,
            carrier,
            waybill,
            tuple(lines),
            ParcelState.CREATED,
            (("created", at),),
        )
        for number, ((merchant, warehouse), lines) in enumerate(split.items(), start=1)
    )
