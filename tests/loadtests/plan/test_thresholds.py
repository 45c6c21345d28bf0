"""The grammar of thresholds: what each bound means, how a slip is told, and that nothing written can break it."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loadtests.plan.selector import METRICS, parse_selector, render_selector
from loadtests.plan.thresholds import OPERATORS, Threshold, ThresholdError, compare, parse_threshold, wanted_samples


@pytest.mark.parametrize(
    ("selector", "metric", "labels"),
    [
        ("response", "response", {}),
        ("response{}", "response", {}),
        ("response{operation=/ping,phase=steady}", "response", {"operation": "/ping", "phase": "steady"}),
        (" failures { phase = steady } ", "failures", {"phase": "steady"}),
        ("response{operation=/orders/{id}}", "response", {"operation": "/orders/{id}"}),
        ("response{operation=/orders/{id}/lines/{n},phase=a}", "response",
         {"operation": "/orders/{id}/lines/{n}", "phase": "a"}),
        ("response{phase=a,operation=PUT /carts/mine/lines/{sku}}", "response",
         {"phase": "a", "operation": "PUT /carts/mine/lines/{sku}"}),
        ("response{operation=GET /skus?q=}", "response", {"operation": "GET /skus?q="}),
        ("response{operation=GET /skus?q=,phase=a}", "response", {"operation": "GET /skus?q=", "phase": "a"}),
        ("response{operation=/a,b}", "response", {"operation": "/a,b"}),
        ('response{operation="/a,phase=b",phase=c}', "response", {"operation": "/a,phase=b", "phase": "c"}),
        ('response{operation="say \\"hi\\" \\\\"}', "response", {"operation": 'say "hi" \\'}),
        ("response{operation=查询 商品}", "response", {"operation": "查询 商品"}),
        ("recovery{fault=latency}", "recovery", {"fault": "latency"}),
        ('promql("sum(rate(x{a=\\"b\\"}[1m]))")', "promql", {"query": 'sum(rate(x{a="b"}[1m]))'}),
        ("promql('up{job=\"shop\"}')", "promql", {"query": 'up{job="shop"}'}),
    ],
)  # fmt: skip
def test_a_selector_says_what_is_measured(selector: str, metric: str, labels: dict[str, str]) -> None:
    assert parse_selector(selector) == (metric, labels)


@pytest.mark.parametrize(
    ("selector", "told"),
    [
        ("respnse", 'no metric "respnse"; did you mean "response"?'),
        ("http_req_duration", 'did you mean "response"?'),
        ("errors{phase=a}", 'did you mean "failures"?'),
        ("", "does not start with a metric"),
        ("response{phse=a}", 'response has no label "phse"; did you mean "phase"?'),
        ("orders{operation=x}", 'orders has no label "operation"; there is phase'),
        ("response{phase=a,phase=b}", "twice"),
        ("response{phase=}", "needs a value"),
        ("response{phase=a", "no list of labels"),
        ("response phase=a", "no list of labels"),
        ("response{phase}", "write it like phase=steady"),
        ("response{phase=a,}", "labels match exactly"),
        ("response{phase==a}", "labels match exactly"),
        ("response{phase=~a.*}", "labels match exactly"),
        ('response{phase="a}', "quotes of phase are not closed"),
        ("recovery", "recovery{fault=...}"),
        ("promql", "one query in quotes"),
        ('promql("")', "one query in quotes"),
        ("promql(up)", "one query in quotes"),
    ],
)
def test_a_wrong_selector_is_refused_in_one_sentence(selector: str, told: str) -> None:
    with pytest.raises(ThresholdError) as refusal:
        parse_selector(selector)
    assert told in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("selector", "text", "agg", "quantile", "op", "limit", "unit"),
    [
        ("response", "p(95) < 500ms", "p", 95.0, "<", 0.5, "s"),
        ("response", "p(99.9)<2s", "p", 99.9, "<", 2.0, "s"),
        ("response", "p(50) <= 1000", "p", 50.0, "<=", 1.0, "s"),
        ("service", "p( 0 ) >= 2us", "p", 0.0, ">=", 2e-6, "s"),
        ("service", "avg < 1m", "avg", None, "<", 60.0, "s"),
        ("response", "p(95) <= 1045ms", "p", 95.0, "<=", 1.045, "s"),
        ("schedule_lag", "max != 0", "max", None, "!=", 0.0, "s"),
        ("response", "med == 1m30s", "med", None, "==", 90.0, "s"),
        ("response", "min > 0.5", "min", None, ">", 0.0005, "s"),
        ("failures", "rate < 0.1%", "rate", None, "<", 0.001, "ratio"),
        ("failures", "rate < 0.001", "rate", None, "<", 0.001, "ratio"),
        ("failures", "rate < 3/s", "rate", None, "<", 3.0, "per_s"),
        ("failures", "count == 0", "count", None, "==", 0.0, "count"),
        ("refusals", "rate <= 5 %", "rate", None, "<=", 0.05, "ratio"),
        ("dropped", "rate < 0.1%", "rate", None, "<", 0.001, "ratio"),
        ("requests", "rate > 1000", "rate", None, ">", 1000.0, "per_s"),
        ("orders{phase=a}", "rate > 1000/s", "rate", None, ">", 1000.0, "per_s"),
        ("payments", "count >= 1e3", "count", None, ">=", 1000.0, "count"),
        ("arrivals", "rate > 99.5", "rate", None, ">", 99.5, "per_s"),
        ("gmv", "count > 1000000", "count", None, ">", 100_000_000.0, "fen"),
        ("gmv", "rate > 12.34/s", "rate", None, ">", 1234.0, "fen_per_s"),
        ("recovery{fault=latency}", "value < 30s", "value", None, "<", 30.0, "s"),
        ('promql("x")', "value < 3", "value", None, "<", 3.0, "value"),
        ('promql("x")', "value > -3", "value", None, ">", -3.0, "value"),
        ('promql("x")', "value < 500ms", "value", None, "<", 0.5, "s"),
        ('promql("x")', "value < 5%", "value", None, "<", 0.05, "ratio"),
    ],
)
def test_a_bound_is_read_in_base_units(
    selector: str, text: str, agg: str, quantile: float | None, op: str, limit: float, unit: str
) -> None:
    found = parse_threshold(selector, text)
    assert (found.agg, found.quantile, found.op, found.limit, found.unit) == (agg, quantile, op, limit, unit)


@pytest.mark.parametrize(
    ("selector", "text", "told"),
    [
        ("response", "p95 < 500ms", 'did you mean "p(95)"?'),
        ("response", "p(101) < 1s", "N goes from 0 to 100"),
        ("response", "p(-1) < 1s", "N goes from 0 to 100"),
        ("response", "median < 1s", 'did you mean "med"?'),
        ("response", "rate < 1", 'response has no "rate"'),
        ("failures", "p(95) < 1s", 'failures has no "p(95)"; there is rate, count'),
        ("failures", "value < 1", 'failures has no "value"'),
        ("failures", "rate < 5", 'did you mean "5%"?'),
        ("failures", "rate < 500ms", "is not a share"),
        ("failures", "count < 5%", "is not a number"),
        ("orders", "rate > 5%", "no whole of which"),
        ("orders", "rate > 5ms", "is not a rate"),
        ("response", "p(95) < 5%", "is not a duration"),
        ("response", "p(95) < 5 seconds", 'did you mean "5s"?'),
        ("response", "p(95) < -5ms", "negative"),
        ("failures", "count >= -1", "the bound is negative"),
        ("recovery{fault=x}", "value < 30", "without a unit"),
        ("response", "p(95) = 5ms", 'did you mean "=="?'),
        ("response", "p(95) =< 5ms", 'did you mean "<="?'),
        ("response", "p(95) ≤ 5ms", 'did you mean "<="?'),
        ("response", "p(95) <> 5ms", 'did you mean "!="?'),
        ("response", "p(95) <<< 5ms", "there is < <= > >= == !="),
        ("response", "p(95)", 'write it like "p(95) < 500ms"'),
        ("failures", "", 'write it like "rate < 0.1%"'),
        ("response", "p(95) <", "is not a duration"),
        ("response", "x" * 5000, "is no bound"),
    ],
)
def test_a_wrong_bound_is_refused_in_one_sentence(selector: str, text: str, told: str) -> None:
    with pytest.raises(ThresholdError) as refusal:
        parse_threshold(selector, text)
    assert told in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 250


def test_an_expression_is_shown_in_one_spelling() -> None:
    threshold = parse_threshold("response{operation=/orders/{id}}", " p( 95 )<500 ms ")
    assert threshold.expression == "p(95) < 500 ms"
    assert threshold.selector == "response{operation=/orders/{id}}"
    assert threshold.name == "response{operation=/orders/{id}}: p(95) < 500 ms"


def test_a_table_adds_when_to_abort_and_how_many_samples_count() -> None:
    table = {"threshold": "rate < 1%", "abort_on_fail": True, "delay_abort": "10s", "min_samples": 100}
    threshold = parse_threshold("failures", table)
    assert (threshold.abort_on_fail, threshold.delay_abort_s, threshold.min_samples) == (True, 10.0, 100)
    plain = parse_threshold("failures", {"threshold": "rate < 1%"})
    assert (plain.abort_on_fail, plain.delay_abort_s, plain.min_samples) == (False, 0.0, 1)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"treshold": "rate < 1%"}, 'did you mean "threshold"?'),
        ({}, "needs threshold"),
        ({"threshold": 5}, "needs threshold"),
        ({"threshold": "rate < 1%", "abort_on_fail": "yes"}, "true or false"),
        ({"threshold": "rate < 1%", "min_samples": 0}, "at least 1"),
        ({"threshold": "rate < 1%", "min_samples": True}, "at least 1"),
        ({"threshold": "rate < 1%", "min_samples": 1.5}, "at least 1"),
        ({"threshold": "rate < 1%", "delay_abort": "10s"}, "without abort_on_fail"),
        ({"threshold": "rate < 1%", "abort_on_fail": True, "delay_abort": 10}, "in quotes"),
        ({"threshold": "rate < 1%", "abort_on_fail": True, "delay_abort": "10"}, "without a unit"),
        (5, "a threshold is a string"),
        (None, "a threshold is a string"),
        (["rate < 1%"], "a threshold is a string"),
    ],
)
def test_a_wrong_table_is_refused(table: object, told: str) -> None:
    with pytest.raises(ThresholdError) as refusal:
        parse_threshold("failures", table)
    assert told in str(refusal.value)


@pytest.mark.parametrize(
    ("op", "kept_below", "kept_at", "kept_above"),
    [
        ("<", True, False, False),
        ("<=", True, True, False),
        (">", False, False, True),
        (">=", False, True, True),
        ("==", False, True, False),
        ("!=", True, False, True),
    ],
)
def test_bounds_are_compared_to_the_last_bit(op: str, kept_below: bool, kept_at: bool, kept_above: bool) -> None:
    limit = 1.045
    below, above = math.nextafter(limit, 0), math.nextafter(limit, 2)
    assert [compare(op, observed, limit) for observed in (below, limit, above)] == [kept_below, kept_at, kept_above]


@pytest.mark.parametrize("op", OPERATORS)
def test_what_could_not_be_measured_keeps_no_bound(op: str) -> None:
    assert not compare(op, math.nan, 1.0)
    assert not compare(op, 1.0, math.nan)


@pytest.mark.parametrize(
    ("text", "samples"),
    [("p(95) < 1s", 100), ("p(99) < 1s", 500), ("p(99.9) < 1s", 5000), ("p(99.99) < 1s", 50_000), ("p(100) < 1s", None),
     ("p(50) < 1s", None), ("max < 1s", None)],
)  # fmt: skip
def test_a_high_percentile_wants_five_samples_beyond_it(text: str, samples: int | None) -> None:
    assert wanted_samples(parse_threshold("response", text)) == samples


@pytest.mark.parametrize(
    ("value", "rendered"),
    [
        ("/orders/{id}", "/orders/{id}"),
        ("/a,b", "/a,b"),
        ("/a,phase=b", '"/a,phase=b"'),
        ('"', '"\\""'),
        (" a", '" a"'),
    ],
)
def test_only_a_value_that_would_be_misread_is_quoted(value: str, rendered: str) -> None:
    selector = render_selector("response", {"operation": value})
    assert selector == f"response{{operation={rendered}}}"
    assert parse_selector(selector) == ("response", {"operation": value})


PRINTABLE = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), min_size=1).filter(
    lambda text: text.isprintable()
)
TRICKY = st.text(alphabet='ab{}=,"\\ /phase~?', min_size=1, max_size=20)


@given(st.data())
@settings(max_examples=300)
def test_a_rendered_selector_reads_back_as_the_same(data: st.DataObject) -> None:
    metric = data.draw(st.sampled_from(sorted(METRICS)))
    names = METRICS[metric].labels
    values = st.one_of(PRINTABLE, TRICKY)
    labels = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(names, values)))
    if metric in ("recovery", "promql"):
        labels = {names[0]: data.draw(values.filter(lambda text: bool(text.strip())))}
    assert parse_selector(render_selector(metric, labels)) == (metric, labels)


@given(
    selector=st.sampled_from(
        ["response{phase=a}", "service", "failures{operation=/o/{id}}", "dropped", "gmv{phase=b}"]
    ),
    percent=st.floats(0, 100),
    op=st.sampled_from(sorted(OPERATORS)),
    amount=st.floats(0, 1e6),
    abort=st.booleans(),
    delay_s=st.floats(0, 1e5),
    samples=st.integers(1, 10**6),
)
@settings(max_examples=200)
def test_a_threshold_survives_its_way_through_json(
    selector: str, percent: float, op: str, amount: float, abort: bool, delay_s: float, samples: int
) -> None:
    trend = selector.startswith(("response", "service"))
    text = f"p({percent!r}) {op} {amount!r}ms" if trend else f"count {op} {amount!r}"
    table: dict[str, Any] = {"threshold": text, "min_samples": samples, "abort_on_fail": abort}
    if abort:
        table["delay_abort"] = f"{delay_s!r}s"
    threshold = parse_threshold(selector, table)
    assert Threshold.from_json(threshold.to_json()) == threshold


@given(st.text(alphabet='response{}failures=,"p(95)<>!=ms %/s.0123-~\\ \n\x00促', max_size=60), st.text(max_size=40))
@example("response", "p(95) < 1e-99999999999999999999s")
@example("response", "p(1e-99999999999999999999) < 1s")
@example("failures", "count < 1e99999999999999999999")
@settings(max_examples=400)
def test_no_text_breaks_the_grammar(selector: str, text: str) -> None:
    for left, right in (
        (selector, text),
        (text, selector),
        ("response", text),
        ("failures", selector),
        ("gmv", selector),
    ):
        try:
            parse_threshold(left, right)
        except ThresholdError as error:
            assert "\n" not in str(error)
