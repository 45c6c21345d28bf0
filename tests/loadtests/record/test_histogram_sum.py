from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.record import histogram_sum
from loadtests.record.histogram import Histogram
from loadtests.record.histogram_sum import HistogramSum

SECONDS = st.lists(st.lists(st.floats(min_value=0.0, max_value=60.0), max_size=30), max_size=12)
QUANTILES = (0.0, 5.0, 50.0, 95.0, 99.0, 99.9, 100.0)


@pytest.fixture(params=[0, 10, 1000], ids=["a list at once", "a list soon", "a dictionary"])
def _buckets_max(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histogram_sum, "SPARSE_BUCKETS_MAX", request.param)


def recorded(durations_s: list[float]) -> Histogram:
    histogram = Histogram()
    histogram.record_many(durations_s)
    return histogram


def summed(seconds: list[list[float]]) -> HistogramSum:
    total = HistogramSum()
    for second in seconds:
        total.add(recorded(second).delta())
    return total


def figures(of: Histogram | HistogramSum) -> list[object]:
    return [of.count, of.sum_ns, of.min_s, of.max_s, of.mean_s, *(of.percentile(q) for q in QUANTILES)]


@pytest.mark.usefixtures("_buckets_max")
@settings(max_examples=30)
@given(SECONDS)
def test_the_sum_of_seconds_is_the_histogram_of_all_of_them(seconds: list[list[float]]) -> None:
    whole = recorded([duration for second in seconds for duration in second])
    total = summed(seconds)
    assert figures(total) == figures(whole)
    assert total.histogram().delta() == whole.delta()


@pytest.mark.usefixtures("_buckets_max")
@settings(max_examples=30)
@given(SECONDS)
def test_asked_after_every_second_it_gives_the_same_answers(seconds: list[list[float]]) -> None:
    whole, total = Histogram(), HistogramSum()
    for second in seconds:
        whole.record_many(second)
        total.add(recorded(second).delta())
        assert figures(total) == figures(whole)


@pytest.mark.usefixtures("_buckets_max")
@settings(max_examples=30)
@given(SECONDS, SECONDS)
def test_sums_merge_like_histograms_and_leave_the_other_alone(one: list[list[float]], two: list[list[float]]) -> None:
    total, other = summed(one), summed(two)
    total.percentile(50)
    other_before = figures(other)
    total.merge(other)
    assert figures(total) == figures(recorded([duration for second in one + two for duration in second]))
    assert figures(other) == other_before


def test_a_percentile_that_wanders_far_is_followed_both_ways() -> None:
    rng = random.Random(3)
    whole, total = Histogram(), HistogramSum()
    for scale in (0.001, 1.0, 50.0, 0.0001, 0.00001, 10.0):
        second = [rng.random() * scale for _ in range(500)]
        whole.record_many(second)
        total.add(recorded(second).delta())
        assert figures(total) == figures(whole)
