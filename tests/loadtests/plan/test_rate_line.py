"""The line under which arrivals gather: its area, and when an area is reached, also where floats are at their edge."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loadtests.plan.arrivals import Schedule
from loadtests.plan.rate_line import RateLine, Stage


@example(duration_s=1.0, from_rate=0.0, to_rate=2.5e-265, part=0.5)
@given(st.floats(0.001, 1e4), st.floats(0, 1e4), st.floats(0, 1e4), st.floats(0, 1))
@settings(max_examples=200)
def test_the_inverse_undoes_the_area(duration_s: float, from_rate: float, to_rate: float, part: float) -> None:
    line = RateLine([Stage("a", duration_s, from_rate, to_rate)])
    area = part * line.area
    piece = line.piece_at(area)
    if piece < len(line.pieces):
        assert line.area_at(line.due_s(piece, area)) == pytest.approx(area, rel=1e-9, abs=2e-6)


@pytest.mark.parametrize(("duration_s", "rate"), [(41.13165324394036, 98.0387367809782), (10.0, 7.0), (1e-3, 1e6)])
def test_the_last_of_a_ramp_to_zero_is_at_its_end(duration_s: float, rate: float) -> None:
    # Just below the whole area the root's argument may come out below zero by a bit.
    line = RateLine([Stage("down", duration_s, rate, 0)])
    assert line.due_s(0, math.nextafter(line.area, 0)) == pytest.approx(duration_s, rel=1e-6)
    assert line.due_s(0, line.area) == duration_s


def test_nobody_arrives_in_a_stage_without_rate() -> None:
    line = RateLine([Stage("shut", 10, 0, 0), Stage("open", 10, 5, 5), Stage("shut", 10, 0, 0)])
    assert line.stages[line.pieces[line.piece_at(1e-9)]].phase == "open"
    assert line.due_s(line.piece_at(1e-9), 1e-9) == pytest.approx(10)
    assert line.due_s(line.piece_at(50 + 1e-9), 50 + 1e-9) == 20
    assert line.piece_at(51) == len(line.pieces)


def test_nobody_overtakes_though_the_last_bit_may_round_either_way() -> None:
    schedule = Schedule([Stage("a", 57.42993405376164, 6.556206454553301, 87.13100536248734)], "even")
    first = 532.2369133101016  # the next float's instant comes out earlier than this one's
    second = math.nextafter(first, math.inf)
    assert schedule.line.due_s(0, second) < schedule.line.due_s(0, first)

    class TwoAtOnce:
        def stripe(self, worker: int, workers: int) -> itertools.chain[float]:
            return itertools.chain((first, second, 1e9))

    schedule._areas = TwoAtOnce()  # type: ignore[assignment]
    earlier, later = [arrival.due_s for arrival in schedule.stripe(0, 1)]
    assert earlier <= later
