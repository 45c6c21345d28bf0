"""Logistics' part of the books: parcels and warehouses as its rules and figures look at them."""

from __future__ import annotations

from collections.abc import Mapping

from mock_platform.audit.exported_books import Books
from mock_platform.audit.exported_rows import History, ParcelLineRow, Row
from mock_platform.domain.shipment import ParcelState


class TrackedRow(Row, frozen=True, gc=False):
    """A parcel, as logistics look at it."""

    parcel: str
    order: str
    merchant: str
    warehouse: str
    state: str
    lines: list[ParcelLineRow]
    history: History
    city: str = ""

    def came_to(self, state: ParcelState) -> float | None:
        return next((at for step, at in self.history if step == state), None)


class CarrierTermsRow(Row, frozen=True, gc=False):
    road_km_per_s: float


class WarehouseRow(Row, frozen=True, gc=False):
    warehouse: str
    sorted_per_s: float
    backlog: int


def parcels_of(books: Books) -> list[TrackedRow]:
    return books.table("parcels", TrackedRow)


def warehouses_of(books: Books) -> list[WarehouseRow]:
    return books.table("warehouses", WarehouseRow)


def sorted_in(books: Books) -> Mapping[str, list[float]]:
    """Per warehouse, when its parcels were sorted, in order of time."""
    instants: dict[str, list[float]] = {}
    for parcel in parcels_of(books):
        if (at := parcel.came_to(ParcelState.SORTED)) is not None:
            instants.setdefault(parcel.warehouse, []).append(at)
    return {warehouse: sorted(listed) for warehouse, listed in instants.items()}
