"""Undoing a run's compression: what its seconds counted, as the day's own sums."""

from __future__ import annotations

import pytest

from loadtests.judgement.day_sums import DaySums
from loadtests.plan.arrivals import Stage
from loadtests.record.books import Account
from loadtests.record.histogram import Histogram
from loadtests.record.second import BusinessOfSecond, RequestsOfSecond, Second
from loadtests.shapes.gmv_marks import Mark
from loadtests.shapes.shaped_day import DAY_S, ShapedDay, ShapedStage

HALF = DAY_S / 2
DAY = ShapedDay(
    [
        ShapedStage(Stage("eve", 2.0, 1, 1), -3600.0, 0.0),
        ShapedStage(Stage("morning", 4.0, 1, 1), 0.0, HALF),
        ShapedStage(Stage("evening", 1.0, 1, 1), HALF, DAY_S),
    ]
)
"""A second of the morning stands for three hours, the evening's one for twelve."""


def second(
    at: int, *, views: int = 0, orders: int = 0, payments: int = 0, gmv_fen: int = 0, phase: str = "x"
) -> Second:
    seen = Histogram()
    for _ in range(views):
        seen.record(0.001)
    rows = [RequestsOfSecond("GET /skus/{sku}", "Looker", phase, "ok", response=seen.delta(), service=seen.delta())]
    business = {phase: BusinessOfSecond(orders, payments, gmv_fen)}
    return Second(at, {phase: Account(started=views)}, rows if views else [], {}, business)


def test_a_second_weighs_as_much_of_the_day_as_it_stands_for() -> None:
    sums = DaySums(DAY).add_all([second(2, views=3, orders=2), second(6, views=3, orders=2, payments=1)])
    assert sums.count("GET /skus/{sku}") == pytest.approx(3 * DAY_S / 8 + 3 * HALF)
    assert sums.count("GET /skus/{sku}", ["Buyer"]) == 0
    assert sums.visits == pytest.approx(3 * DAY_S / 8 + 3 * HALF)
    assert sums.orders_per_run_s == pytest.approx(2 / 8 + 2 / 2)
    assert sums.payments_per_run_s == pytest.approx(0.5)


def test_the_eve_stands_outside_the_day() -> None:
    sums = DaySums(DAY).add_all([second(0, views=5, gmv_fen=100), second(1, views=5), second(2, gmv_fen=100)])
    assert sums.count("GET /skus/{sku}") == 0
    assert sums.count("GET /skus/{sku}", eve=True) / sums.eve_s == pytest.approx(5)
    assert sums.gmv_fen == pytest.approx(100 * DAY_S / 8)


def test_in_a_second_of_two_phases_each_part_weighs_as_its_own() -> None:
    """The morning's last half second stands for half an hour, the evening's first for six hours."""
    day = ShapedDay(
        [
            ShapedStage(Stage("morning", 2.5, 1, 1), 0.0, 9_000.0),
            ShapedStage(Stage("evening", 2.5, 1, 1), 9_000.0, DAY_S),
        ]
    )
    of_both = Second(
        2,
        {"morning": Account(started=1), "evening": Account(started=1)},
        [],
        {},
        {"morning": BusinessOfSecond(3, 3, 300), "evening": BusinessOfSecond(1, 1, 50)},
    )
    sums = DaySums(day).add_all([of_both, second(3, orders=1, payments=1, gmv_fen=50, phase="evening")])
    morning, evening = 3_600.0, (DAY_S - 9_000) / 2.5
    assert sums.orders == sums.payments == pytest.approx(3 * morning + 2 * evening)
    assert sums.gmv_fen == pytest.approx(300 * morning + 100 * evening)
    assert sums.gmv_share(9_000) * sums.gmv_fen == pytest.approx(300 * morning)
    assert sums.visits == pytest.approx(morning + evening)
    assert sums.orders_at == {2: 4, 3: 1}


def test_the_eve_ends_where_it_ends_and_not_with_a_second() -> None:
    day = ShapedDay(
        [ShapedStage(Stage("eve", 1.5, 1, 1), -3600.0, 0.0), ShapedStage(Stage("day", 1.5, 1, 1), 0.0, DAY_S)]
    )
    half = Second(1, {}, [], {}, {"eve": BusinessOfSecond(5, 5, 500), "day": BusinessOfSecond(1, 1, 100)})
    sums = DaySums(day).add_all([second(0, phase="eve"), half])
    assert sums.eve_s == pytest.approx(3600)
    assert sums.gmv_fen == pytest.approx(100 * DAY_S / 1.5)


def test_money_is_followed_within_a_second_and_against_the_marks() -> None:
    # Even through the morning, half of the day's by noon.
    sums = DaySums(DAY).add_all([*(second(s, gmv_fen=40) for s in range(2, 6)), second(6, gmv_fen=40)])
    assert sums.gmv_share(HALF) == pytest.approx(0.5)
    assert sums.gmv_share(HALF / 8) == pytest.approx(0.5 / 8)
    assert sums.gmv_share(DAY_S) == sums.gmv_share(2 * DAY_S) == pytest.approx(1)
    [(mark, off)] = sums.off_the_marks([Mark(HALF, 0.47)])
    assert mark.share == 0.47
    assert off == pytest.approx(0.03)


def test_what_is_paid_after_the_day_weighs_nothing() -> None:
    sums = DaySums(DAY).add_all([second(6, gmv_fen=40), second(7, gmv_fen=9_000)])
    assert sums.gmv_fen == pytest.approx(40 * HALF)


def test_a_day_without_money_is_at_no_mark() -> None:
    assert DaySums(DAY).gmv_share(HALF) == 0
