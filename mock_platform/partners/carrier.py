"""A carrier we pretend to call: it collects a parcel, hauls and delivers it, and says so late, twice or never."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import IntEnum
from functools import partial
from random import Random

import msgspec

from mock_platform.domain.line_haul import on_the_road_s
from mock_platform.partners.diary import Diary
from mock_platform.protocols import Clock, OnArrived, OnCollected, OnDelivered


class CarrierBehaviour(msgspec.Struct, frozen=True):
    """Rates are shares of 1, of callbacks. Collecting and delivering are lognormal around their medians."""

    collected_after_s: float = 1.0
    road_km_per_s: float = 400.0
    """Of a lorry that is never held up."""
    held_up_share: float = 0.3
    """Up to how much longer than that a line-haul takes."""
    delivered_after_s: float = 2.0
    sigma: float = 0.3
    late: float = 0.0
    late_s: float = 3.0
    """A late callback comes up to this much later."""
    lost: float = 0.0
    doubled: float = 0.0


class Leg(IntEnum):
    """What the carrier does with a parcel next."""

    COLLECT = 0
    HAUL = 1
    DELIVER = 2


class SimulatedCarrier:
    """Set the three callbacks before the first booking; assign to `behaviour` to change its ways.

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
        self.on_arrived: OnArrived | None = None
        self.on_delivered: OnDelivered | None = None
        self.diary = Diary(clock)
        self._expected: set[str] = set()
        """Parcels with a visit in the diary."""
        self._legs: dict[str, Leg] = {}

    async def book(self, parcel: str, road_km: int) -> None:
        if parcel in self._expected:
            return
        self._expected.add(parcel)
        leg = self._legs.setdefault(parcel, Leg.COLLECT)
        self.diary.note(self._clock() + self._takes_s(leg, road_km), partial(self._visit, parcel, road_km, leg))

    def _takes_s(self, leg: Leg, road_km: int) -> float:
        ways = self.behaviour
        if leg is Leg.HAUL:
            return on_the_road_s(road_km, ways.road_km_per_s) * (1.0 + self._rng.random() * ways.held_up_share)
        median_s = ways.collected_after_s if leg is Leg.COLLECT else ways.delivered_after_s
        return self._rng.lognormvariate(math.log(median_s), ways.sigma) if median_s > 0 else 0.0

    async def _visit(self, parcel: str, road_km: int, leg: Leg) -> None:
        """Tell the shop, as often as the line carries it; each call may be late on its own."""
        self._expected.discard(parcel)
        ways = self.behaviour
        planned = 0 if self._rng.random() < ways.lost else 2 if self._rng.random() < ways.doubled else 1
        for _ in range(self._deliveries(planned)):
            if self._rng.random() < ways.late:
                self.diary.note(
                    self._clock() + self._rng.random() * ways.late_s, partial(self._tell, parcel, road_km, leg)
                )
            else:
                await self._tell(parcel, road_km, leg)

    async def _tell(self, parcel: str, road_km: int, leg: Leg) -> None:
        if not await self._heard(parcel, leg) or self._legs[parcel] is not leg or leg is Leg.DELIVER:
            return
        self._legs[parcel] = Leg(leg + 1)
        await self.book(parcel, road_km)

    async def _heard(self, parcel: str, leg: Leg) -> bool:
        """Whether the shop has taken note, so that the parcel may move on."""
        if self.on_collected is None or self.on_arrived is None or self.on_delivered is None:
            raise RuntimeError("a carrier needs somebody to call")
        if leg is Leg.COLLECT:
            return await self.on_collected(parcel)
        await (self.on_arrived if leg is Leg.HAUL else self.on_delivered)(parcel)
        return True

    async def run(self) -> None:
        """Collect, haul and deliver until cancelled."""
        await self.diary.run()
