"""The crowd of Double 11 2017: three curves of a day each, two crowds that make the schedule, payments in order."""

from __future__ import annotations

import itertools

import pytest

from loadtests.plan.arrivals import Schedule
from loadtests.shapes import CROWDS, SHAPES
from loadtests.shapes.double11_2017 import PHASE_ENDS_S
from loadtests.shapes.double11_2017_crowd import LEAD_S, LOOKERS_PER_BUYER, Crowd, at, curves, money
from loadtests.shapes.gmv_marks import gmv_marks
from loadtests.shapes.shaped_day import DAY_S, ShapedDay

EVEN = dict.fromkeys(PHASE_ENDS_S, 1.0)


@pytest.fixture
def crowd() -> Crowd:
    return Crowd(100.0, 250.0, EVEN)


@pytest.mark.parametrize("curve", ["browsing", "ordering", "paying"])
def test_each_curve_is_one_day(curve: str) -> None:
    area = sum((step.end_s - step.start_s) * getattr(step, curve) for step in curves() if step.start_s >= 0)
    assert area / DAY_S == pytest.approx(1, abs=1e-3)


def test_the_curves_cover_the_eve_and_the_day_without_a_gap() -> None:
    assert (curves()[0].start_s, curves()[-1].end_s) == (-7200, DAY_S)
    assert all(before.end_s == after.start_s for before, after in itertools.pairwise(curves()))


def test_orders_peak_first_and_highest_and_payments_minutes_later() -> None:
    first = max(curves(), key=lambda step: step.ordering)
    assert (first.start_s, first.end_s, first.ordering) == (0, 30, 35)
    paying = max(curves(), key=lambda step: step.paying)
    assert 300 <= paying.start_s < 600
    assert paying.paying == 15
    assert curves()[0].browsing == pytest.approx(3.3)
    at_night = max((step for step in curves() if step.start_s >= 3600), key=lambda step: step.browsing)
    assert (at_night.start_s, at_night.end_s) in {(3600, 7200), (72_000, 79_200)}
    assert at(75_000).browsing > max(at(60_000).browsing, at(80_000).browsing)


def test_nobody_pays_before_somebody_ordered() -> None:
    ordered = paid = 0.0
    for step in curves():
        ordered += (step.end_s - step.start_s) * step.ordering
        paid += (step.end_s - step.start_s) * step.paying
        assert paid <= ordered + 1


def test_baskets_times_payments_are_the_money_curve(crowd: Crowd) -> None:
    for run_s in (15.0, 30.0, 40.0, 60.0, 70.0, 80.0, 95.0):
        day_s = ShapedDay(crowd.stages).day_s(run_s)
        bought_at = run_s if run_s < crowd.rush_ends_s else run_s - LEAD_S
        assert crowd.basket(bought_at) * at(day_s).paying == pytest.approx(money(day_s))
    assert crowd.basket(3.0) == crowd.basket(10.0) == pytest.approx(28.2233 / 14.5)


def test_the_schedule_is_the_sum_of_both_crowds(crowd: Crowd) -> None:
    shaped = crowd.stages
    schedule = Schedule([part.stage for part in shaped])
    assert schedule.duration_s == pytest.approx(100)
    assert max(part.stage.from_rate for part in shaped) == pytest.approx(250)
    assert schedule.phases == tuple(PHASE_ENDS_S)
    for part in shaped:
        looking = part.stage.from_rate * (1 - (part.stage.buyers or 0))
        browsing = at((part.day_from_s + part.day_to_s) / 2).browsing
        assert looking == pytest.approx(LOOKERS_PER_BUYER * browsing * crowd.buyers_per_s)


def test_buyers_come_ahead_of_their_curve_where_the_day_is_squeezed_anew(crowd: Crowd) -> None:
    """What is ordered in the last moment before 02:00 is paid after it, when a second stands for nine times as much."""
    at_end = [part.stage for part in crowd.stages if part.stage.phase == "presale_balance"][-1]
    overnight = next(part.stage for part in crowd.stages if part.stage.phase == "overnight")
    assert at_end.duration_s == pytest.approx(LEAD_S)
    assert at_end.from_rate * (at_end.buyers or 0) == pytest.approx(overnight.from_rate * (overnight.buyers or 0))
    assert crowd.stages[-1].stage.buyers == 0, "they would be paid after the day"


def test_twice_as_many_buyers_come_where_every_second_leaves_with_nothing() -> None:
    full, half = Crowd(100, 250, EVEN), Crowd(100, 250, EVEN | {"daytime": 0.5})

    def buyers_a_payment(crowd: Crowd) -> float:
        stage = next(part.stage for part in crowd.stages if part.stage.phase == "daytime")
        return stage.from_rate * (stage.buyers or 0) / crowd.buyers_per_s

    assert buyers_a_payment(half) == pytest.approx(2 * buyers_a_payment(full))


def test_who_orders_in_the_rush_pays_in_the_order_they_came(crowd: Crowd) -> None:
    orders_s = [10 + i / 10 for i in range(240)]
    paid_s = [order_s + crowd.pay_lag_s(order_s) for order_s in orders_s]
    assert paid_s == sorted(paid_s)
    assert crowd.pay_lag_s(12.2) > 2, "after half a minute of the day the queue is longest"
    assert crowd.pay_lag_s(9.9) == 0
    assert crowd.pay_lag_s(crowd.rush_ends_s) == 0


@pytest.mark.parametrize("name", CROWDS)
@pytest.mark.parametrize("duration_s", [5.0, 33.3, 100.0, 3600.0])
def test_a_crowd_has_the_phases_and_the_length_of_its_shape(name: str, duration_s: float) -> None:
    crowd, shape = CROWDS[name](duration_s, 40.0, EVEN), SHAPES[name](duration_s, 40.0)
    assert sum(part.stage.duration_s for part in crowd.stages) == pytest.approx(duration_s)
    spans = {span.phase: (span.run_from_s, span.run_to_s) for span in ShapedDay(shape).spans()}
    for span in ShapedDay(crowd.stages).spans():
        assert (span.run_from_s, span.run_to_s) == pytest.approx(spans[span.phase])


def test_the_marks_of_a_year_end_with_the_whole_day() -> None:
    marks = gmv_marks(2017)
    assert len(marks) == 10
    assert marks[0].share == pytest.approx(6.648 / 168.2)
    assert marks[-1] == (DAY_S, 1.0)
    assert gmv_marks(1999) == ()
