"""Shapes: every one keeps the family's promises, and Double 11 2017 follows its published curve."""

from __future__ import annotations

import itertools

import pytest

from loadtests.plan.arrivals import Schedule
from loadtests.plan.balances import Balances
from loadtests.shapes import HUMPS, SHAPES
from loadtests.shapes.double11_2017 import stages, steps
from loadtests.shapes.shaped_day import DAY_S, ShapedDay, festival_clock


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(("duration_s", "peak_rate"), [(100.0, 250.0), (7.0, 1.0), (86_400.0, 10_000.0)])
class TestEveryShape:
    def test_it_lasts_as_long_as_asked_and_peaks_where_asked(
        self, name: str, duration_s: float, peak_rate: float
    ) -> None:
        day = ShapedDay(SHAPES[name](duration_s, peak_rate))
        assert Schedule(day.stages).duration_s == pytest.approx(duration_s)
        assert max(max(stage.from_rate, stage.to_rate) for stage in day.stages) == pytest.approx(peak_rate)

    def test_its_stretches_of_the_day_follow_one_another(self, name: str, duration_s: float, peak_rate: float) -> None:
        shaped = SHAPES[name](duration_s, peak_rate)
        assert all(before.day_to_s == after.day_from_s for before, after in itertools.pairwise(shaped))
        assert shaped[-1].day_to_s == DAY_S

    def test_no_phase_comes_back(self, name: str, duration_s: float, peak_rate: float) -> None:
        schedule = Schedule([part.stage for part in SHAPES[name](duration_s, peak_rate)])
        assert all(len(schedule.phase_spans_s(phase)) == 1 for phase in schedule.phases)

    def test_its_clock_runs_forward_from_one_end_to_the_other(
        self, name: str, duration_s: float, peak_rate: float
    ) -> None:
        shaped = SHAPES[name](duration_s, peak_rate)
        day = ShapedDay(shaped)
        shown = [day.day_s(duration_s * i / 1000) for i in range(1001)]
        assert shown == sorted(shown)
        assert day.day_s(-5) == shown[0] == shaped[0].day_from_s
        assert day.day_s(duration_s + 5) == pytest.approx(shown[-1]) == DAY_S


def test_the_curve_covers_the_day_and_integrates_to_one_day() -> None:
    curve = steps()
    assert curve[0][0] == 0
    assert curve[-1][1] == DAY_S
    assert all(before[1] == after[0] for before, after in itertools.pairwise(curve))
    assert sum((to_s - from_s) * multiple for from_s, to_s, multiple in curve) / DAY_S == pytest.approx(1, abs=1e-4)


def test_the_phases_of_double11_get_their_shares_of_the_run() -> None:
    rows = [(s.phase, s.run_to_s - s.run_from_s, s.day_from_s, s.day_to_s) for s in ShapedDay(stages(100, 250)).spans()]
    assert [row[0] for row in rows] == [
        "countdown", "zero_hour", "first_hour", "presale_balance", "overnight", "daytime", "evening",
    ]  # fmt: skip
    assert [row[1] for row in rows] == pytest.approx([10, 25, 20, 12, 8, 12, 13])
    assert [row[2:] for row in rows] == [
        (-7200, 0), (0, 360), (360, 3600), (3600, 7200), (7200, 27_660), (27_660, 68_136), (68_136, 86_400),
    ]  # fmt: skip


def test_what_a_second_stands_for_differs_by_phase() -> None:
    spans = {span.phase: span for span in ShapedDay(stages(100, 250)).spans()}
    assert spans["countdown"].compression == pytest.approx(720)
    assert spans["zero_hour"].compression == pytest.approx(14.4)
    assert spans["overnight"].compression == pytest.approx(2557.5)


def test_the_phase_of_balances_lies_where_they_are_open() -> None:
    hump = Balances(opens_s=1_800.0, lasts_s=5_400.0, share=0.1)
    rows = [
        (s.phase, s.run_to_s - s.run_from_s, s.day_from_s, s.day_to_s)
        for s in ShapedDay(stages(100, 250, hump)).spans()
    ]
    assert [row[1] for row in rows] == pytest.approx([10, 25, 20, 12, 8, 12, 13])
    assert [row[2:] for row in rows][2:5] == [(360, 1800), (1800, 7200), (7200, 27_660)]


@pytest.mark.parametrize("name", HUMPS)
def test_a_shape_whose_balances_can_move_is_as_it_was_where_they_do_not(name: str) -> None:
    usual, (earliest_s, latest_s) = HUMPS[name]
    assert SHAPES[name](100, 250, usual) == SHAPES[name](100, 250)
    for hump in (Balances(earliest_s, 60, 0.9), Balances(latest_s - 60, 60, 0.0), Balances(earliest_s, 7200, 0.5)):
        shaped = SHAPES[name](100, 250, hump)
        assert sum(part.stage.duration_s for part in shaped) == pytest.approx(100)
        assert max(part.stage.to_rate for part in shaped) == pytest.approx(250)
        assert all(before.day_to_s == after.day_from_s for before, after in itertools.pairwise(shaped))


def test_rates_are_the_curves_multiples_of_the_highest() -> None:
    shaped = stages(100, 250)
    found = {(part.day_from_s, part.day_to_s): part.stage.from_rate for part in shaped}
    assert found[(121, 181)] == pytest.approx(250)
    assert found[(0, 121)] == pytest.approx(250 * 28.2233 / 28.6954)
    assert found[(360, 900)] == pytest.approx(250 * 13.4517 / 28.6954)
    assert found[(2400, 3600)] == found[(3600, 7200)] == pytest.approx(250 * 3.1304 / 28.6954)
    assert found[(-7200, 0)] == pytest.approx(250 * 3.3 / 28.6954)
    assert len(shaped) == 1 + len(steps())


def test_steps_keep_their_proportions_inside_a_phase() -> None:
    lasts = [part.stage.duration_s for part in stages(100, 250) if part.stage.phase == "zero_hour"]
    assert lasts == pytest.approx([25 * 121 / 360, 25 * 60 / 360, 25 * 179 / 360])


def test_the_eve_is_a_parameter() -> None:
    countdown = stages(100, 250, countdown_s=600, countdown_multiple=1.0)[0]
    assert (countdown.day_from_s, countdown.stage.from_rate) == (-600, pytest.approx(250 / 28.6954))
    assert countdown.stage.duration_s == pytest.approx(10)


def test_a_display_can_show_the_festivals_clock() -> None:
    day = ShapedDay(stages(100, 250))
    shown = {run_s: festival_clock(day.day_s(run_s)) for run_s in (0, 5, 10, 22.5, 35, 55, 67, 100)}
    assert shown == {
        0: "eve 22:00:00", 5: "eve 23:00:00", 10: "00:00:00", 22.5: "00:03:00", 35: "00:06:00", 55: "01:00:00",
        67: "02:00:00", 100: "24:00:00",
    }  # fmt: skip


@pytest.mark.parametrize(("day_s", "shown"), [(-0.5, "eve 23:59:59"), (322.9, "00:05:22"), (68_136, "18:55:36")])
def test_the_festivals_clock_counts_whole_seconds(day_s: float, shown: str) -> None:
    assert festival_clock(day_s) == shown


@pytest.mark.parametrize(("duration_s", "peak_rate"), [(0, 250), (-1, 250), (100, 0), (float("nan"), 250)])
def test_no_time_and_no_peak_make_no_festival(duration_s: float, peak_rate: float) -> None:
    with pytest.raises(ValueError, match="above zero"):
        stages(duration_s, peak_rate)
