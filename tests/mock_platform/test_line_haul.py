"""The line-haul: distances that are those of the map, and cities for everybody the seed makes up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_platform.domain.line_haul import IN_TOWN_KM, UNKNOWN_KM, WHERE, on_the_road_s, road_km
from mock_platform.domain.warehouse import CITIES
from mock_platform.seed import make_seed

PLACES = st.sampled_from([*WHERE])


@pytest.mark.parametrize(
    ("origin", "destination", "km"),
    [
        ("北京", "上海", 1_214),
        ("广州", "深圳", 140),
        ("成都", "重庆", 274),
        ("杭州", "乌鲁木齐", 4_461),
        ("武汉", "长沙", 334),
    ],
)
def test_roads_are_about_as_long_as_they_are(origin: str, destination: str, km: int) -> None:
    """`km` are those of the motorways, from the road atlas."""
    assert road_km(origin, destination) == pytest.approx(km, rel=0.16)


@given(PLACES, PLACES, PLACES)
def test_a_road_is_as_long_back_as_there_and_no_detour_is_shorter(one: str, other: str, third: str) -> None:
    assert road_km(one, other) == road_km(other, one) >= IN_TOWN_KM
    assert road_km(one, other) <= road_km(one, third) + road_km(third, other) + 2
    assert road_km(f"{one}市", other) == road_km(one, other)


def test_every_city_of_the_seeds_people_and_every_warehouses_is_on_the_map() -> None:
    people = make_seed(11, skus=5, merchants=1, customers=3_000).customers
    for city in {*(each.city for each in people), *CITIES.values()}:
        assert city.removesuffix("市") in WHERE, city
    assert len({*WHERE.values()}) == len(WHERE)
    assert all(18 < latitude < 54 and 73 < longitude < 135 for latitude, longitude in WHERE.values())


@pytest.mark.parametrize("nowhere", ["", "市", "Atlantis", "杭州市市"])
def test_where_nobody_knows_the_way_it_is_a_thousand_kilometres(nowhere: str) -> None:
    assert road_km("杭州市", nowhere) == road_km(nowhere, "杭州市") == UNKNOWN_KM == 1_000
    assert on_the_road_s(UNKNOWN_KM, 400.0) == 2.5
