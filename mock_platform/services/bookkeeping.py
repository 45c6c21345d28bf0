"""Bookkeeping: the platform's books at one instant, for the audit and for those who wait until nothing moves."""

from __future__ import annotations

from typing import Any

from mock_platform.protocols import Bank, CatalogueStore, Clock, OrderStore, StockStore


class Bookkeeping:
    def __init__(
        self,
        *,
        stock: StockStore,
        orders: OrderStore,
        catalogue: CatalogueStore,
        bank: Bank,
        clock: Clock,
        boot: str,
        hold_s: float,
        payment_window_s: float,
        grace_s: float,
    ) -> None: ...

    async def snapshot(self) -> dict[str, Any]:
        """The books as the contract's Snapshot. With the memory engine nothing suspends, so it is one instant."""

    async def pending(self) -> dict[str, int]:
        """`events`, `payments` and `holds` that still move. Cheap."""
