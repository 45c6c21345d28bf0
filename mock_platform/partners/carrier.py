"""A carrier we pretend to call: it collects a booked parcel after a while and delivers it after another."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from functools import partial
from random import Random

from mock_platform.partners.diary import Diary
from mock_platform.protocols import Clock, OnCollected, OnDelivered


class SimulatedCarrier:
    """Set `on_collected` and `on_delivered` before the first booking. Times are lognormal around their medians.

    A parcel moves on only when the shop has heard of it: a callback that got lost is repeated when it is booked again.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        rng: Random,
        name: str = "Zero Express",
        collected_after_s: float = 1.0,
        delivered_after_s: float = 5.0,
        sigma: float = 0.3,
        deliveries: Callable[[int], int] = lambda planned: planned,
    ) -> None:
        self._clock = clock
        self._rng = rng
        self.name = name
        self._collected_after_s = collected_after_s
        self._delivered_after_s = delivered_after_s
        self._sigma = sigma
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
            self._note(self._delivered_after_s, self._deliver, parcel)
        else:
            self._note(self._collected_after_s, self._collect, parcel)

    def _note(self, median_s: float, visit: Callable[[str], Awaitable[None]], parcel: str) -> None:
        after_s = self._rng.lognormvariate(math.log(median_s), self._sigma) if median_s > 0 else 0.0
        self.diary.note(self._clock() + after_s, partial(visit, parcel))

    async def _collect(self, parcel: str) -> None:
        self._expected.discard(parcel)
        if self.on_collected is None:
            raise RuntimeError("a carrier needs somebody to call")
        for _ in range(self._deliveries(1)):
            if await self.on_collected(parcel):
                self._carried.add(parcel)
        if parcel in self._carried:
            await self.book(parcel)

    async def _deliver(self, parcel: str) -> None:
        self._expected.discard(parcel)
        if self.on_delivered is None:
            raise RuntimeError("a carrier needs somebody to call")
        for _ in range(self._deliveries(1)):
            await self.on_delivered(parcel)

    async def run(self) -> None:
        """Collect and deliver until cancelled."""
        await self.diary.run()
