"""Buckets: every threshold's limit is a bound, steps are a quarter, and no sample is lost on the way into them."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from loadtests.live.bucket_bounds import OBJECTIVES_MAX, Buckets, lag_bounds_s, response_bounds_s, spaced
from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import Profile
from loadtests.plan.profile_reader import read_profile
from loadtests.plan.thresholds import parse_threshold
from loadtests.record.histogram import Histogram


def profile(*expressions: str) -> Profile:
    thresholds = tuple(parse_threshold("response", each) for each in expressions)
    return Profile("p", (Stage("steady", 10, 1, 1),), thresholds=thresholds)


def test_limits_of_thresholds_are_bounds_and_steps_are_a_quarter_at_most() -> None:
    bounds_s = response_bounds_s(profile("p(95) < 437ms", "p(99) < 1.5s"))
    assert {0.437, 1.5} <= set(bounds_s)
    assert (bounds_s[0], bounds_s[-1]) == (0.001, 30.0)
    assert max(more / less for less, more in pairwise(bounds_s)) <= 1.2501
    assert len(bounds_s) < 55


@pytest.mark.parametrize("name", ["smoke", "double11", "overload"])
def test_shipped_profiles_have_bounds_that_ascend(name: str) -> None:
    shipped = read_profile(name)
    for bounds_s in (response_bounds_s(shipped), lag_bounds_s(shipped)):
        assert list(bounds_s) == sorted(set(bounds_s))
    assert 0.5 in response_bounds_s(shipped)
    assert shipped.validity.max_schedule_lag_p99_s in lag_bounds_s(shipped)


def test_a_thousand_thresholds_are_no_thousand_buckets() -> None:
    many = profile(*(f"p(95) < {limit}ms" for limit in range(100, 1_100)))
    assert len(response_bounds_s(many)) < 50 + OBJECTIVES_MAX


def test_limits_beyond_the_ends_widen_them() -> None:
    bounds_s = response_bounds_s(profile("min < 10us", "max < 2m"))
    assert (bounds_s[0], bounds_s[-1]) == (0.00001, 120.0)


def test_spaced_keeps_its_anchors_exactly() -> None:
    assert spaced((0.1, 0.2), 1.25) == (0.1, 0.1189, 0.1414, 0.1682, 0.2)
    assert spaced((0.5, 0.5, 0.6), 1.25) == (0.5, 0.6)


def test_a_bucket_holds_what_the_percentiles_of_the_gate_put_below_its_bound() -> None:
    chance = random.Random(11)
    histogram = Histogram()
    histogram.record_many(chance.lognormvariate(-3, 1.5) for _ in range(5_000))
    bounds_s = response_bounds_s(profile("p(95) < 500ms"))
    buckets = Buckets(bounds_s)
    child = buckets.empty()
    buckets.add(histogram.delta(), child)
    assert sum(child[:-1]) == 5_000
    assert child[-1] == pytest.approx(histogram.sum_s)
    below = 0.0
    for bound_s, count in zip(bounds_s, child, strict=False):
        below += count
        for q in (10.0, 50.0, 90.0, 95.0, 99.0, 99.9):
            observed = histogram.percentile(q)
            assert observed is not None
            assert (below >= q / 100 * 5_000) == (observed <= bound_s), (bound_s, q)


@pytest.mark.parametrize("seconds", [0.0, 0.0005, 0.499, 0.501, 29.0, 31.0, 900.0])
def test_each_sample_is_in_one_bucket(seconds: float) -> None:
    histogram = Histogram()
    histogram.record(seconds)
    bounds_s = response_bounds_s(profile("p(95) < 500ms"))
    buckets = Buckets(bounds_s)
    child = buckets.empty()
    buckets.add(histogram.delta(), child)
    assert child[:-1].index(1) == next((n for n, bound_s in enumerate(bounds_s) if seconds <= bound_s), len(bounds_s))
