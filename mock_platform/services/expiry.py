"""Expiry: the only place that gives stock back.

A hold too old and no order: release. The order exists: sold. The order ended: free again. Nowhere else.
"""

from __future__ import annotations

import asyncio
import logging

from mock_platform.domain import changes
from mock_platform.domain.errors import VersionConflict
from mock_platform.domain.events import Event
from mock_platform.domain.order import Order
from mock_platform.domain.reservation import Hold
from mock_platform.protocols import Clock, OrderStore, StockStore, Tally

log = logging.getLogger(__name__)

SWEPT_MAX = 2_000
SETTLED_IN_A_ROW = 16
"""Then others on the loop get their turn."""


class Expiry:
    def __init__(self, *, stock: StockStore, orders: OrderStore, clock: Clock, tally: Tally) -> None:
        self._stock = stock
        self._orders = orders
        self._clock = clock
        self._tally = tally

    async def give_back(self, event: Event) -> None:
        """On OrderCancelled and RefundRequested: the order's units are free again."""
        await self._stock.give_back(event.order)

    async def sweep(self) -> int:
        """Settle holds past their expiry and cancel orders past `pay_before`, a bounded number of each; how many.

        An order whose deposit was paid ends so when its balance closes, and the deposit is forfeited; where the bank
        has yet to speak of a balance asked for in time, the order waits for that.

        What fails is logged and looked at again by the next sweep; it keeps nobody else waiting.
        """
        settled = 0
        for number, hold in enumerate(await self._stock.expired(self._clock(), SWEPT_MAX)):
            if number % SETTLED_IN_A_ROW == 0:
                await asyncio.sleep(0)
            try:
                await self._settle(hold)
                settled += 1
            except Exception as error:
                log.warning("the hold of %s could not be settled: %r", hold.order, error)
        for number, order in enumerate(await self._orders.unpaid(self._clock(), SWEPT_MAX)):
            if number % SETTLED_IN_A_ROW == 0:
                await asyncio.sleep(0)
            try:
                settled += await self._cancel(order)
            except Exception as error:
                log.warning("%s could not be cancelled: %r", order.order, error)
        return settled

    async def _settle(self, hold: Hold) -> None:
        # The claim dies before its units are free: a commit that comes late finds it lost, so nothing is sold twice.
        if await self._orders.abandon(hold.order):
            await self._stock.give_back(hold.order)
        elif (await self._orders.order(hold.order)).is_live:
            await self._stock.sell(hold.order)
        else:
            await self._stock.give_back(hold.order)

    async def _cancel(self, order: Order) -> bool:
        ending = changes.cancelled(order, self._clock())
        try:
            await self._orders.commit(ending)
        except VersionConflict:
            return False  # paid or cancelled this very moment; if neither, the next sweep finds it
        self._tally.order("expired")
        if ending.order is not None and ending.order.forfeited_fen:
            self._tally.order("forfeited")
        return True
