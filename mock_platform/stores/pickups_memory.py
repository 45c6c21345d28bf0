"""Pick-ups in memory: part of the order store, written by its commits alone. Nothing suspends."""

from __future__ import annotations

from itertools import islice

from mock_platform.domain.pickup import Pickup, PickupState


class MemoryPickups:
    def __init__(self) -> None:
        self._pickups: dict[str, Pickup] = {}
        """By order: there is one for each."""
        self._orders: dict[str, str] = {}
        """By the digest of the code."""
        self._waiting: dict[str, None] = {}
        """Orders whose goods wait. All wait equally long, so the first to come is the first to expire."""

    def put(self, pickup: Pickup) -> None:
        self._pickups[pickup.order] = pickup
        self._orders[pickup.digest] = pickup.order
        if pickup.state is PickupState.WAITING:
            self._waiting[pickup.order] = None
        else:
            self._waiting.pop(pickup.order, None)

    async def pickup(self, order: str) -> Pickup | None:
        return self._pickups.get(order)

    async def found(self, digest: str) -> Pickup | None:
        order = self._orders.get(digest)
        return None if order is None else self._pickups[order]

    async def overdue(self, now: float, limit: int) -> list[Pickup]:
        oldest = islice((self._pickups[order] for order in self._waiting), limit)
        return [pickup for pickup in oldest if pickup.collect_before <= now]

    async def waiting(self) -> int:
        return len(self._waiting)

    async def pickups(self) -> list[Pickup]:
        return list(self._pickups.values())
