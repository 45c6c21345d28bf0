from __future__ import annotations

import random
from collections import Counter
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.shop.popularity import Popularity, popularity_of

DRAWS = 40_000


def counted(popularity: Popularity, seed: int = 11) -> Counter[int]:
    rng = random.Random(seed)
    return Counter(popularity.draw(rng) for _ in range(DRAWS))


@pytest.mark.parametrize(("exponent", "hot_share"), [(0.6, 0.0), (0.9, 0.05), (1.1, 0.3), (0.0, 0.0)])
def test_each_rank_is_drawn_as_often_as_its_share_says(exponent: float, hot_share: float) -> None:
    popularity = Popularity(1000, exponent, hot_share)
    seen = counted(popularity)
    for rank in (1, 2, 3, 10, 100):
        expected = DRAWS * popularity.share(rank)
        assert seen[rank] == pytest.approx(expected, abs=5 * sqrt(expected) + 1), rank


def test_without_a_hot_item_the_second_is_wanted_half_as_often_at_exponent_one() -> None:
    popularity = Popularity(100, exponent=1.0, hot_share=0.0)
    assert popularity.share(2) == pytest.approx(popularity.share(1) / 2)
    assert popularity.share(100) == pytest.approx(popularity.share(1) / 100)


def test_the_hot_item_has_its_own_share_on_top_of_zipf() -> None:
    plain, hot = Popularity(500, 0.9, 0.0), Popularity(500, 0.9, 0.25)
    assert hot.share(1) == pytest.approx(0.25 + 0.75 * plain.share(1))
    assert hot.share(7) == pytest.approx(0.75 * plain.share(7))


def test_a_hot_share_of_one_is_a_shop_with_one_item_worth_having() -> None:
    assert set(counted(Popularity(50, 0.9, 1.0))) == {1}


def test_exponent_zero_makes_all_items_alike() -> None:
    popularity = Popularity(20, exponent=0.0, hot_share=0.0)
    assert {round(popularity.share(rank), 12) for rank in range(1, 21)} == {0.05}


def test_the_same_seed_draws_the_same_items_and_another_seed_others() -> None:
    popularity = Popularity(1000)

    def draws(seed: int) -> list[int]:
        rng = random.Random(seed)
        return [popularity.draw(rng) for _ in range(50)]

    assert draws(11) == draws(11)
    assert draws(11) != draws(12)


class LastMoment(random.Random):
    """The largest float below one, every time: the draw that rounding could push past the last item."""

    def random(self) -> float:
        return 1 - 2**-53


@settings(max_examples=50)
@given(items=st.integers(1, 3000), exponent=st.floats(0, 3), hot_share=st.floats(0, 0.99))
def test_every_draw_is_an_item_of_the_catalogue(items: int, exponent: float, hot_share: float) -> None:
    popularity = Popularity(items, exponent, hot_share)
    rng = random.Random(items)
    assert all(1 <= popularity.draw(rng) <= items for _ in range(20))
    assert popularity.draw(LastMoment()) == items


@settings(max_examples=20)
@given(items=st.integers(1, 400), exponent=st.floats(0, 3), hot_share=st.floats(0, 1))
def test_the_shares_of_all_items_sum_to_one(items: int, exponent: float, hot_share: float) -> None:
    popularity = Popularity(items, exponent, hot_share)
    assert sum(popularity.share(rank) for rank in range(1, items + 1)) == pytest.approx(1)


def test_the_weights_of_a_catalogue_are_summed_once_a_process() -> None:
    assert popularity_of(1234) is popularity_of(1234)


@pytest.mark.parametrize(
    ("items", "exponent", "hot_share"), [(0, 0.9, 0.1), (10, -0.1, 0.1), (10, 0.9, 1.1), (10, 0.9, -0.1)]
)
def test_nonsense_is_refused_in_words(items: int, exponent: float, hot_share: float) -> None:
    with pytest.raises(ValueError, match=r"item|Zipf"):
        Popularity(items, exponent, hot_share)
