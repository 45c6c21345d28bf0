"""A glance is a sum over a series' samples with these labels; a system without its series is not spoken of."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from mock_platform.services.glancing import GLANCES, Glancing


def series() -> Iterator[Metric]:
    backlog = GaugeMetricFamily("shop_sorting_backlog_parcels", "x", labels=("warehouse",))
    backlog.add_metric(("W1",), 7)
    backlog.add_metric(("W2",), 5)
    yield backlog
    parcels = CounterMetricFamily("shop_parcels", "x", labels=("state",))
    parcels.add_metric(("sorted",), 90)
    parcels.add_metric(("delivered",), 80)
    yield parcels
    yield GaugeMetricFamily("shop_pickups_waiting", "x", value=3)  # of the outlets, and their tills say nothing


def test_samples_are_added_up_by_their_labels() -> None:
    assert Glancing(series).now() == {"logistics": {"to_sort": 12, "delivered": 80}}


def test_every_glance_is_at_one_figure_or_two_and_the_first_is_the_one_that_moves() -> None:
    assert all(len(told) == 2 for told in GLANCES.values())
