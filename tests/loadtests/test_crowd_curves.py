"""The crowd of Double 11 2017: three curves of a day each, two crowds that make the schedule, payments in order."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.plan.arrivals import Schedule
from loadtests.plan.balances import Balances
from loadtests.shapes import CROWDS, SHAPES
from loadtests.shapes.double11_2017 import AS_PUBLISHED, HUMP_BOUNDS_S, PHASE_ENDS_S, moved, steps
from loadtests.shapes.double11_2017_crowd import (
    DEPOSITS_A_BALANCE,
    LEAD_S,
    LOOKERS_PER_BUYER,
    SPILL_S,
    Crowd,
    at,
    curves,
    money,
)
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


# -- the hump of balances ----------------------------------------------------------------------------------------------

EARLIEST_S, LATEST_S = HUMP_BOUNDS_S
opens = st.integers(int(EARLIEST_S), int(LATEST_S) - 60)
humps = st.builds(
    lambda opens_s, part, share: Balances(opens_s, max(60.0, part * (LATEST_S - opens_s)), share),
    opens,
    st.floats(0, 1),
    st.floats(0, 0.9),
)


def area(pieces: list[tuple[float, float, float]], from_s: float = 0.0, to_s: float = DAY_S) -> float:
    """Of a curve, in days of its mean."""
    inside = [(max(a, from_s), min(b, to_s), m) for a, b, m in pieces]
    return sum((b - a) * m for a, b, m in inside if a < b) / DAY_S


@given(hump=humps)
def test_wherever_the_hump_is_a_curve_stays_one_day_and_above_nothing(hump: Balances) -> None:
    paying = [(step.start_s, step.end_s, step.paying) for step in curves(hump)]
    for curve in (list(steps(hump)), paying):
        assert area(curve) == pytest.approx(1, abs=1e-3)
        assert all(before[1] == after[0] for before, after in itertools.pairwise(curve))
        assert all(multiple > 0 for start_s, _, multiple in curve if start_s >= 0)
    assert curves(hump)[0].browsing == pytest.approx(3.3)


@given(hump=humps)
def test_what_is_no_balance_keeps_its_shape_and_gives_way_as_a_whole(hump: Balances) -> None:
    assert hump.share is not None and AS_PUBLISHED.share is not None
    taken = list(moved(steps(), hump))
    gives_way = (1 - hump.share) / (1 - AS_PUBLISHED.share)
    for day_s in (10.0, 500.0, 30_000.0, 80_000.0):
        if not hump.at(day_s):
            assert money(day_s, hump) == pytest.approx(gives_way * money(day_s))
    others = area(list(steps()), hump.opens_s, hump.closes_s) - AS_PUBLISHED.share * _both(hump)
    assert area(taken, hump.opens_s, hump.closes_s) == pytest.approx(gives_way * others + hump.share, rel=1e-6)


def _both(hump: Balances) -> float:
    """What part of the hump as it was published lies in another."""
    open_s = min(hump.closes_s, AS_PUBLISHED.closes_s) - max(hump.opens_s, AS_PUBLISHED.opens_s)
    return max(0.0, open_s) / AS_PUBLISHED.lasts_s


def test_the_hump_as_published_changes_no_curve() -> None:
    assert curves(Balances(3600, 3600, AS_PUBLISHED.share)) == curves()
    assert steps(Balances(3600, 3600, AS_PUBLISHED.share)) == steps()


def test_depositors_apart_leave_the_others_as_they_were() -> None:
    """What they pay is taken from the buyers of the hump, and of no other time."""
    apart, together = Crowd(100, 250, EVEN, AS_PUBLISHED), Crowd(100, 250, EVEN)

    def payments(crowd: Crowd, phase: str) -> float:
        parts = [part.stage for part in crowd.stages if part.stage.phase == phase]
        return sum(part.area * ((part.buyers or 0) + (part.depositors or 0)) for part in parts) / crowd.buyers_per_s

    for phase in ("zero_hour", "first_hour", "overnight", "daytime", "evening"):
        assert payments(apart, phase) == pytest.approx(payments(together, phase), rel=0.01), phase
    assert payments(apart, "presale_balance") == pytest.approx(payments(together, "presale_balance"), rel=0.02)


@pytest.mark.parametrize("duration_s", [5.0, 33.3, 100.0, 3600.0])
@pytest.mark.parametrize("hump", [AS_PUBLISHED, Balances(1800, 3600, 0.1), Balances(3840, 1320, 0.3)])
def test_so_many_balances_come_as_the_hump_has_money_and_deposits_for_all(duration_s: float, hump: Balances) -> None:
    crowd = Crowd(duration_s, 250, EVEN, hump, balance_baskets=0.5)
    coming = {"countdown": 0.0, "presale_balance": 0.0}
    for part in crowd.stages:
        if part.stage.depositors:
            coming[part.stage.phase] += part.stage.area * part.stage.depositors
            assert part.stage.phase == "countdown" or hump.opens_s <= part.day_from_s < part.day_to_s <= hump.closes_s
    span = next(span for span in ShapedDay(crowd.stages).spans() if span.phase == "presale_balance")
    assert hump.share is not None
    worth = hump.share * DAY_S / span.compression * crowd.buyers_per_s
    assert coming["presale_balance"] * 0.5 == pytest.approx(worth)
    assert coming["countdown"] == pytest.approx(DEPOSITS_A_BALANCE * coming["presale_balance"])


def test_a_hump_moves_what_others_pay_by_no_more_than_its_own_money() -> None:
    crowd = Crowd(100.0, 250.0, EVEN, Balances(1800, 3600, 0.1))
    day = ShapedDay(crowd.stages)
    hump = Balances(1800, 3600, 0.1)
    height = 0.1 * DAY_S / 3600
    for run_s in (40.0, 57.0, 65.0, 75.0):
        day_s = day.day_s(run_s + LEAD_S)
        balances = height if hump.at(day_s) else 0.0
        paid = crowd.basket(run_s) * (at(day_s, hump).paying - balances)
        assert paid + balances == pytest.approx(money(day_s, hump))


def test_right_after_the_rush_and_the_hump_fewer_come_as_some_of_it_is_paid_late(crowd: Crowd) -> None:
    """A payment of the rush that is late stands for eleven times as much, one of the hump for nine times."""
    line = Schedule([part.stage for part in crowd.stages]).line

    def coming(run_s: float) -> float:
        stage = line.stages[line.stage_index(run_s)]
        return stage.from_rate * (stage.buyers or 0)

    begins_s = crowd.rush_ends_s + 0.01
    assert (
        coming(begins_s)
        == coming(begins_s + SPILL_S - 0.02)
        == pytest.approx(0.85 * coming(begins_s + SPILL_S), rel=0.01)
    )
    hump_ends_s = 67.0 - LEAD_S + 0.01
    assert coming(hump_ends_s) == pytest.approx(0.45 * coming(hump_ends_s + SPILL_S), rel=0.01)
    squeezed = ShapedDay(crowd.stages)
    assert squeezed.day_s(begins_s + SPILL_S + LEAD_S) < 900, "well before the curve's next step"


def test_what_the_curves_mean_to_be_done_adds_up_to_the_day(crowd: Crowd) -> None:
    planned = {done.phase: done for done in crowd.business()}
    assert sum(done.money for done in planned.values()) == pytest.approx(1, abs=1e-3)
    marks = {mark.day_s: mark.share for mark in gmv_marks(2017)}
    assert planned["zero_hour"].money == pytest.approx(marks[360], abs=0.003)
    assert planned["first_hour"].money == pytest.approx(marks[3600] - marks[360], abs=0.003)
    assert planned["presale_balance"].money == pytest.approx(marks[7200] - marks[3600], abs=0.003)
    assert (planned["countdown"].orders, planned["countdown"].payments) == (0, 0)
    midnight = planned["zero_hour"]
    assert midnight.orders == pytest.approx(midnight.payments, rel=0.02)
    assert midnight.payments == pytest.approx(25 * 14.58 * crowd.buyers_per_s, rel=0.01)


def test_a_balance_is_a_payment_and_no_order() -> None:
    hump = Balances(3600, 3600, 0.1)
    [done] = [each for each in Crowd(100, 250, EVEN, hump).business() if each.phase == "presale_balance"]
    assert done.payments - done.orders == pytest.approx(0.1 * DAY_S / 300 * Crowd(100, 250, EVEN, hump).buyers_per_s)
