"""The simulated carrier: it collects, then delivers, and moves on only when the shop has heard of it."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from mock_platform.partners.carrier import CarrierBehaviour, SimulatedCarrier
from tests.mock_platform.core_world import FakeClock
from tests.mock_platform.interruptions import LineDropped

KM = 400
DELIVERED = ["O1-1 collected", "O1-1 arrived", "O1-1 delivered"]


class Shop:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.recalled = False
        self.fails = False

    async def on_collected(self, parcel: str) -> bool:
        if self.fails:
            raise LineDropped(parcel)
        self.said.append(f"{parcel} collected")
        return not self.recalled

    async def on_arrived(self, parcel: str) -> None:
        if self.fails:
            raise LineDropped(parcel)
        self.said.append(f"{parcel} arrived")

    async def on_delivered(self, parcel: str) -> None:
        if self.fails:
            raise LineDropped(parcel)
        self.said.append(f"{parcel} delivered")


class Road:
    """A carrier, its clock and its customer."""

    def __init__(self, times: int = 1, behaviour: CarrierBehaviour | None = None) -> None:
        self.clock, self.shop, self.times = FakeClock(), Shop(), times
        self.carrier = SimulatedCarrier(
            clock=self.clock,
            rng=Random(1),
            behaviour=behaviour,
            deliveries=lambda planned: planned * self.times,
        )
        self.carrier.on_collected, self.carrier.on_delivered = self.shop.on_collected, self.shop.on_delivered
        self.carrier.on_arrived = self.shop.on_arrived

    async def go_on(self, seconds: float) -> list[str]:
        self.clock.advance(seconds)
        await self.carrier.diary.step()
        return self.shop.said


async def test_a_booked_parcel_is_collected_hauled_and_delivered() -> None:
    road = Road()
    await road.carrier.book("O1-1", KM)
    assert await road.go_on(0.1) == []
    assert await road.go_on(3.0) == ["O1-1 collected"]
    assert await road.go_on(0.99) == ["O1-1 collected"], "400 km take a second at least"
    assert await road.go_on(0.31) == ["O1-1 collected", "O1-1 arrived"]
    assert await road.go_on(0.1) == ["O1-1 collected", "O1-1 arrived"]
    assert await road.go_on(20.0) == DELIVERED


@pytest.mark.parametrize("km", [0, 20, 4_000])
async def test_a_line_haul_takes_as_long_as_the_road_and_up_to_a_third_more(km: int) -> None:
    road = Road(behaviour=CarrierBehaviour(collected_after_s=0.0, delivered_after_s=1e6))
    for number in range(50):
        await road.carrier.book(f"O{number}-1", km)
    await road.go_on(0.0)
    await road.go_on(km / 400.0 - 1e-6)
    assert km == 0 or sum(news.endswith("arrived") for news in road.shop.said) == 0
    await road.go_on(km / 400.0 * 0.15 + 1e-6)
    assert km == 0 or 10 < sum(news.endswith("arrived") for news in road.shop.said) < 40
    await road.go_on(km / 400.0 * 0.15)
    assert sum(news.endswith("arrived") for news in road.shop.said) == 50


async def test_booked_twice_it_is_carried_once() -> None:
    road = Road()
    for _ in range(3):
        await road.carrier.book("O1-1", KM)
    await road.go_on(3.0)
    await road.carrier.book("O1-1", KM)
    await road.go_on(2.0)
    await road.carrier.book("O1-1", KM)
    assert await road.go_on(20.0) == DELIVERED


async def test_a_recalled_parcel_is_left_where_it_is() -> None:
    road = Road()
    road.shop.recalled = True
    await road.carrier.book("O1-1", KM)
    await road.go_on(3.0)
    assert await road.go_on(60.0) == ["O1-1 collected"]


@pytest.mark.parametrize("trouble", ["lost", "failed"])
async def test_news_that_got_lost_are_told_again_when_booked_again(trouble: str) -> None:
    road = Road()
    for after_s, news in ((3.0, "O1-1 collected"), (3.0, "O1-1 arrived"), (20.0, "O1-1 delivered")):
        road.times, road.shop.fails = (0, False) if trouble == "lost" else (1, True)
        await road.carrier.book("O1-1", KM)
        assert news not in await road.go_on(after_s)
        assert news not in await road.go_on(60.0), "nobody tells it unasked"
        road.times, road.shop.fails = 1, False
        await road.carrier.book("O1-1", KM)
        assert news in await road.go_on(after_s)
        road.times = 0  # or the next news would be told before the test has lost them


async def test_doubled_news_do_not_double_the_journey() -> None:
    road = Road(times=2)
    await road.carrier.book("O1-1", KM)
    await road.go_on(3.0)
    await road.go_on(3.0)
    assert await road.go_on(60.0) == [news for news in DELIVERED for _ in range(2)]


async def test_lost_callbacks_are_told_when_booked_again() -> None:
    road = Road(behaviour=CarrierBehaviour(lost=1.0))
    await road.carrier.book("O1-1", KM)
    assert await road.go_on(60.0) == []
    road.carrier.behaviour = CarrierBehaviour()
    await road.carrier.book("O1-1", KM)
    assert await road.go_on(3.0) == ["O1-1 collected"]


async def test_late_callbacks_come_up_to_so_much_later() -> None:
    road = Road(behaviour=CarrierBehaviour(collected_after_s=0.0, late=1.0, late_s=10.0))
    for number in range(50):
        await road.carrier.book(f"O{number}-1", KM)
    await road.carrier.diary.step()
    assert road.shop.said == []
    early = [news for news in await road.go_on(5.0) if news.endswith("collected")]
    assert 10 < len(early) < 40
    assert sum(news.endswith("collected") for news in await road.go_on(5.0)) == 50


async def test_a_doubled_callback_that_comes_after_the_delivery_starts_no_second_journey() -> None:
    ways = CarrierBehaviour(collected_after_s=0.0, delivered_after_s=0.1, late=0.5, late_s=30.0, doubled=1.0)
    road = Road(behaviour=ways)
    for number in range(50):
        await road.carrier.book(f"O{number}-1", KM)
    for _ in range(100):
        await road.go_on(1.0)
    said = Counter(road.shop.said)
    assert set(said.values()) == {2} and len(said) == 150
    first_word = {news: road.shop.said.index(news) for news in said}
    last_word = {news: index for index, news in enumerate(road.shop.said)}
    overtaken = [n for n in range(50) if last_word[f"O{n}-1 collected"] > first_word[f"O{n}-1 delivered"]]
    assert overtaken, "some second word of the collection came after the first of the delivery"
