"""The presale: deposits before midnight, balances when their window opens, units kept for depositors meanwhile."""

from __future__ import annotations

from typing import Any

import msgspec

from mock_platform.api.presales import Presales
from mock_platform.services.deposits import Deposits
from mock_platform.stores.presales_memory import MemoryPresales
from mock_platform.systems.ground import Ground, System

OUTCOMES = ("deposited", "forfeited")
"""Of orders, beyond those of every shop."""


def open_presale(ground: Ground) -> System:
    presales = MemoryPresales()
    deposits = Deposits(
        presales=presales,
        catalogue=ground.stores.catalogue,
        stock=ground.stores.stock,
        new_id=ground.new_id,
        payment_window_s=ground.settings.payment_window_s,
    )
    ground.metrics.orders.expect(OUTCOMES)

    async def rows() -> dict[str, list[dict[str, Any]]]:
        found = await presales.presales()
        return {"presales": [{**msgspec.structs.asdict(each), "place": each.place} for each in found]}

    return System(
        name="presale", routes=Presales(deposits, ground.clock).routes(), sells={"presale": deposits}, rows=rows
    )
