"""The hall with the big screen: adds up what was paid as it is paid, and glances at what each system is at."""

from __future__ import annotations

from mock_platform.api.sales import SalesExport
from mock_platform.domain.events import OrderPaid
from mock_platform.services.glancing import Glancing
from mock_platform.services.showing import Showing
from mock_platform.systems.ground import Ground, System


def open_hall(ground: Ground) -> System:
    stores = ground.stores
    showing = Showing(
        orders=stores.orders,
        catalogue=stores.catalogue,
        customers=stores.customers,
        parcels=ground.metrics.parcels.counts,
    )
    return System(
        name="hall",
        routes=SalesExport(showing, Glancing(ground.metrics.rest)).routes(),
        handlers={OrderPaid: [showing.add]},
    )
