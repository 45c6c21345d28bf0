"""The books as typed values: all that stores have written down, at one instant."""

from __future__ import annotations

import msgspec

from mock_platform.domain.events import Event
from mock_platform.domain.idempotency import KeyRecord
from mock_platform.domain.ledger import Entry
from mock_platform.domain.order import Order
from mock_platform.domain.payment import Payment
from mock_platform.domain.reservation import Hold
from mock_platform.domain.shipment import Parcel


class Shelf(msgspec.Struct, frozen=True, gc=False):
    """The units of one SKU at one place."""

    sku: str
    place: str
    initial: int
    restocked: int
    free: int
    held: int
    sold: int


class StockBooks(msgspec.Struct, frozen=True):
    shelves: list[Shelf]
    holds: list[Hold]
    """Held and sold; what was given back is gone."""


class OrderBooks(msgspec.Struct, frozen=True):
    orders: list[Order]
    payments: list[Payment]
    parcels: list[Parcel]
    entries: list[Entry]
    keys: list[KeyRecord]
    """Those used for orders; payments carry their own."""
    events: list[Event]
    """Not acknowledged yet."""


class UnderWay(msgspec.Struct, frozen=True, gc=False):
    """How much still moves by itself."""

    events: int
    payments: int
