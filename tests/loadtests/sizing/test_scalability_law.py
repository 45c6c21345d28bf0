"""The law's parameters are found again, with errors that fit; a point not seen is predicted, a bad law owns up."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.sizing.scalability_law import FitError, Law, Point, draws, fit, try_on

LEVELS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)


def points(law: Law, noise: float = 0.0, seed: int = 0) -> list[Point]:
    chance = random.Random(seed)
    return [Point(level, law.throughput(level) * math.exp(chance.gauss(0, noise))) for level in LEVELS]


@settings(max_examples=40)
@given(st.floats(1, 5_000), st.floats(0.01, 0.5), st.floats(1e-4, 0.02))
def test_known_parameters_are_found_again(serial_rate: float, contention: float, coherence: float) -> None:
    law = fit(points(Law(serial_rate, contention, coherence)))
    assert law.serial_rate == pytest.approx(serial_rate, rel=1e-3)
    assert law.contention == pytest.approx(contention, rel=1e-2, abs=1e-4)
    assert law.coherence == pytest.approx(coherence, rel=1e-2, abs=1e-5)


def test_the_errors_say_how_far_off_the_parameters_may_be() -> None:
    truth = Law(200, 0.05, 0.001)
    inside = 0
    for seed in range(60):
        law = fit(points(truth, noise=0.02, seed=seed))
        inside += abs(law.contention - truth.contention) <= 2 * law.errors[1]
    assert inside >= 50  # two standard errors of a fit with five degrees of freedom hold some 90 %


def test_a_queue_levels_off_and_quarrels_fall() -> None:
    assert Law(10, 0.1, 0).most == pytest.approx(100)
    assert Law(10, 0, 0).most == math.inf
    falling = Law(10, 0.05, 0.002)
    assert falling.throughput(falling.best_concurrency) == pytest.approx(falling.most)
    assert falling.throughput(2 * falling.best_concurrency) < falling.most


def test_a_point_it_has_not_seen_is_predicted() -> None:
    held = try_on(points(Law(200, 0.05, 0.001)), 5)
    assert held.miss == pytest.approx(0, abs=1e-3)
    assert not held.large


def test_a_large_miss_is_said() -> None:
    seen = points(Law(200, 0.05, 0.001))
    seen[5] = Point(seen[5].concurrency, seen[5].throughput * 1.5)
    held = try_on(seen, 5)
    assert held.large and held.miss == pytest.approx(1 / 1.5 - 1, abs=0.01)


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ([], "there are 0"),
        ([Point(1, 10), Point(2, 19), Point(3, 25)], "there are 3"),
        ([Point(1, 10), Point(2, 19), Point(0, 25), Point(4, 0)], "there are 2"),
        ([Point(1 + i / 100, 10) for i in range(8)], "about as many"),
    ],
)
def test_too_little_is_no_law(seen: list[Point], why: str) -> None:
    with pytest.raises(FitError, match=why):
        fit(seen)


def test_draws_scatter_as_the_errors_say_and_keep_their_bounds() -> None:
    law = fit(points(Law(200, 0.05, 0.001), noise=0.02))
    drawn = draws(law)
    assert len(drawn) == 1_000
    assert all(0 <= one.contention <= 1 and one.coherence >= 0 for one in drawn)
    mean = sum(one.contention for one in drawn) / len(drawn)
    assert mean == pytest.approx(law.contention, abs=law.errors[1])
    assert draws(law)[0] == drawn[0]  # the same plan tomorrow
    assert draws(Law(1, 0, 0, ((math.inf,) * 3,) * 3)) == [Law(1, 0, 0, ((math.inf,) * 3,) * 3)]
