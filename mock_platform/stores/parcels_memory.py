"""Parcels in memory: the part of the order store that knows where each stands. Nothing suspends.

What warehouses and the carrier look for stands in queues of its own, oldest first, so that nothing reads all parcels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from mock_platform.domain.errors import NotFound
from mock_platform.domain.shipment import BACKLOG, CARRIERS_TURN, Parcel, ParcelState


class MemoryParcels:
    def __init__(self) -> None:
        self._parcels: dict[str, Parcel] = {}
        self._of_order: dict[str, tuple[str, ...]] = {}
        self._queues: dict[tuple[str, ParcelState], dict[str, None]] = {}
        """By warehouse and state, as far as they are before the sorter."""
        self._carriers_turn: dict[str, None] = {}

    def put(self, parcels: Sequence[Parcel]) -> None:
        """Parcels of one order, new or moved."""
        for parcel in parcels:
            name = parcel.parcel
            before = self._parcels.get(name)
            if before is not None:
                self._leave(before)
            self._parcels[name] = parcel
            if parcel.state in BACKLOG:
                self._queues.setdefault((parcel.warehouse, parcel.state), {})[name] = None
            elif parcel.state in CARRIERS_TURN:
                self._carriers_turn[name] = None
        order = parcels[0].order
        known = self._of_order.get(order, ())
        if new := tuple([parcel.parcel for parcel in parcels if parcel.parcel not in known]):
            self._of_order[order] = known + new

    def _leave(self, parcel: Parcel) -> None:
        if parcel.state in BACKLOG:
            self._queues[parcel.warehouse, parcel.state].pop(parcel.parcel, None)
        else:
            self._carriers_turn.pop(parcel.parcel, None)

    def parcel(self, parcel: str) -> Parcel:
        found = self._parcels.get(parcel)
        if found is None:
            raise NotFound(f"no parcel {parcel}")
        return found

    def of_order(self, order: str) -> tuple[Parcel, ...]:
        return tuple([self._parcels[parcel] for parcel in self._of_order.get(order, ())])

    def waiting(self, warehouse: str, state: ParcelState, before: float, limit: int) -> list[Parcel]:
        return self._oldest(self._queues.get((warehouse, state), ()), before, limit)

    def under_way(self, before: float, limit: int) -> list[Parcel]:
        return self._oldest(self._carriers_turn, before, limit)

    def _oldest(self, names: Iterable[str], before: float, limit: int) -> list[Parcel]:
        oldest = [self._parcels[name] for name in islice(names, limit)]
        return [parcel for parcel in oldest if parcel.since <= before]

    def backlogs(self) -> dict[str, int]:
        sums: dict[str, int] = {}
        for (warehouse, _), queue in self._queues.items():
            sums[warehouse] = sums.get(warehouse, 0) + len(queue)
        return sums

    def parcels(self) -> list[Parcel]:
        return list(self._parcels.values())
