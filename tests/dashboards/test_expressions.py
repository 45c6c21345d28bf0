"""Every expression parses and names only series and labels that shop, crowd or a recording rule really have."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable

import pytest
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import Metric

from loadtests.judgement.judging import judge_all
from loadtests.judgement.tally import Tally
from loadtests.live.load_metrics import LoadMetrics
from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import PlannedFault, Profile
from loadtests.plan.thresholds import parse_threshold
from loadtests.record.books import Account
from loadtests.record.histogram import Histogram
from loadtests.record.second import RequestsOfSecond, Second, WorkerOfSecond
from mock_platform.app import METRICS, make_app
from mock_platform.settings import Settings
from tests.dashboards.watched import Expression, expressions, recorded

OF_PROMETHEUS = {"up": set[str](), "ALERTS": {"alertname", "alertstate", "severity"}}
OF_THE_TARGET = {"job", "instance"}
EXPRESSIONS = expressions()
Series = dict[str, set[str]]


@pytest.fixture(scope="module")
def series() -> Series:
    """Label names by series name, of all that can be asked for."""
    shop = asyncio.run(make_app(Settings(admin_token="x", skus=20, merchants=2, customers=20)))[METRICS]
    shop.requests.of("/skus", "GET").observe(200, 0.01)
    processes = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=processes)
    known: Series = {**OF_PROMETHEUS, **{name: set() for name in recorded()}}
    for families in (shop.registry.collect(), load_metrics().registry.collect(), processes.collect()):
        for name, labels in labels_of(families).items():
            known[name] = labels
    return known


def load_metrics() -> LoadMetrics:
    threshold = parse_threshold("failures", "rate < 1%")
    stage = Stage("zero_hour", 10, 100, 100)
    profile = Profile("p", (stage,), thresholds=(threshold,), faults=(PlannedFault("zero_hour", 0, 1, "hang", "/"),))
    histogram = Histogram()
    histogram.record(0.1)
    delta = histogram.delta()
    second = Second(
        0,
        arrivals={"zero_hour": Account(offered=1)},
        requests=[RequestsOfSecond("GET /skus", "S", "zero_hour", "ok", delta, delta)],
        lag={"zero_hour": delta},
        workers=[WorkerOfSecond(0)],
    )
    tally, metrics = Tally(profile), LoadMetrics(profile, "run")
    tally.add(second)
    metrics.add(second, judge_all(profile.thresholds, tally))
    return metrics


def labels_of(families: Iterable[Metric]) -> Series:
    found: Series = defaultdict(set)
    for family in families:
        for sample in family.samples:
            found[sample.name] |= set(sample.labels)
    return found


def test_there_are_expressions_of_every_kind() -> None:
    assert len(EXPRESSIONS) > 150
    assert len({str(each) for each in EXPRESSIONS}) == len(EXPRESSIONS)


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_an_expression_names_only_series_and_labels_that_exist(expression: Expression, series: Series) -> None:
    selectors = expression.selectors()
    assert selectors, "it asks for no series"
    for selector in selectors:
        assert selector.name in series, f"no series {selector.name}"
        if selector.name not in recorded():
            asked = {matcher.name for matcher in selector.matchers.matchers}
            assert asked <= series[selector.name] | OF_THE_TARGET, f"{selector.name} has no {asked}"


def test_every_series_of_the_shop_and_of_the_crowd_is_shown_or_watched(series: Series) -> None:
    used = {selector.name for expression in EXPRESSIONS for selector in expression.selectors()}
    ours = {name for name in series if name.startswith(("shop_", "load_")) and ":" not in name}
    parts = {f"{name.removesuffix('_bucket')}{part}" for name in used for part in ("_bucket", "_sum", "_count")}
    assert not ours - used - parts
