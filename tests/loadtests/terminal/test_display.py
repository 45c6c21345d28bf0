"""The live panel and the plain line tell the same figures of the same second."""

from __future__ import annotations

import io

from rich.console import Console

from loadtests.judgement.judging import judge_all
from loadtests.judgement.tally import Tally
from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import Profile
from loadtests.plan.thresholds import parse_threshold
from loadtests.record.books import Account
from loadtests.record.histogram import Histogram
from loadtests.record.second import BusinessOfSecond, RequestsOfSecond, Second, WorkerOfSecond
from loadtests.terminal.display import Display, line, panel
from loadtests.terminal.progress import Progress, progress

THRESHOLDS = (parse_threshold("response", "p(95) < 500ms"), parse_threshold("failures", "rate < 1%"))
PROFILE = Profile("p", (Stage("zero_hour", 10, 100, 100),), thresholds=THRESHOLDS)


def told(number: int = 4) -> Progress:
    histogram = Histogram()
    histogram.record_many([0.010] * 98 + [0.9] * 2)
    delta = histogram.delta()
    second = Second(
        number,
        arrivals={"zero_hour": Account(offered=110, started=105, completed=90, failed=4, dropped=3)},
        requests=[RequestsOfSecond("POST /orders", "B", "zero_hour", "ok", delta, delta)],
        business={"zero_hour": BusinessOfSecond(orders=44, payments=40, gmv_fen=123_456_00)},
        workers=[WorkerOfSecond(0, cpu=0.42, shoppers=60, in_flight=11, waiting=2)],
    )
    tally = Tally(PROFILE)
    tally.add(second)
    return progress(second, tally, judge_all(THRESHOLDS, tally), 10.0, "zero_hour", "00:05:22")


def test_both_faces_tell_the_same_story() -> None:
    page = io.StringIO()
    Console(file=page, width=120).print(panel("zerohour", told()))
    live, plain = page.getvalue(), line(told())
    for figure in ("zero_hour", "00:05:22", "110", "105", "10 ms", "900 ms", "44", "¥123,456"):
        assert figure in live, figure
        assert figure in plain, figure
    assert "thresholds 2/2" in plain
    assert "11 of 60 shoppers" in live
    assert "42 % of a core" in live


def test_the_cursor_waits_on_an_empty_line_where_an_echoed_ctrl_c_moves_nothing() -> None:
    page = io.StringIO()
    console = Console(file=page, width=80, force_terminal=True, color_system=None)
    with Display(console, "zerohour", live=True) as display:
        display.update(told())
        border, waiting = page.getvalue().split("\n")[-2:]
    assert border.endswith("─╯")
    assert waiting.strip() == ""


def test_without_a_terminal_a_line_comes_every_five_seconds_and_with_each_new_phase() -> None:
    page = io.StringIO()
    with Display(Console(file=page, width=200), "zerohour", live=False) as display:
        for number in range(10):
            display.update(told(number))
    assert [row.split()[0] for row in page.getvalue().splitlines()] == ["1", "5", "10"]
