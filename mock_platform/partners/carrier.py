"""A carrier we pretend to call: it collects a booked parcel, delivers it, and says so late, twice or never."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from functools import partial
from random import Random

import msgspec

from mock_platform.partners.diary import Diary
from mock_platform.protocols import Clock, OnCollected, OnDelivered


class CarrierBehaviour(msgspec.Struct, frozen=True):
    """Rates are shares of 1, of callbacks. Journeys are lognormal around their medians."""

    collected_after_s: float = 1.0
    delivered_after_s: float = 5.0
    sigma: float = 0.3
    late: float = 0.0
    late_s: float = 3.0
    """A late callback comes up to this much later."""
    lost: float = 0.0
    doubled: float = 0.0


class SimulatedCarrier:
    """Set `on_collected` and `on_delivered` before the first booking; assign to `behaviour` to change its ways.

    A parcel moves on only when the shop has heard of it: a callback that got lost is repeated when it is booked again.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        rng: Random,
        name: str = "Zero Express",
        behaviour: CarrierBehaviour | None = None,
        deliveries: Callable[[int], int] = lambda planned: planned,
    ) -> None:
        self._clock = clock
        self._rng = rng
        self.name = name
        self.behaviour = behaviour or CarrierBehaviour()
        self._deliveries = deliveries
        self.on_collected: OnCollected | None = None
        self.on_delivered: OnDelivered | None = None
        self.diary = Diary(clock)
        self._expected: set[str] = set()
        """Parcels with a visit in the diary."""
        self._carried: set[str] = set()

    async def book(self, parcel: str) -> None:
        if parcel in self._expected:
            return
        self._expected.add(parcel)
        if parcel in self._carried:
            self._note(self.behaviour.delivered_after_s, self._tell_delivered, parcel)
        else:
            self._note(self.behaviour.collected_after_s, self._tell_collected, parcel)

    def _note(self, median_s: float, tell: Callable[[str], Awaitable[None]], parcel: str) -> None:
        after_s = self._rng.lognormvariate(math.log(median_s), self.behaviour.sigma) if median_s > 0 else 0.0
        self.diary.note(self._clock() + after_s, partial(self._visit, parcel, tell))

    async def _visit(self, parcel: str, tell: Callable[[str], Awaitable[None]]) -> None:
        """Tell the shop, as often as the line carries it; each call may be late on its own."""
        self._expected.discard(parcel)
        if self.on_collected is None or self.on_delivered is None:
            raise RuntimeError("a carrier needs somebody to call")
        ways = self.behaviour
        planned = 0 if self._rng.random() < ways.lost else 2 if self._rng.random() < ways.doubled else 1
        for _ in range(self._deliveries(planned)):
            if self._rng.random() < ways.late:
                self.diary.note(self._clock() + self._rng.random() * ways.late_s, partial(tell, parcel))
            else:
                await tell(parcel)

    async def _tell_collected(self, parcel: str) -> None:
        if self.on_collected is None or not await self.on_collected(parcel) or parcel in self._carried:
            return
        self._carried.add(parcel)
        await self.book(parcel)

    async def _tell_delivered(self, parcel: str) -> None:
        if self.on_delivered is not None:
            await self.on_delivered(parcel)

    async def run(self) -> None:
        """Collect and deliver until cancelled."""
        await self.diary.run()
