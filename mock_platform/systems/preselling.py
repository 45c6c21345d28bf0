"""The presale: deposits before midnight, balances when their window opens, units kept for depositors meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
from prometheus_client.core import GaugeMetricFamily, Metric

from mock_platform.api.presales import Presales
from mock_platform.domain.presale import PresaleState
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

    def series() -> Iterator[Metric]:
        due_fen = ground.stores.orders.balances_due()
        yield GaugeMetricFamily("shop_presale_balances_due", "Orders with a deposit paid alone.", value=len(due_fen))
        yield GaugeMetricFamily(
            "shop_presale_balances_due_yuan", "What is still to be paid of them.", value=sum(due_fen) / 100
        )
        windows = GaugeMetricFamily("shop_presales", "Presales by the window they are in.", labels=("state",))
        states = Counter(presale.state(ground.clock()) for presale in presales.listed())
        for state in PresaleState:
            windows.add_metric((state.value,), states[state])
        yield windows

    return System(
        name="presale",
        routes=Presales(deposits, ground.clock).routes(),
        sells={"presale": deposits},
        rows=rows,
        series=series,
    )
