from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise
from math import ceil

import msgspec
import numpy as np
import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.record.histogram import (
    MOST_NS,
    Histogram,
    HistogramDelta,
    bucket_index,
    bucket_middle_ns,
    nearest_rank,
)

DURATIONS = st.one_of(
    st.floats(min_value=0.0, max_value=3_600.0),
    st.floats(min_value=1e-6, max_value=0.1),
    st.integers(min_value=0, max_value=5_000).map(lambda ns: ns / 1e9),
)
HALF_A_NANOSECOND = 0.6e-9


def recorded(durations_s: list[float]) -> Histogram:
    histogram = Histogram()
    histogram.record_many(durations_s)
    return histogram


def state(histogram: Histogram) -> tuple[object, ...]:
    return (histogram.counts, histogram.count, histogram.sum_ns, histogram.min_ns, histogram.max_ns)


def test_of_one_to_a_hundred_milliseconds_the_95th_percentile_is_95() -> None:
    histogram = recorded([ms / 1000 for ms in range(1, 101)])
    assert histogram.percentile(95) == pytest.approx(0.095, rel=0.0005)
    assert histogram.percentile(100) == 0.1
    assert histogram.percentile(0) == 0.001


def test_when_every_answer_takes_1045_ms_no_percentile_says_anything_else() -> None:
    histogram = recorded([1.045] * 1000)
    assert {histogram.percentile(q) for q in (0, 50, 95, 99.9, 100)} == {1.045}


@settings(max_examples=60)
@given(st.lists(DURATIONS, min_size=1, max_size=400), st.sampled_from([0.1, 12.5, 50, 75, 90, 95, 99, 99.9, 100]))
def test_percentiles_are_those_of_the_raw_samples_to_a_twentieth_of_a_percent(raw: list[float], q: float) -> None:
    exact = sorted(raw)[max(1, ceil(Fraction(str(q)) * len(raw) / 100)) - 1]
    assert recorded(raw).percentile(q) == pytest.approx(exact, rel=0.0005, abs=HALF_A_NANOSECOND)


@settings(max_examples=60)
@given(st.lists(DURATIONS, min_size=1, max_size=400), st.sampled_from([12.5, 25, 50, 62.5, 75, 87.5, 100]))
def test_percentiles_agree_with_numpy(raw: list[float], q: float) -> None:
    # Eighths are exact in binary: numpy's own rank is not off by a rounding error there.
    assert recorded(raw).percentile(q) == pytest.approx(
        float(np.percentile(raw, q, method="inverted_cdf")), rel=0.001, abs=HALF_A_NANOSECOND
    )


def test_buckets_are_those_of_hdrhistogram() -> None:
    theirs = HdrHistogram(1, 3_600_000_000_000, 3)
    ours = Histogram()
    rng = random.Random(7)
    for _ in range(2_000):
        ns = int(10 ** rng.uniform(0, 12))
        theirs.record_value(ns)
        ours.record(ns / 1e9)
    assert {i: n for i, n in enumerate(theirs.counts) if n} == ours.counts


@settings(max_examples=200)
@given(st.integers(min_value=0, max_value=2**52), st.integers(min_value=0, max_value=2**52))
def test_a_longer_duration_never_lands_in_a_lower_bucket(a: int, b: int) -> None:
    shorter, longer = sorted((a, b))
    assert bucket_index(shorter) <= bucket_index(longer)


@settings(max_examples=200)
@given(st.integers(min_value=0, max_value=2**52))
def test_a_bucket_contains_its_middle_and_nothing_in_it_is_farther_than_a_2048th(ns: int) -> None:
    middle = bucket_middle_ns(bucket_index(ns))
    assert bucket_index(middle) == bucket_index(ns)
    assert abs(middle - ns) <= ns / 2048


def test_every_nanosecond_around_a_doubling_keeps_its_order() -> None:
    for doubling in (2**11, 2**12, 2**30):
        around = [bucket_index(ns) for ns in range(doubling - 3, doubling + 4)]
        assert around == sorted(around)
        assert bucket_index(doubling) - bucket_index(doubling - 1) == 1


@settings(max_examples=60)
@given(st.lists(DURATIONS, max_size=200), st.lists(st.integers(min_value=0, max_value=200), max_size=5))
def test_the_merge_of_any_parts_is_the_whole(raw: list[float], cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    merged = Histogram()
    for start, end in pairwise(edges):
        merged.merge(recorded(raw[start:end]))
    assert state(merged) == state(recorded(raw))


@settings(max_examples=60)
@given(st.lists(DURATIONS, max_size=200))
def test_a_histogram_survives_its_way_to_disk_and_back(raw: list[float]) -> None:
    histogram = recorded(raw)
    line = msgspec.json.encode(histogram.delta())
    assert state(Histogram.of(msgspec.json.decode(line, type=HistogramDelta))) == state(histogram)


def test_a_delta_is_a_flat_list_of_ascending_buckets_and_three_exact_figures() -> None:
    line = msgspec.json.encode(recorded([3e-9, 1e-9, 3e-9]).delta())
    assert line == b"[[1,1,3,2],7,1,3]"


def test_count_sum_least_and_greatest_are_exact() -> None:
    histogram = recorded([0.123456789, 2.5, 0.000000001])
    assert (histogram.count, histogram.sum_s, histogram.min_s, histogram.max_s) == (3, 2.62345679, 1e-9, 2.5)
    assert histogram.mean_s == pytest.approx(2.62345679 / 3)


def test_nothing_recorded_is_none_and_not_zero() -> None:
    histogram = Histogram()
    assert (histogram.percentile(95), histogram.mean_s, histogram.min_s, histogram.max_s) == (None,) * 4


def test_a_clock_that_ran_backwards_counts_as_no_time_at_all() -> None:
    assert recorded([-0.25]).max_s == 0.0


@pytest.mark.parametrize(
    ("q", "count", "rank"),
    [(99.9, 1000, 999), (95, 100, 95), (95, 101, 96), (50, 1, 1), (0, 10, 1), (100, 10, 10), (99.99, 10_000, 9_999)],
)
def test_the_rank_is_the_nearest_and_immune_to_rounding(q: float, count: int, rank: int) -> None:
    assert nearest_rank(q, count) == rank


def test_the_time_of_day_taken_for_a_duration_still_travels() -> None:
    histogram = Histogram()
    histogram.record_many([1.7e9] * 20)
    delta = msgspec.msgpack.decode(msgspec.msgpack.encode(histogram.delta()), type=HistogramDelta)
    assert (delta.sum_ns, delta.max_ns) == (MOST_NS, 1_700_000_000_000_000_000)
    assert Histogram.of(delta).percentile(50) == pytest.approx(1.7e9, rel=0.001)
