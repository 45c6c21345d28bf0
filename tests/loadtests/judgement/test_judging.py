from __future__ import annotations

import pytest

from loadtests.judgement.judging import OBSERVERS, ThresholdResult, judge, judge_all
from loadtests.judgement.tally import Tally
from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import Profile
from loadtests.plan.selector import METRICS
from loadtests.plan.thresholds import parse_threshold
from loadtests.record.books import Account
from loadtests.record.histogram import Histogram, HistogramDelta
from loadtests.record.second import BusinessOfSecond, Event, RequestsOfSecond, Second

STAGES = (Stage("warm_up", 1, 10, 10, measured=False), Stage("steady", 4, 25, 25), Stage("peak", 5, 100, 100))


def delta(*durations_s: float) -> HistogramDelta:
    histogram = Histogram()
    histogram.record_many(durations_s)
    return histogram.delta()


def requests(phase: str, outcome: str, *responses_s: float, operation: str = "/pay") -> RequestsOfSecond:
    service = delta(*(duration_s / 10 for duration_s in responses_s))
    return RequestsOfSecond(operation, "Buyer", phase, outcome, delta(*responses_s), service)


def tally_of(*seconds: Second, recovery: bool = False) -> Tally:
    thresholds = (parse_threshold("recovery{fault=hang}", "value < 5s"),) if recovery else ()
    tally = Tally(Profile("p", STAGES, thresholds=thresholds))
    for second in seconds:
        tally.add(second)
    return tally


FULL = (
    Second(
        0,
        arrivals={"warm_up": Account(offered=10, started=10, completed=10)},
        requests=[requests("warm_up", "failed", *([60.0] * 10))],
        lag={"warm_up": delta(9.0)},
        business={"warm_up": BusinessOfSecond(100, 100, 100)},
    ),
    Second(
        1,
        arrivals={"steady": Account(offered=100, started=100, completed=95, failed=5)},
        requests=[
            requests("steady", "ok", *(ms / 1000 for ms in range(1, 91))),
            requests("steady", "refused", *(ms / 1000 for ms in range(91, 96))),
            requests("steady", "failed", *(ms / 1000 for ms in range(96, 101))),
        ],
        lag={"steady": delta(0.001, 0.002)},
        business={"steady": BusinessOfSecond(40, 20, 400_000)},
    ),
    Second(
        9,
        arrivals={"peak": Account(offered=500, started=490, completed=480, dropped=10, unfinished=10)},
        requests=[requests("peak", "ok", *([0.2] * 300), operation="/skus")],
        business={"peak": BusinessOfSecond(50, 10, 500_000)},
    ),
)

CASES = [
    # selector, expression, observed, unit, samples, result
    ("response{phase=steady}", "p(95) < 95.1ms", 0.095, "s", 100, "PASS"),
    ("response{phase=steady}", "p(95) < 94.9ms", 0.095, "s", 100, "FAIL"),
    ("response{phase=steady}", "med <= 51ms", 0.050, "s", 100, "PASS"),
    ("response{phase=steady}", "avg < 51ms", 0.0505, "s", 100, "PASS"),
    ("response{phase=steady}", "min == 1ms", 0.001, "s", 100, "PASS"),
    ("response{phase=steady}", "max < 100ms", 0.1, "s", 100, "FAIL"),
    ("response", "max <= 200ms", 0.2, "s", 400, "PASS"),
    ("response{phase=warm_up}", "max <= 200ms", 60.0, "s", 10, "FAIL"),
    ("response{operation=/skus}", "p(50) < 1s", 0.2, "s", 300, "PASS"),
    ("service{phase=steady}", "p(95) < 9.6ms", 0.0095, "s", 100, "PASS"),
    ("schedule_lag", "p(99) < 50ms", 0.002, "s", 2, "PASS"),
    ("requests", "count == 400", 400, "count", 400, "PASS"),
    ("requests{phase=peak}", "rate >= 60/s", 60.0, "per_s", 300, "PASS"),
    ("failures", "rate < 1.3%", 0.0125, "ratio", 400, "PASS"),
    ("failures{phase=steady}", "rate < 5%", 0.05, "ratio", 100, "FAIL"),
    ("failures{phase=peak}", "rate < 0.1%", 0.0, "ratio", 300, "PASS"),
    ("failures", "count < 5", 5, "count", 400, "FAIL"),
    ("refusals{phase=steady}", "rate <= 5%", 0.05, "ratio", 100, "PASS"),
    ("arrivals", "count == 600", 600, "count", 600, "PASS"),
    ("arrivals{phase=peak}", "rate >= 100/s", 100.0, "per_s", 500, "PASS"),
    ("dropped", "rate < 1%", 10 / 600, "ratio", 600, "FAIL"),
    ("dropped{phase=steady}", "rate < 1%", 0.0, "ratio", 100, "PASS"),
    ("orders", "rate >= 10/s", 10.0, "per_s", 600, "PASS"),
    ("payments{phase=peak}", "rate > 2/s", 2.0, "per_s", 500, "FAIL"),
    ("orders", "count >= 91", 90, "count", 600, "FAIL"),
    ("gmv", "count >= 9000", 900_000, "fen", 600, "PASS"),
    ("gmv", "rate >= 1001/s", 100_000.0, "fen_per_s", 600, "FAIL"),
]


@pytest.mark.parametrize(("selector", "expression", "observed", "unit", "samples", "result"), CASES)
def test_each_metric_is_observed_in_base_units_over_the_measured_phases(
    selector: str, expression: str, observed: float, unit: str, samples: int, result: str
) -> None:
    tally = tally_of(*FULL)
    tally.close()
    judged = judge(parse_threshold(selector, expression), tally)
    assert judged.observed == pytest.approx(observed, rel=0.0006)
    assert (judged.unit, judged.samples, judged.result) == (unit, samples, result)


def test_every_metric_of_the_grammar_can_be_judged() -> None:
    assert {*OBSERVERS, "recovery", "promql"} == set(METRICS)


NOTHING_TO_JUDGE = [
    ("response", "p(95) < 1s"),
    ("response", "p(95) > 0s"),
    ("service", "max < 1s"),
    ("schedule_lag", "p(99) < 50ms"),
    ("failures", "rate < 1%"),
    ("failures", "count < 1"),
    ("refusals", "rate < 1%"),
    ("requests", "count > 0"),
    ("requests", "count == 0"),
    ("requests", "rate < 100/s"),
    ("orders", "count < 5"),
    ("orders", "rate < 5/s"),
    ("payments", "count == 0"),
    ("gmv", "count < 5"),
    ("arrivals", "count < 5"),
    ("arrivals", "rate < 5/s"),
    ("dropped", "rate < 0.1%"),
    ("recovery{fault=hang}", "value < 5s"),
    ('promql("up")', "value < 5"),
]


@pytest.mark.parametrize(("selector", "expression"), NOTHING_TO_JUDGE)
def test_no_data_is_never_a_pass(selector: str, expression: str) -> None:
    for seconds in ((), (Second(0), Second(9))):
        tally = tally_of(*seconds)
        tally.close()
        judged = judge(parse_threshold(selector, expression), tally)
        assert (judged.result, judged.observed, judged.samples) == ("NO_DATA", None, 0)
        assert judged.reason


@pytest.mark.parametrize(
    ("selector", "reason"),
    [
        ("failures{operation=/pya}", 'the run has no operation /pya; did you mean "/pay"?'),
        ("failures{phase=stedy}", 'the run has no phase stedy; did you mean "steady"?'),
        ("failures{scenario=Bot}", "the run has no scenario Bot; there is Buyer"),
        ("failures{operation=/pay,phase=peak}", "nothing was measured"),
    ],
)
def test_a_label_that_matches_nothing_is_no_data_and_says_why(selector: str, reason: str) -> None:
    judged = judge(parse_threshold(selector, "rate < 1%"), tally_of(*FULL))
    assert (judged.result, judged.reason) == ("NO_DATA", reason)


def test_no_orders_is_a_figure_where_others_were_counted_and_no_data_where_nobody_counts() -> None:
    counted = tally_of(*FULL, Second(9, business={"peak": BusinessOfSecond()}))
    uncounted = tally_of(Second(1, arrivals={"steady": Account(offered=5)}))
    threshold = parse_threshold("orders{phase=steady}", "count < 5")
    assert judge(threshold, uncounted).reason == "nobody counted orders or payments"
    assert judge(threshold, counted).observed == 40


def test_fewer_samples_than_wanted_are_no_data_though_the_figure_is_shown() -> None:
    table = {"threshold": "p(95) < 1ms", "min_samples": 101}
    judged = judge(parse_threshold("response{phase=steady}", table), tally_of(*FULL))
    assert (judged.result, judged.reason) == ("NO_DATA", "100 samples, and it takes 101")
    assert judged.observed == pytest.approx(0.095, rel=0.0006)
    table["min_samples"] = 100
    assert judge(parse_threshold("response{phase=steady}", table), tally_of(*FULL)).result == "FAIL"


def test_unfinished_requests_count_as_failures_with_the_age_they_had_reached() -> None:
    hung = Second(9, requests=[requests("peak", "failed", *([28.0] * 10))])
    tally = tally_of(*FULL, hung)
    assert judge(parse_threshold("failures{phase=peak}", "rate < 1%"), tally).observed == pytest.approx(10 / 310)
    assert judge(parse_threshold("response{phase=peak}", "p(99) < 1s"), tally).observed == pytest.approx(
        28.0, rel=0.0006
    )


def test_a_count_that_is_still_to_be_reached_is_undecided_until_the_run_is_over() -> None:
    tally = tally_of(*FULL)
    threshold = parse_threshold("orders", "count >= 91")
    assert judge(threshold, tally).result == "NO_DATA"
    tally.close()
    assert judge(threshold, tally).result == "FAIL"


def test_a_count_that_was_exceeded_needs_no_end() -> None:
    assert judge(parse_threshold("failures", "count < 5"), tally_of(*FULL)).result == "FAIL"


def test_the_rate_of_a_run_cut_short_is_over_the_time_that_was() -> None:
    tally = tally_of(*FULL[:2])
    tally.close(stopped_s=3.0)
    tally.elapsed_s = 10.0  # it drained for seven seconds more
    assert judge(parse_threshold("arrivals{phase=steady}", "rate >= 50/s"), tally).observed == 50.0


FAULT = Second(4, events=[Event(3.0, "fault_started", "hang"), Event(5.0, "fault_ended", "hang")])


def healthy(number: int, response_s: float = 0.1) -> Second:
    return Second(number, requests=[requests("steady", "ok", response_s, response_s)])


@pytest.mark.parametrize(
    ("slow_until", "last", "observed", "result"),
    [
        (6, 12, 1.0, "PASS"),
        (11, 20, 6.0, "FAIL"),
        (99, 20, 15.0, "FAIL"),
        (99, 8, None, "NO_DATA"),
    ],
    ids=["in time", "too late", "never, and watched long enough", "never, but not watched long enough to say"],
)
def test_recovery_is_judged_by_the_seconds_after_the_fault(
    slow_until: int, last: int, observed: float | None, result: str
) -> None:
    seconds = [healthy(n, 9.0 if 3 <= n < slow_until else 0.1) for n in range(last)]
    seconds[4].events = FAULT.events
    judged = judge(parse_threshold("recovery{fault=hang}", "value < 5s"), tally_of(*seconds, recovery=True))
    assert (judged.observed, judged.result, judged.samples) == (observed, result, 1)


def test_what_prometheus_said_is_held_against_the_bound() -> None:
    threshold = parse_threshold('promql("up")', "value < 5")
    assert judge(threshold, tally_of(), {"up": 4.0}).result == "PASS"
    assert judge(threshold, tally_of(), {"up": 5.0}).result == "FAIL"
    assert judge(threshold, tally_of(), {"up": float("nan")}).reason == "Prometheus answered nan"
    assert judge(threshold, tally_of()).reason == "Prometheus was not asked"


def test_a_row_has_the_columns_of_the_verdict() -> None:
    tally = tally_of(*FULL)
    rows = [r.to_json() for r in judge_all([parse_threshold("response{phase=steady}", "max < 500ms")], tally)]
    assert rows == [
        {
            "metric": "response",
            "labels": {"phase": "steady"},
            "expression": "max < 500ms",
            "observed": 0.1,
            "limit": 0.5,
            "unit": "s",
            "samples": 100,
            "result": "PASS",
            "first_breach_s": None,
        }
    ]
    assert ThresholdResult("m", {}, "e", None, 1, "s", 0, "NO_DATA", None, "why").to_json()["reason"] == "why"
