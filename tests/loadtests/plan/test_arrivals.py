"""Arrivals are decided before the run: exact counts, exact instants, stripes that add up to the schedule."""

from __future__ import annotations

import itertools
import math
import tracemalloc
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.plan.arrivals import Arrival, ArrivalKind, PoissonAreas, Schedule, Stage

RATES = st.one_of(
    st.just(0.0), st.just(20.0), st.floats(0.0, 60.0), st.floats(0.0, 1e-6), st.floats(19.999999, 20.000001)
)
STAGES = st.lists(
    st.builds(
        Stage,
        phase=st.sampled_from(["a", "b", "c"]),
        duration_s=st.one_of(st.floats(0.001, 5.0), st.sampled_from([0.5, 1.0, 2.0])),
        from_rate=RATES,
        to_rate=RATES,
    ),
    min_size=1,
    max_size=6,
)
KINDS = st.sampled_from(["even", "poisson"])


def union(schedule: Schedule, workers: int) -> list[Arrival]:
    stripes = [list(schedule.stripe(worker, workers)) for worker in range(workers)]
    return sorted(itertools.chain.from_iterable(stripes), key=lambda arrival: arrival.index)


def test_a_hundred_a_second_for_twelve_seconds_is_exactly_twelve_hundred() -> None:
    schedule = Schedule([Stage("steady", 12, 100, 100)], "even")
    arrivals = list(schedule.stripe(0, 1))
    assert schedule.offered() == {"steady": 1200}
    assert len(arrivals) == 1200
    assert arrivals[0] == Arrival(0, 0.005, "steady")
    assert [a.due_s for a in arrivals] == pytest.approx([(k + 0.5) / 100 for k in range(1200)], abs=1e-12)


def test_a_ramp_starts_shoppers_at_the_roots_of_its_area() -> None:
    # From 0 to 10/s in 10 s the area is t^2 / 2, so the k-th start is at sqrt(2 k + 1).
    arrivals = list(Schedule([Stage("up", 10, 0, 10)], "even").stripe(0, 1))
    assert [a.due_s for a in arrivals] == pytest.approx([math.sqrt(2 * k + 1) for k in range(50)], abs=1e-12)


def test_a_ramp_down_is_a_ramp_up_seen_from_its_end() -> None:
    up = [a.due_s for a in Schedule([Stage("up", 10, 0, 7)], "even").stripe(0, 1)]
    down = [a.due_s for a in Schedule([Stage("down", 10, 7, 0)], "even").stripe(0, 1)]
    assert down == pytest.approx([10 - t for t in reversed(up)], abs=1e-9)


@pytest.mark.parametrize("nearly", [100 + 1e-13, 100 - 1e-13, 100 + 1e-9, 100 * (1 + 1e-6)])
def test_a_nearly_level_ramp_is_as_exact_as_a_level_stage(nearly: float) -> None:
    level = [a.due_s for a in Schedule([Stage("a", 60, 100, 100)], "even").stripe(0, 1)]
    ramp = [a.due_s for a in Schedule([Stage("a", 60, 100, nearly)], "even").stripe(0, 1)]
    assert ramp == pytest.approx(level, abs=60 * abs(nearly - 100) / 100 + 1e-12)


@pytest.mark.parametrize(
    ("stages", "offered"),
    [
        ([Stage("a", 0.1, 10, 10)] * 10, 10),  # ten tenths are one whole, however they are rounded
        ([Stage("a", 0.3, 10, 10), Stage("b", 0.7, 10, 10)], 10),
        ([Stage("a", 1 / 3, 3, 3)], 1),
        ([Stage("a", 10, 0, 0)], 0),
        ([Stage("a", 10, 0, 0), Stage("b", 1, 5, 5), Stage("c", 10, 0, 0)], 5),
        ([Stage("a", 1, 0.49, 0.49)], 0),
        ([Stage("a", 1, 0.5, 0.5)], 1),
        ([Stage("a", 4.1, 15, 15)], 62),  # 61.5 in truth, 61.49999999999999 in floats
        ([Stage("a", 3600, 10_000, 10_000)], 36_000_000),
    ],
)
def test_even_arrivals_are_the_rounded_area(stages: list[Stage], offered: int) -> None:
    assert sum(Schedule(stages, "even").offered().values()) == offered


@given(STAGES, KINDS, st.integers(0, 2**32), st.integers(1, 5))
@settings(max_examples=150)
def test_stripes_add_up_to_the_schedule_and_to_what_is_offered(
    stages: list[Stage], kind: ArrivalKind, seed: int, workers: int
) -> None:
    schedule = Schedule(stages, kind, seed)
    alone = list(schedule.stripe(0, 1))
    assert [arrival.index for arrival in alone] == list(range(len(alone)))
    together = union(schedule, workers)
    assert [(a.index, a.phase) for a in together] == [(a.index, a.phase) for a in alone]
    assert [a.due_s for a in together] == pytest.approx([a.due_s for a in alone], rel=1e-14)
    counts = Counter(arrival.phase for arrival in together)
    assert schedule.offered() == {phase: counts[phase] for phase in schedule.phases}


@given(STAGES, KINDS, st.integers(0, 2**32), st.lists(st.floats(-1.0, 40.0), max_size=4))
@settings(max_examples=150)
def test_offered_by_any_instant_is_what_the_stripes_yield_by_then(
    stages: list[Stage], kind: ArrivalKind, seed: int, asked: list[float]
) -> None:
    schedule = Schedule(stages, kind, seed)
    arrivals = list(schedule.stripe(0, 1))
    ends = list(itertools.accumulate(stage.duration_s for stage in stages))
    on_the_dot = [arrival.due_s for arrival in arrivals[:: max(1, len(arrivals) // 5)]]
    for until_s in [*asked, *ends, *on_the_dot, 0.0]:
        counts = Counter(arrival.phase for arrival in arrivals if arrival.due_s <= until_s)
        assert schedule.offered(until_s) == {phase: counts[phase] for phase in schedule.phases}, until_s


@given(STAGES, KINDS, st.integers(0, 2**32))
@settings(max_examples=100)
def test_arrivals_come_in_order_and_within_a_stage_of_their_phase(
    stages: list[Stage], kind: ArrivalKind, seed: int
) -> None:
    schedule = Schedule(stages, kind, seed)
    due = [arrival.due_s for arrival in schedule.stripe(0, 1)]
    assert due == sorted(due)
    for arrival in schedule.stripe(0, 1):
        spans = schedule.phase_spans_s(arrival.phase)
        assert any(start_s <= arrival.due_s <= end_s for start_s, end_s in spans)


def test_an_arrival_due_a_moment_later_is_not_offered_yet() -> None:
    schedule = Schedule([Stage("a", 1.5, 1, 1), Stage("b", 1, 1, 1)], "even")
    assert schedule.offered(1.4999) == {"a": 1, "b": 0}
    assert schedule.offered(1.5) == {"a": 2, "b": 0}


def test_the_same_seed_draws_the_same_crowd_and_another_seed_another() -> None:
    stages = [Stage("a", 10, 50, 50)]
    assert list(Schedule(stages, "poisson", 11).stripe(0, 1)) == list(Schedule(stages, "poisson", 11).stripe(0, 1))
    assert list(Schedule(stages, "poisson", 11).stripe(0, 1)) != list(Schedule(stages, "poisson", 12).stripe(0, 1))


def test_the_crowd_of_a_seed_never_changes() -> None:
    # Written down once: a run record from last year can be repeated.
    first = list(itertools.islice(Schedule([Stage("a", 10, 1, 1)], "poisson", 11).stripe(0, 1), 3))
    assert [round(arrival.due_s, 9) for arrival in first] == [0.602172848, 1.422636229, 4.002432856]


def test_poisson_gaps_have_the_spread_of_independent_people() -> None:
    due = [arrival.due_s for arrival in Schedule([Stage("a", 200, 100, 100)], "poisson", 3).stripe(0, 1)]
    gaps = [later - earlier for earlier, later in itertools.pairwise(due)]
    mean = sum(gaps) / len(gaps)
    deviation = math.sqrt(sum((gap - mean) ** 2 for gap in gaps) / len(gaps))
    assert mean == pytest.approx(0.01, rel=0.03)
    assert deviation / mean == pytest.approx(1.0, abs=0.03)  # exponential: as wide as its mean; even arrivals: 0
    assert sum(gap > 0.03 for gap in gaps) / len(gaps) == pytest.approx(math.exp(-3), rel=0.15)


def test_a_poisson_crowd_follows_a_ramp() -> None:
    due = [arrival.due_s for arrival in Schedule([Stage("a", 100, 0, 200)], "poisson", 5).stripe(0, 1)]
    early = sum(t < 50 for t in due)
    assert early / len(due) == pytest.approx(0.25, abs=0.02)


def test_marks_let_offered_resume_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PoissonAreas, "MARK_EVERY", 64)
    schedule = Schedule([Stage("a", 20, 50, 50), Stage("b", 20, 0, 50)], "poisson", 7)
    arrivals = list(schedule.stripe(0, 1))
    for until_s in (40.0, 3.0, 39.0, 0.01, 20.0, 20.0):
        counts = Counter(arrival.phase for arrival in arrivals if arrival.due_s <= until_s)
        assert schedule.offered(until_s) == {"a": counts["a"], "b": counts["b"]}


def test_a_long_schedule_costs_no_memory() -> None:
    schedule = Schedule([Stage("soak", 86_400, 10_000, 10_000)], "poisson", 1)
    tracemalloc.start()
    for _ in itertools.islice(schedule.stripe(1, 3), 20_000):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000


def test_a_boundary_belongs_to_the_later_phase() -> None:
    schedule = Schedule(
        [Stage("warm_up", 2, 0, 10, measured=False), Stage("steady", 3, 10, 10), Stage("warm_up", 1, 1, 1)]
    )
    assert [schedule.phase_at(t) for t in (-1, 0, 1.999, 2, 4.999, 5, 99)] == [
        "warm_up", "warm_up", "warm_up", "steady", "steady", "warm_up", "warm_up",
    ]  # fmt: skip
    assert schedule.phases == ("warm_up", "steady")
    assert schedule.phase_starts_s("steady") == 2
    assert schedule.phase_spans_s("warm_up") == [(0, 2), (5, 6)]
    assert schedule.measured_phases == ("steady", "warm_up")
    assert [schedule.rate_at(t) for t in (-1, 0, 1, 3, 6)] == [0, 0, 5, 10, 0]
    assert schedule.planned() == {"warm_up": 11, "steady": 30}


def test_a_phase_the_schedule_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match='no phase "stedy"; it has steady'):
        Schedule([Stage("steady", 1, 1, 1)]).phase_starts_s("stedy")


@pytest.mark.parametrize(
    ("duration_s", "from_rate", "to_rate"),
    [(0, 1, 1), (-1, 1, 1), (math.nan, 1, 1), (math.inf, 1, 1), (1, -1, 1), (1, 1, math.inf), (1, math.nan, 1)],
)
def test_a_stage_that_can_not_be_is_refused(duration_s: float, from_rate: float, to_rate: float) -> None:
    with pytest.raises(ValueError, match=r"a stage lasts|an arrival rate"):
        Stage("a", duration_s, from_rate, to_rate)


@pytest.mark.parametrize(("worker", "workers"), [(-1, 2), (2, 2), (0, 0)])
def test_a_worker_that_is_not_one_of_them_is_refused(worker: int, workers: int) -> None:
    with pytest.raises(ValueError, match="counted from 0"):
        Schedule([Stage("a", 1, 1, 1)]).stripe(worker, workers)


def test_a_schedule_needs_a_stage_and_a_known_kind() -> None:
    with pytest.raises(ValueError, match="at least one stage"):
        Schedule([])
    with pytest.raises(ValueError, match='"even" or "poisson"'):
        Schedule([Stage("a", 1, 1, 1)], "poison")  # type: ignore[arg-type]
