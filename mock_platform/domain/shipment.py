"""A parcel: one merchant's lines of one order, under a waybill that hides whom it is for.

created --> handed_over --> delivered
   `--> recalled
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
from msgspec.structs import replace

from mock_platform.domain.customer import Customer
from mock_platform.domain.errors import IllegalTransition
from mock_platform.domain.order import Order
from mock_platform.domain.personal_data import masked_address, masked_name, masked_phone


class ParcelState(StrEnum):
    CREATED = "created"
    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"
    RECALLED = "recalled"


MOVES: dict[ParcelState, frozenset[ParcelState]] = {
    ParcelState.CREATED: frozenset({ParcelState.HANDED_OVER, ParcelState.RECALLED}),
    ParcelState.HANDED_OVER: frozenset({ParcelState.DELIVERED}),
    ParcelState.DELIVERED: frozenset(),
    ParcelState.RECALLED: frozenset(),
}


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
    carrier: str
    waybill: Waybill
    lines: tuple[ParcelLine, ...]
    state: ParcelState
    history: tuple[tuple[str, float], ...]

    def moved(self, to: ParcelState, at: float) -> Parcel:
        if to not in MOVES[self.state]:
            raise IllegalTransition(f"parcel {self.parcel} is {self.state.value}, it cannot become {to.value}")
        return replace(self, state=to, history=(*self.history, (to.value, at)))


def waybill_for(customer: Customer) -> Waybill:
    return Waybill(masked_name(customer.name), masked_phone(customer.phone), masked_address(customer.address))


def packed(order: Order, carrier: str, waybill: Waybill, at: float) -> tuple[Parcel, ...]:
    """One parcel per merchant, every line in exactly one. Ids follow from the order's: packing twice names the same."""
    by_merchant: dict[str, list[ParcelLine]] = {}
    for line in order.lines:
        by_merchant.setdefault(line.merchant, []).append(ParcelLine(line.sku, line.quantity))
    return tuple(
        Parcel(
            f"{order.order}-{number}",
            order.order,
            merchant,
            carrier,
            waybill,
            tuple(lines),
            ParcelState.CREATED,
            (("created", at),),
        )
        for number, (merchant, lines) in enumerate(by_merchant.items(), start=1)
    )
