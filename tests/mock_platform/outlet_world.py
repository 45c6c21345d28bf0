"""The core with two outlets: a shelf each that till and web sell from, and codes that a test can look up."""

from __future__ import annotations

import itertools
from typing import Any

from mock_platform.audit import audit
from mock_platform.domain.events import OrderPaid, RefundRequested
from mock_platform.domain.order import Order
from mock_platform.domain.outlet import Outlet, Tender
from mock_platform.domain.pickup import Codes, Pickup
from mock_platform.domain.reservation import Units
from mock_platform.metrics_outlets import OutletSeries
from mock_platform.services.outlet_selling import OutletSelling
from mock_platform.services.picking_up import PickingUp
from mock_platform.services.till_selling import TillSelling
from mock_platform.stores.outlets_memory import MemoryOutlets
from mock_platform.systems.offline_outlets import outlet_rows
from tests.mock_platform.core_world import HOLD_S, LOCK_S, World, Wrap, assert_sums, lines, unwrapped
from tests.mock_platform.interruptions import run

WINDOW_S = 40.0
SHELF = {"S1": 6, "S2": 3, "S3": 1}
OUTLETS = (
    Outlet("D1", "杭州火车站店", "杭州市", ("S1", "S2", "S3")),
    Outlet("D2", "上海人民广场店", "上海市", ("S1", "S2", "S3")),
)


class OutletWorld(World):
    def __init__(self, *, wrap: Wrap = unwrapped, **more: Any) -> None:
        super().__init__(wrap=wrap, **more)
        self.series, self.codes = OutletSeries(), Codes("a secret of the shop's own")
        self.outlets = MemoryOutlets(OUTLETS)
        numbers = itertools.count(1)
        mine: dict[str, Any] = {
            "orders": wrap(self.orders),
            "clock": self.clock,
            "new_id": lambda prefix: f"{prefix}o{next(numbers)}",
            "tally": self.tally,
            "lock_s": LOCK_S,
        }
        shop: dict[str, Any] = {
            "outlets": wrap(self.outlets),
            "catalogue": wrap(self.catalogue),
            "stock": wrap(self.stock),
        }
        self.selling = OutletSelling(**shop)
        self.till = TillSelling(**mine, **shop, till_tally=self.series, hold_s=HOLD_S)
        self.picking_up = PickingUp(
            **mine,
            pickups=wrap(self.orders.pickups),
            codes=self.codes,
            pickup_tally=self.series,
            window_s=WINDOW_S,
        )
        self.sells["outlet"] = self.selling
        self.handlers[OrderPaid].append(self.picking_up.lay_out)
        self.handlers[RefundRequested].append(self.picking_up.withdraw)
        run(self.stock.put(Units(sku, each.place, units) for each in OUTLETS for sku, units in SHELF.items()))

    async def reserved(self, buyer: str = "C1", key: str = "k1", outlet: str = "D1", **quantities: int) -> Order:
        order, _ = await self.place(buyer, key, lines(**quantities), outlet=outlet)
        return order

    async def ready(self, buyer: str = "C1", key: str = "k1", outlet: str = "D1", **quantities: int) -> Order:
        """Paid, and laid out for its code."""
        order = await self.reserved(buyer, key, outlet, **quantities)
        await self.asked(order, key=f"{key}-pay")
        self.clock.advance(1.5)
        await self.bank.diary.step()
        await self.outbox.step()
        return await self.orders.order(order.order)

    async def collected(self, buyer: str = "C1", key: str = "k1", outlet: str = "D1", **quantities: int) -> Order:
        order = await self.ready(buyer, key, outlet, **quantities)
        done, _, _ = await self.picking_up.hand_over(outlet, f"{key}-fetch", self.codes.code(order.order))
        return done

    async def sold(self, outlet: str = "D1", key: str = "t1", tender: Tender = Tender.CASH, **wanted: int) -> Order:
        order, _ = await self.till.sell(outlet, key, lines(**wanted), tender)
        return order

    async def pickup(self, order: Order) -> Pickup:
        found = await self.orders.pickups.pickup(order.order)
        assert found is not None
        return found

    async def free(self, sku: str = "S1", outlet: str = "D1") -> int:
        return await self.stock.free(sku, f"outlet:{outlet}")

    async def turn(self, seconds: float = 1.0) -> None:
        await super().turn(seconds)
        await self.picking_up.sweep()
        await self.outbox.step()

    async def snapshot(self) -> dict[str, Any]:
        rows = await outlet_rows(self.outlets, self.orders.pickups)
        return {**await self.bookkeeping.snapshot(), **rows}

    async def settled_books(self) -> dict[str, Any]:
        """Everything has come to rest, nothing waits any more, and the audit finds nothing."""
        await self.settle()
        snapshot = await self.snapshot()
        assert [(found.invariant, found.message) for found in audit(snapshot).violations] == []
        assert snapshot["pending"] == {"events": [], "payments": 0, "holds": 0}
        assert await self.orders.pickups.waiting() == 0
        assert_sums(snapshot)
        return snapshot
