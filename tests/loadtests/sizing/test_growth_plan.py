"""The arithmetic of a plan, by examples one can do in one's head; and what it must say about itself."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.sizing.growth_plan import Measured, PlanError, Span, most_times, plan, replicas_for, times_faster
from loadtests.sizing.scalability_law import Law

SEEN = Measured("runs/x", holds=60, fails=66, highest=90, orders_per_arrival=[0.5], arrivals_per_cpu_s=[1_000.0])


def test_six_thousand_orders_a_second() -> None:
    made = plan(SEEN, 6_000, load=1.0)
    assert made.arrivals_per_s == Span(12_000, 12_000, 12_000)
    assert made.workers == Span(12, 12, 12)
    assert made.replicas == Span(200, 182, 200)  # 12,000 / 60, and at best 12,000 / 66
    assert made.extrapolation == pytest.approx(12_000 / 90)


def test_seventy_per_cent_is_planned_unless_told_otherwise() -> None:
    made = plan(SEEN, 6_000)
    assert made.load == 0.7
    assert made.workers == Span(18, 18, 18)  # 12,000 / 700 = 17.1
    assert made.replicas == Span(286, 260, 286)  # 12,000 / 42 = 285.7


def test_what_differs_between_runs_becomes_an_interval() -> None:
    seen = replace(SEEN, orders_per_arrival=[0.4, 0.5, 0.6], arrivals_per_cpu_s=[800.0, 1_000.0, 1_200.0])
    made = plan(seen, 6_000, load=1.0)
    assert made.arrivals_per_s == Span(12_000, 10_000, 15_000)
    assert made.workers == Span(12, 9, 19)
    assert made.replicas == Span(200, 152, 250)


def test_2020s_busiest_second() -> None:
    made = plan(SEEN, 583_000)
    assert made.workers is not None and made.workers.planned == 1_666  # 1,166,000 / 700
    assert "12,956 times the highest rate measured" in made.sentences[0]
    assert "hypothesis" in made.sentences[0]


@pytest.mark.parametrize(
    ("orders_per_s", "word"), [(40, "lies within"), (100, "an extrapolation"), (1_000, "a hypothesis")]
)
def test_it_says_how_far_it_reaches(orders_per_s: float, word: str) -> None:
    assert word in plan(SEEN, orders_per_s).sentences[0]


def test_a_run_that_held_is_a_bound_from_one_side() -> None:
    made = plan(replace(SEEN, fails=None), 6_000, load=1.0)
    assert made.replicas == Span(200, 1, 200)
    assert any("never seen to give in" in sentence for sentence in made.sentences)


def test_a_single_run_owns_up_to_it() -> None:
    assert any("single run" in sentence for sentence in plan(SEEN, 6_000).sentences)
    twice = replace(SEEN, orders_per_arrival=[0.5, 0.5])
    assert not any("single run" in sentence for sentence in plan(twice, 6_000).sentences)


def test_a_shop_known_to_be_half_busy_bears_twice_as_much() -> None:
    made = plan(replace(SEEN, fails=None, utilisation=0.5), 6_000, load=1.0)
    assert made.replicas == Span(100, 100, 200)


def test_a_run_that_failed_says_nothing_of_replicas() -> None:
    made = plan(replace(SEEN, holds=None), 6_000)
    assert made.replicas is None and made.workers is not None
    assert any("unknown" in sentence for sentence in made.sentences)


@pytest.mark.parametrize(
    ("speed_up", "law", "replicas"),
    [
        (0.5, Law(1, 0, 0), 1),
        (8, Law(1, 0, 0), 8),
        (5, Law(1, 0.1, 0), 9),  # 9 / (1 + 0.8) = 5
        (10, Law(1, 0.1, 0), math.inf),
        (4, Law(1, 0.05, 0.01), 7),  # 7 / (1 + 0.3 + 0.42) = 4.07, and 6 do 3.87
        (6, Law(1, 0.05, 0.01), math.inf),
    ],
)
def test_replicas_that_contend(speed_up: float, law: Law, replicas: float) -> None:
    assert replicas_for(speed_up, law) == replicas


@given(st.floats(1.01, 1_000), st.floats(0, 0.3), st.floats(0, 0.01))
def test_it_is_the_smallest_number_that_will_do(speed_up: float, contention: float, coherence: float) -> None:
    law = Law(1, contention, coherence)
    found = replicas_for(speed_up, law)
    if math.isinf(found):
        # Two roots may lie between two whole numbers: then there is no number of replicas either.
        assert speed_up > most_times(law) * 0.98 - 0.5
    else:
        assert times_faster(found, law) >= speed_up * (1 - 1e-6)
        assert times_faster(found - 1, law) < speed_up * (1 + 1e-6)


def test_contention_makes_it_more_and_its_interval_wider() -> None:
    covariance = ((1.0, 0.0, 0.0), (0.0, 1e-8, 0.0), (0.0, 0.0, 0.0))
    seen = replace(SEEN, law=Law(50, 0.001, 0, covariance))
    made = plan(seen, 6_000, load=1.0)
    assert made.replicas is not None and made.contended is not None
    assert made.contended.planned == 250  # 200 x 0.999 / (1 - 0.2) = 249.75
    assert made.contended.least < 250 < made.contended.most
    assert any("no number of them does more than 1,000 times" in s for s in made.sentences)


def test_a_law_that_missed_is_no_ground() -> None:
    made = plan(replace(SEEN, law=Law(50, 0.01, 0), unchecked="the fitted law missed by 34 %"), 6_000)
    assert made.contended is None
    assert any("missed by 34 %" in sentence for sentence in made.sentences)


@pytest.mark.parametrize("target", [0, -1, math.nan, math.inf])
def test_a_target_that_is_none_is_refused(target: float) -> None:
    with pytest.raises(PlanError, match="target"):
        plan(SEEN, target)


@pytest.mark.parametrize("load", [0, -0.1, 1.1, math.nan])
def test_a_load_beyond_the_whole_is_refused(load: float) -> None:
    with pytest.raises(PlanError, match="load"):
        plan(SEEN, 100, load)


def test_without_an_order_there_is_no_plan() -> None:
    with pytest.raises(PlanError, match="no order was placed in runs/x"):
        plan(replace(SEEN, orders_per_arrival=[0.0]), 100)
