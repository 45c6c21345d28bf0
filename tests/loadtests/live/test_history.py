"""Whoever opens a page late sees the whole run, in few points, and no spike is lost in them."""

from __future__ import annotations

from typing import Any

import pytest

from loadtests.live.history import EVENTS_MAX, POINTS_MAX, History


def frame(number: int, **figures: Any) -> dict[str, Any]:
    point = {"at_s": number + 1.0, "offered": 0, "p95": 0, "margins": [0.5], "operations": {}, **figures}
    return {"point": point, "events": [{"at": number, "kind": "note", "text": ""}]}


def told(seconds: int, **of_second_1000: Any) -> dict[str, Any]:
    history = History()
    for number in range(seconds):
        history.add(frame(number, offered=10, **(of_second_1000 if number == 1000 else {})))
    return history.so_far()


def test_a_short_run_keeps_every_second() -> None:
    so_far = told(100)
    assert so_far["stride_s"] == 1
    assert [point["at_s"] for point in so_far["points"]] == [n + 1.0 for n in range(100)]


@pytest.mark.parametrize("seconds", [POINTS_MAX - 1, POINTS_MAX, POINTS_MAX + 1, 3_601, 20_000])
def test_however_long_the_run_there_are_few_points_in_order_up_to_now(seconds: int) -> None:
    points = told(seconds)["points"]
    instants = [point["at_s"] for point in points]
    assert len(points) <= POINTS_MAX
    assert instants == sorted(set(instants)) and instants[-1] == seconds
    assert {point["offered"] for point in points} == {10}  # a rate stays a rate


def test_a_spike_of_one_second_is_still_there_hours_later() -> None:
    so_far = told(20_000, p95=7.5, margins=[-0.4], operations={"POST /orders": 9.0})
    assert so_far["stride_s"] > 8
    assert max(point["p95"] for point in so_far["points"]) == 7.5
    assert min(point["margins"][0] for point in so_far["points"]) == -0.4
    assert max(point["operations"].get("POST /orders", 0) for point in so_far["points"]) == 9.0


def test_seconds_without_a_figure_are_no_zeroes() -> None:
    history = History()
    for number in range(POINTS_MAX):
        history.add(frame(number, p95=None, margins=[None]))
    point = history.so_far()["points"][0]
    assert (point["p95"], point["margins"]) == (None, [None])


def test_only_the_latest_events_are_kept() -> None:
    assert len(told(3 * EVENTS_MAX)["events"]) == EVENTS_MAX
