from __future__ import annotations

import random

import pytest

from loadtests.record.histogram import Histogram, HistogramDelta
from loadtests.record.second import Second, WorkerOfSecond
from loadtests.reports.operation_table import OperationTable
from loadtests.reports.timeline import EVERY_OPERATION, Timeline, percentiles_s
from tests.loadtests.reports.made_runs import second_of

QUANTILES = (0, 50, 95, 99, 99.9, 100)


@pytest.mark.parametrize("seed", range(5))
def test_percentiles_of_several_deltas_are_those_of_one_histogram(seed: int) -> None:
    chance = random.Random(seed)
    whole, deltas = Histogram(), []
    for _ in range(4):
        part = Histogram()
        part.record_many(chance.lognormvariate(-4, 2) for _ in range(chance.randrange(1, 60)))
        whole.merge(part)
        deltas.append(part.delta())
    deltas.append(HistogramDelta([], 0, 0, 0))
    assert percentiles_s(deltas, QUANTILES) == [whole.percentile(q) for q in QUANTILES]


def test_nothing_has_no_percentiles() -> None:
    assert percentiles_s([], QUANTILES) == [None] * len(QUANTILES)


def test_every_line_has_one_value_a_second_and_a_silent_one_has_none() -> None:
    line = Timeline(["POST /orders"])
    line.add(second_of(0, "peak", 40))
    line.add(Second(1))
    assert line.seconds == [0, 1]
    assert line.arrivals["offered"] == [40, 0]
    assert line.requests == {"ok": [104, 0], "refused": [2, 0], "failed": [0, 0]}
    assert line.business["orders"] == [20, 0] and line.counts_business
    assert line.response_s["POST /orders"]["p95"][0] and line.response_s["POST /orders"]["p95"][1] is None
    assert set(line.response_s) == {EVERY_OPERATION, "POST /orders"}
    assert line.generator["cpu"] == [0.3, None]


def test_the_busiest_worker_counts_and_shoppers_add_up() -> None:
    line = Timeline()
    line.add(Second(0, workers=[WorkerOfSecond(0, cpu=0.2, shoppers=5), WorkerOfSecond(1, cpu=0.9, shoppers=7)]))
    assert line.generator["cpu"] == [0.9]
    assert line.generator["shoppers"] == [12]
    assert not line.counts_business


def test_an_operation_s_phases_add_up_to_the_run() -> None:
    table = OperationTable()
    table.add(second_of(0, "calm", 20))
    table.add(second_of(1, "peak", 40, middle_s=1.0))
    whole = next(row for row in table.operations() if row.operation == "POST /orders")
    assert whole.outcomes == {"ok": 30, "refused": 4}
    assert whole.count == sum(row.count for row in table.rows.values() if row.operation == "POST /orders") == 34
    assert whole.response.max_s == table.rows["POST /orders", "peak"].response.max_s
    assert table.operations()[0].operation == "GET /skus/{sku}"
