"""Sorting: a warehouse picks and packs its parcels in a while, and sorts them one by one, as fast as its sorter can.

The queue is not ours: it is the parcels' state in the books, so that nothing is lost with us, nothing is kept twice,
and a recalled parcel is out of it at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from mock_platform.domain import changes
from mock_platform.domain.shipment import Parcel, ParcelState, Waiting
from mock_platform.domain.warehouse import CITIES, WAREHOUSES, sorted_at
from mock_platform.protocols import Carrier, Clock, OrderStore, Tally

log = logging.getLogger(__name__)

BATCH = 256
"""Parcels read and moved in one transaction."""


class Sorting:
    """All warehouses. `sorted_per_s` is what each one's sorter manages; picking and packing know no queue.

    Call `step` often. How often changes no instant in the books: a parcel is picked, packed and sorted when it was
    due, also when we come late to write it down.
    """

    def __init__(
        self,
        *,
        orders: OrderStore,
        carrier: Carrier,
        clock: Clock,
        tally: Tally,
        picked_after_s: float,
        packed_after_s: float,
        sorted_per_s: float,
    ) -> None:
        self._orders = orders
        self._carrier = carrier
        self._clock = clock
        self._tally = tally
        self._picked_after_s = picked_after_s
        self._packed_after_s = packed_after_s
        self.sorted_per_s = sorted_per_s
        # A sorter's time before we came is gone: it begins now, whatever waits.
        self._free_at = dict.fromkeys(CITIES, clock())
        self.latest_backlogs = dict.fromkeys(CITIES, 0)
        """As of the latest step, for who must not wait."""

    async def step(self) -> int:
        """Move what is due in every warehouse; how many moves. One warehouse's trouble is not another's."""
        moved = 0
        for each in WAREHOUSES:
            try:
                moved += await self._work(each.warehouse)
            except Exception as error:
                log.warning("warehouse %s had to stop: %r", each.warehouse, error)  # the next step looks again
            await asyncio.sleep(0)  # others on the loop get their turn
        self.latest_backlogs = await self.backlogs()
        return moved

    async def backlogs(self) -> dict[str, int]:
        """Parcels of each warehouse neither sorted nor recalled."""
        return await _backlogs(self._orders)

    async def _work(self, warehouse: str) -> int:
        """One batch of each kind at most; the next step goes on with the rest."""
        now = self._clock()
        picked = await self._take(warehouse, ParcelState.CREATED, ParcelState.PICKED, self._picked_after_s, now)
        packed = await self._take(warehouse, ParcelState.PICKED, ParcelState.PACKED, self._packed_after_s, now)
        return picked + packed + await self._sort(warehouse, now)

    async def _take(self, warehouse: str, state: ParcelState, to: ParcelState, after_s: float, now: float) -> int:
        due = await self._orders.parcels_waiting(warehouse, state, now - after_s, BATCH)
        return len(await self._move(due, [each.parcel.moved(to, each.parcel.since + after_s) for each in due]))

    async def _sort(self, warehouse: str, now: float) -> int:
        free_at = self._free_at[warehouse]
        slots = min(BATCH, int((now - free_at) * self.sorted_per_s))
        if slots < 1:
            return 0
        queue = await self._orders.parcels_waiting(warehouse, ParcelState.PACKED, now, slots)
        free_at = self._free_at[warehouse]  # again: nobody may spend the same time twice, whoever else took a step
        done_at = sorted_at([each.parcel.since for each in queue], free_at, self.sorted_per_s, now)
        if not done_at:
            return 0
        # Spent before it is written down: should that fail, capacity is lost, and never used twice.
        self._free_at[warehouse] = done_at[-1]
        queue = queue[: len(done_at)]
        sorted_ = [each.parcel.moved(ParcelState.SORTED, at) for each, at in zip(queue, done_at, strict=True)]
        moved = await self._move(queue, sorted_)
        for parcel in moved:
            await self._book(parcel)
        return len(moved)

    async def _book(self, parcel: Parcel) -> None:
        """Not reached, or in vain: the parcel waits for the carrier in our books, and fulfilment's sweep books it."""
        try:
            await self._carrier.book(parcel.parcel, parcel.road_km)
        except Exception as error:
            log.warning("%s could not be booked: %r", parcel.parcel, error)

    async def _move(self, waiting: Sequence[Waiting], parcels: Sequence[Parcel]) -> list[Parcel]:
        """Write the moves down, one commit an order; those made. An order that changed meanwhile is looked at again."""
        orders = {each.order.order: each.order for each in waiting}
        of_order: dict[str, list[Parcel]] = {}
        for parcel in parcels:
            of_order.setdefault(parcel.order, []).append(parcel)
        if not of_order:
            return []
        decided = [changes.with_parcels(orders[order], tuple(moved)) for order, moved in of_order.items()]
        made = await self._orders.commit_each(decided)
        moved = [parcel for each, is_made in zip(decided, made, strict=True) if is_made for parcel in each.parcels]
        for parcel in moved:
            self._tally.parcel(parcel.state.value)
        return moved


async def logistics_rows(
    orders: OrderStore, sorted_per_s: float, road_km_per_s: float
) -> dict[str, list[dict[str, Any]]]:
    """For the books: the warehouses, with the backlog as the queues have it, and how fast a line-haul is at most."""
    backlogs = await _backlogs(orders)
    return {
        "warehouses": [
            {
                "warehouse": each.warehouse,
                "city": each.city,
                "sorted_per_s": sorted_per_s,
                "backlog": backlogs[each.warehouse],
            }
            for each in WAREHOUSES
        ],
        "carrier_terms": [{"road_km_per_s": road_km_per_s}],
    }


async def _backlogs(orders: OrderStore) -> dict[str, int]:
    return dict.fromkeys(CITIES, 0) | dict(await orders.backlogs())
