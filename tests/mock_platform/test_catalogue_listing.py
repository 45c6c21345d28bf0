"""Searches while merchants list and reprice: what is kept says what looking again would say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_platform.domain.errors import UnknownSku
from mock_platform.domain.sku import Sku
from mock_platform.stores.catalogue_memory import MemoryCatalogue
from tests.mock_platform.interruptions import run

WORDS = ("白酒", "白酒酒水", "窖藏白酒", "酒水", "tea", "Tea", "新品", "白 酒", "x")
TITLES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
SEARCHES = st.tuples(st.sampled_from(("", *WORDS, "白酒 tea", "藏白", "白酒水")), st.sampled_from(("", "a", "b")))
LISTED = st.lists(st.tuples(TITLES, st.sampled_from("ab"), st.integers(1, 9)), max_size=6)


def sku(number: int, title: str, category: str, price_fen: int) -> Sku:
    return Sku(f"S{number}", title, category, "M1", price_fen)


def found(catalogue: MemoryCatalogue, text: str, category: str) -> list[Sku]:
    return list(run(catalogue.search(text, category, 1, 100)).items)


@given(LISTED, LISTED, st.lists(SEARCHES, max_size=6), st.lists(st.integers(0, 11), max_size=4))
def test_kept_searches_are_what_a_fresh_look_finds(
    before: list[tuple[str, str, int]],
    during: list[tuple[str, str, int]],
    searches: list[tuple[str, str]],
    repriced: list[int],
) -> None:
    seeded = [sku(number, *each) for number, each in enumerate(before)]
    listed = [sku(len(before) + number, *each) for number, each in enumerate(during)]
    busy, fresh = MemoryCatalogue(), MemoryCatalogue()
    run(busy.put_skus(seeded))
    for search in searches:
        found(busy, *search)
    for each in listed:
        run(busy.list_sku(each, 1.0))
    now = [*seeded, *listed]
    for at in repriced:
        if at < len(now):
            now[at] = run(busy.reprice(now[at].sku, 77, 2.0))
    run(fresh.put_skus(now))
    for search in searches:
        assert found(busy, *search) == found(fresh, *search)


def test_listed_twice_is_listed_once_and_keeps_the_price_it_has_come_to() -> None:
    catalogue = MemoryCatalogue()
    new = sku(1, "tea", "a", 100)
    assert run(catalogue.list_sku(new, 1.0)).price_fen == 100
    run(catalogue.reprice("S1", 120, 2.0))
    assert run(catalogue.list_sku(new, 3.0)).price_fen == 120
    assert run(catalogue.price_list("S1")).prices == ((1.0, 100), (2.0, 120))
    assert [each.sku for each in found(catalogue, "tea", "")] == ["S1"]
    assert run(catalogue.skus_of("M1", 1, 20)).total == 1
    assert run(catalogue.skus_of("M2", 1, 20)).items == ()


def test_a_price_and_its_place_in_the_list_change_together() -> None:
    catalogue = MemoryCatalogue()
    run(catalogue.put_skus([sku(1, "tea", "a", 100)]))
    assert run(catalogue.price_list("S1")).prices == ((0.0, 100),)
    run(catalogue.reprice("S1", 100, 5.0))
    assert run(catalogue.price_list("S1")).prices == ((0.0, 100),)
    run(catalogue.reprice("S1", 90, 6.0))
    assert run(catalogue.sku("S1")).price_fen == 90
    assert [each.prices for each in run(catalogue.price_lists())] == [((0.0, 100), (6.0, 90))]
    with pytest.raises(UnknownSku):
        run(catalogue.reprice("S9", 90, 6.0))


def test_a_new_sku_joins_no_search_whose_words_stand_apart_in_its_title() -> None:
    catalogue = MemoryCatalogue()
    assert found(catalogue, "白酒水", "") == []
    run(catalogue.list_sku(sku(1, "白酒 酒水", "a", 100), 1.0))
    run(catalogue.list_sku(sku(2, "白酒水", "b", 100), 1.0))
    assert [each.sku for each in found(catalogue, "白酒水", "")] == ["S2"]
    assert found(catalogue, "白酒水", "a") == []
