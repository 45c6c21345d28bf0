"""Offline outlets: shelves sold from at the till and on the web at once, and goods that wait there for their code."""

from __future__ import annotations

import secrets
from functools import partial
from hashlib import blake2b
from typing import Any

from mock_platform.api.clerk_sessions import ClerkSessions
from mock_platform.api.outlets import Outlets
from mock_platform.api.pickups import Pickups
from mock_platform.api.tills import Tills
from mock_platform.domain.events import OrderPaid, RefundRequested
from mock_platform.domain.pickup import Codes, Pickup
from mock_platform.metrics_outlets import OutletSeries
from mock_platform.protocols_outlets import OutletStore, PickupStore
from mock_platform.services.clerking import Clerking
from mock_platform.services.outlet_selling import OutletSelling
from mock_platform.services.picking_up import SWEPT_MAX, PickingUp
from mock_platform.services.till_selling import TillSelling
from mock_platform.services.upkeep import every
from mock_platform.stores.outlets_memory import MemoryOutlets
from mock_platform.systems.ground import Ground, System

OUTCOMES = ("collected",)
"""Of orders, beyond those of every shop."""
DIGEST_KEY_BYTES = 64


def open_outlets(ground: Ground) -> System:
    settings, stores, clock = ground.settings, ground.stores, ground.clock
    outlets, pickups, series = MemoryOutlets(ground.seed.shops.outlets), stores.orders.pickups, OutletSeries()
    ground.metrics.orders.expect(OUTCOMES)
    selling = OutletSelling(outlets=outlets, catalogue=stores.catalogue, stock=stores.stock)
    clerking = Clerking(
        outlets=outlets,
        new_secret=partial(secrets.token_urlsafe, 24),
        digest=partial(_digest, settings.session_secret.encode()[:DIGEST_KEY_BYTES]),
    )
    till_selling = TillSelling(
        outlets=outlets,
        catalogue=stores.catalogue,
        stock=stores.stock,
        orders=stores.orders,
        clock=clock,
        new_id=ground.new_id,
        tally=ground.metrics,
        till_tally=series,
        lock_s=settings.key_lock_s,
        hold_s=settings.hold_s,
    )
    picking_up = PickingUp(
        orders=stores.orders,
        pickups=pickups,
        codes=Codes(settings.session_secret),
        clock=clock,
        new_id=ground.new_id,
        tally=ground.metrics,
        pickup_tally=series,
        lock_s=settings.key_lock_s,
        window_s=settings.pickup_window_s,
    )

    async def sweep() -> None:
        await picking_up.sweep()
        series.waiting = await pickups.waiting()

    async def pending() -> dict[str, int]:
        # Goods that may still be fetched are no reason to wait; those nobody fetched in time are.
        return {"pickups": len(await pickups.overdue(clock(), SWEPT_MAX))}

    return System(
        name="outlets",
        routes=(
            *Outlets(selling).routes(),
            *Pickups(picking_up).routes(),
            *Tills(till_selling).routes(),
            *ClerkSessions(clerking, ground.clerk_sessions).routes(),
        ),
        works={"pickups": every(settings.sweep_every_s, sweep)},
        handlers={OrderPaid: [picking_up.lay_out], RefundRequested: [picking_up.withdraw]},
        sells={"outlet": selling},
        rows=partial(outlet_rows, outlets, pickups),
        pending=pending,
        series=series.collect,
    )


async def outlet_rows(outlets: OutletStore, pickups: PickupStore) -> dict[str, list[dict[str, Any]]]:
    """What the audit reads. Codes are not among it, nor anything that they could be worked out from."""
    return {
        "outlets": [
            {"outlet": each.outlet, "city": each.city, "place": each.place} for each in await outlets.outlets()
        ],
        "pickups": [_pickup_row(each) for each in await pickups.pickups()],
    }


def _digest(key: bytes, secret: str) -> bytes:
    """What is kept of an outlet's secret: useless without the shop's own."""
    return blake2b(secret.encode(), key=key, digest_size=32, person=b"outlet secret").digest()


def _pickup_row(pickup: Pickup) -> dict[str, Any]:
    return {
        "order": pickup.order,
        "outlet": pickup.outlet,
        "digest": pickup.digest,
        "collect_before": pickup.collect_before,
        "state": pickup.state.value,
        "history": [[state, at] for state, at in pickup.history],
        "handed_over_in": pickup.handed_over_in,
        "shown": pickup.shown,
    }
