"""Expiry: the only place that gives stock back. A hold too old and no order: release. The order exists: sold. Nowhere else."""

from __future__ import annotations

from mock_platform.domain.events import Event
from mock_platform.protocols import Clock, OrderStore, StockStore, Tally


class Expiry:
    def __init__(self, *, stock: StockStore, orders: OrderStore, clock: Clock, tally: Tally) -> None: ...

    async def give_back(self, event: Event) -> None:
        """On OrderCancelled and RefundRequested: the order's units are free again."""

    async def sweep(self) -> int:
        """Settle holds past their expiry and cancel orders past `pay_before`, a bounded number each; how many."""
