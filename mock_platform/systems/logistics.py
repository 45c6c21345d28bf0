"""Logistics put together: parcels from the paid order through warehouse and sorter to the carrier and the door."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from prometheus_client.core import GaugeMetricFamily, Metric

from mock_platform.api.shipments import Shipments
from mock_platform.api.warehouses import Warehouses
from mock_platform.domain.events import OrderCleared, OrderPaid
from mock_platform.faults.plan import CARRIER_ROUTE
from mock_platform.partners.carrier import CarrierBehaviour, SimulatedCarrier
from mock_platform.services.fulfilment import Fulfilment
from mock_platform.services.sorting import Sorting, logistics_rows
from mock_platform.services.upkeep import every
from mock_platform.systems.ground import Ground, System

SORTING_EVERY_S = 0.05
"""How stale a parcel's state may be; when it was sorted does not depend on it."""


def open_logistics(ground: Ground) -> System:
    settings, orders, clock = ground.settings, ground.stores.orders, ground.clock
    carrier = SimulatedCarrier(
        clock=clock,
        rng=ground.rng("carrier"),
        behaviour=CarrierBehaviour(
            collected_after_s=settings.carrier_collected_s,
            road_km_per_s=settings.carrier_road_km_per_s,
            delivered_after_s=settings.carrier_delivered_s,
            late=settings.carrier_late_rate,
            late_s=settings.carrier_late_s,
            lost=settings.carrier_lost_rate,
            doubled=settings.carrier_doubled_rate,
        ),
        deliveries=partial(ground.injector.deliveries, CARRIER_ROUTE),
    )
    fulfilment = Fulfilment(
        orders=orders,
        customers=ground.stores.customers,
        carrier=carrier,
        clock=clock,
        tally=ground.metrics,
        chase_after_s=settings.chase_after_s,
    )
    sorting = Sorting(
        orders=orders,
        carrier=carrier,
        clock=clock,
        tally=ground.metrics,
        picked_after_s=settings.picked_after_s,
        packed_after_s=settings.packed_after_s,
        sorted_per_s=settings.sorted_per_s,
    )
    carrier.on_collected, carrier.on_arrived = fulfilment.on_collected, fulfilment.on_arrived
    carrier.on_delivered = fulfilment.on_delivered
    return System(
        name="logistics",
        routes=(*Shipments(fulfilment).routes(), *Warehouses(sorting).routes()),
        works={
            "carrier": carrier.run,
            "fulfilment": every(settings.sweep_every_s, fulfilment.sweep),
            "sorting": every(SORTING_EVERY_S, sorting.step),
        },
        handlers={OrderPaid: [fulfilment.pack], OrderCleared: [fulfilment.pack]},
        rows=partial(logistics_rows, orders, settings.sorted_per_s, settings.carrier_road_km_per_s),
        series=partial(_series, sorting),
    )


def _series(sorting: Sorting) -> Iterable[Metric]:
    backlog = GaugeMetricFamily(
        "shop_sorting_backlog_parcels", "Parcels neither sorted nor recalled.", labels=("warehouse",)
    )
    capacity = GaugeMetricFamily(
        "shop_sorting_capacity_parcels_per_second", "What a warehouse's sorter manages.", labels=("warehouse",)
    )
    for warehouse, parcels in sorting.latest_backlogs.items():
        backlog.add_metric((warehouse,), parcels)
        capacity.add_metric((warehouse,), sorting.sorted_per_s)
    yield backlog
    yield capacity
