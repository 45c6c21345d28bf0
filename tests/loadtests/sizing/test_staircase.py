"""The search always ends, never takes more runs than allowed, and its bracket holds the truth."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.sizing.staircase import Outcome, Result, Search, bracket, next_rate, standings

searches = st.builds(
    Search,
    from_rate=st.floats(0.5, 500),
    step=st.floats(1.05, 4),
    tolerance=st.floats(0.01, 1),
    runs_max=st.integers(2, 40),
)
capacities = st.floats(0.1, 50_000)
seeds = st.integers(0, 2**32)


def searched(search: Search, shop: Callable[[float], Outcome]) -> list[Result]:
    """Every result of a search, which must end."""
    results: list[Result] = []
    while (rate := next_rate(search, results)) is not None:
        assert len(results) < search.runs_max
        assert math.isfinite(rate) and rate > 0
        results.append(Result(rate, shop(rate)))
    return results


def monotone(capacity: float) -> Callable[[float], Outcome]:
    return lambda rate: "holds" if rate <= capacity else "fails"


def noisy(capacity: float, spread: float, seed: int) -> Callable[[float], Outcome]:
    chance = random.Random(seed)
    return lambda rate: "holds" if rate <= capacity * math.exp(chance.gauss(0, spread)) else "fails"


@given(searches, capacities)
def test_the_bracket_of_a_monotone_shop_holds_its_capacity(search: Search, capacity: float) -> None:
    found = bracket(searched(search, monotone(capacity)))
    assert found.holds is None or found.holds <= capacity
    assert found.fails is None or found.fails > capacity
    assert found.unsettled == ()
    assert (found.holds is None) <= (capacity < search.from_rate)


@given(st.floats(1, 100), st.floats(1.2, 3), st.floats(0.02, 0.5), st.floats(1, 200))
def test_with_runs_enough_the_bracket_is_narrow_and_both_ends_were_tried_twice(
    first: float, step: float, tolerance: float, times: float
) -> None:
    found = bracket(searched(Search(first, step, tolerance, 100), monotone(first * times)))
    assert found.holds is not None and found.fails is not None
    assert found.fails / found.holds <= 1 + tolerance + 1e-9
    assert found.settled


@given(searches, capacities, st.floats(0, 0.5), seeds)
def test_a_noisy_shop_gets_a_bracket_whose_ends_were_of_one_mind(
    search: Search, capacity: float, spread: float, seed: int
) -> None:
    results = searched(search, noisy(capacity, spread, seed))
    found, known = bracket(results), standings(results)
    if found.holds is not None:
        assert known[found.holds] == "holds"
        assert all(known[rate] == "holds" for rate in known if rate < found.holds)
    if found.fails is not None:
        assert known[found.fails] == "fails"
        assert all(known[rate] == "fails" for rate in known if rate > found.fails)
    if found.holds is not None and found.fails is not None:
        assert found.holds < found.fails
        assert all(found.holds < rate < found.fails for rate in found.unsettled)


@given(searches, capacities, capacities, st.floats(0, 0.3), st.floats(0, 1), seeds)
def test_it_ends_whatever_shop_and_generator_do(
    search: Search, capacity: float, ceiling: float, spread: float, hiccups: float, seed: int
) -> None:
    chance, shop = random.Random(seed), noisy(capacity, spread, seed)

    def run(rate: float) -> Outcome:
        return "generator" if rate > ceiling or chance.random() < hiccups else shop(rate)

    results = searched(search, run)
    assert 1 <= len(results) <= search.runs_max


@given(st.floats(1, 100), st.floats(1, 100))
def test_a_generator_that_gives_in_first_leaves_an_at_least(first: float, times: float) -> None:
    ceiling = first * times

    def run(rate: float) -> Outcome:
        return "generator" if rate > ceiling else "holds"

    found = bracket(searched(Search(first, runs_max=60), run))
    assert found.fails is None and found.holds is not None and found.generator is not None
    assert found.holds <= ceiling < found.generator
    assert found.generator / found.holds <= 1.1 + 1e-9


def rates(search: Search, outcomes: Sequence[Outcome]) -> list[float]:
    """The rates asked for while the shop answers in this order."""
    results: list[Result] = []
    for outcome in outcomes:
        rate = next_rate(search, results)
        assert rate is not None
        results.append(Result(rate, outcome))
    last = next_rate(search, results)
    return [result.rate for result in results] + ([] if last is None else [last])


@pytest.mark.parametrize(
    ("outcomes", "asked"),
    [
        ([], [40]),
        (["holds", "holds"], [40, 60, 90]),
        (["holds", "holds", "fails"], [40, 60, 90, 73.48]),
        (["holds", "fails", "holds", "holds", "holds"], [40, 60, 48.99, 54.22, 57.04, 60]),
        (["holds", "fails", "holds", "holds", "holds", "fails", "holds"], [40, 60, 48.99, 54.22, 57.04, 60, 57.04]),
        (["fails"], [40, 40]),
        (["fails", "fails"], [40, 40]),
        (["fails", "holds"], [40, 40]),
        (["holds", "generator"], [40, 60, 60]),
        (["holds", "generator", "holds"], [40, 60, 60, 90]),
        (["holds", "generator", "generator"], [40, 60, 60, 48.99]),
        (["generator", "generator"], [40, 40]),
    ],
)
def test_what_is_probed_next(outcomes: list[Outcome], asked: list[float]) -> None:
    assert rates(Search(40), outcomes) == asked


def test_a_rate_of_two_minds_widens_the_bracket() -> None:
    told: list[tuple[float, Outcome]] = [(40, "holds"), (60, "holds"), (66, "fails"), (60, "fails"), (66, "fails")]
    found = bracket([Result(rate, outcome) for rate, outcome in told])
    assert (found.holds, found.unsettled, found.fails) == (40, (60,), 66)
    assert not found.settled


def test_a_rate_that_held_once_above_one_that_failed_is_not_believed() -> None:
    told: list[tuple[float, Outcome]] = [(40, "holds"), (50, "fails"), (60, "holds"), (70, "fails")]
    found = bracket([Result(rate, outcome) for rate, outcome in told])
    assert (found.holds, found.fails) == (40, 70)


def test_the_last_runs_are_kept_for_trying_the_ends_again() -> None:
    results = searched(Search(10, 3, 0.01, 6), monotone(25))
    assert len(results) == 6
    assert bracket(results).settled


@pytest.mark.parametrize(
    "wrong",
    [{"from_rate": 0}, {"from_rate": -1}, {"from_rate": math.nan}, {"from_rate": 1e9}, {"step": 1}, {"step": 11},
     {"tolerance": 0}, {"tolerance": 1.5}, {"runs_max": 1}, {"runs_max": 1000}],
)  # fmt: skip
def test_what_leads_nowhere_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"search|step|tolerance"):
        Search(**{"from_rate": 10, **wrong})  # type: ignore[arg-type]
