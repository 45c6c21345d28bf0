"""The core with goods from abroad: their rates, their buyers' limits, and customs that decide as a test likes."""

from __future__ import annotations

from random import Random
from typing import Any

from mock_platform.audit import audit
from mock_platform.domain.currency import ExchangeRate
from mock_platform.domain.customs import imported_sku
from mock_platform.domain.declaration import Declaration
from mock_platform.domain.events import OrderCleared, OrderPaid, RefundRequested
from mock_platform.domain.merchant import Merchant
from mock_platform.domain.order import Order, WantedLine
from mock_platform.domain.reservation import WEB, Units
from mock_platform.domain.sku import Sku
from mock_platform.metrics_customs import CustomsSeries
from mock_platform.partners.customs_broker import CustomsBehaviour, SimulatedBroker
from mock_platform.services.clearance import Clearance
from mock_platform.services.importing import Importing
from mock_platform.stores.rates_memory import MemoryRates
from mock_platform.systems.cross_border import customs_rows
from tests.mock_platform.core_world import OPENING, World, unwrapped
from tests.mock_platform.interruptions import run

INQUIRE_AFTER_S = 3.0
USD = ExchangeRate("USD", 6_500_000, OPENING - 86_400)
JPY = ExchangeRate("JPY", 58_440, OPENING - 86_400)
GOODS = {
    "I1": ("美妆护肤", "JP", 3_980, JPY),  # 3,980 yen are 232.59 yuan
    "I2": ("数码", "US", 60_000, USD),  # 600 dollars are 3,900 yuan
    "I3": ("鞋靴箱包", "US", 100_000, USD),  # 1,000 dollars are 6,500 yuan: more than an order may be worth
}
PRICES_FEN = {"I1": 23_259, "I2": 390_000, "I3": 650_000}
DUTIES_FEN = {"I1": 5_363, "I2": 35_490, "I3": 157_950}


def imported(**quantities: int) -> tuple[WantedLine, ...]:
    """imported(I1=2): two of I1 at the price shown."""
    return tuple(WantedLine(sku, quantity, PRICES_FEN[sku]) for sku, quantity in quantities.items())


class CustomsWorld(World):
    def __init__(
        self, *, wrap: Any = unwrapped, customs: CustomsBehaviour | None = None, seed: int = 1, **more: Any
    ) -> None:
        super().__init__(wrap=wrap, seed=seed, **more)
        self.rates = MemoryRates((USD, JPY))
        self.series = CustomsSeries()
        imports = wrap(self.orders.imports)
        self.broker = SimulatedBroker(clock=self.clock, rng=Random(seed), behaviour=customs)
        self.importing = Importing(
            catalogue=wrap(self.catalogue),
            rates=wrap(self.rates),
            imports=imports,
            clock=self.clock,
            skus=tuple(GOODS),
        )
        self.clearance = Clearance(
            orders=wrap(self.orders),
            imports=imports,
            broker=wrap(self.broker),
            clock=self.clock,
            tally=self.tally,
            customs_tally=self.series,
            inquire_after_s=INQUIRE_AFTER_S,
        )
        self.broker.on_verdict = self.clearance.on_verdict
        self.sells["cross_border"] = self.importing
        self.handlers[OrderPaid].append(self.clearance.declare)
        self.handlers[OrderCleared] = [self.fulfilment.pack]
        self.handlers[RefundRequested].append(self.clearance.withdraw)
        run(self._unload())

    async def _unload(self) -> None:
        await self.catalogue.put_merchants([Merchant("X1", "overseas shop", "Tokyo")])
        await self.catalogue.put_skus(
            imported_sku(Sku(sku, f"thing {sku}", heading, "X1", 1), origin, price_minor, rate)
            for sku, (heading, origin, price_minor, rate) in GOODS.items()
        )
        await self.stock.put(Units(sku, WEB, 50) for sku in GOODS)

    async def imported_order(self, buyer: str = "C1", key: str = "k1", **quantities: int) -> Order:
        order, _ = await self.place(buyer, key, imported(**(quantities or {"I1": 1})))
        return order

    async def paid_import(self, buyer: str = "C1", key: str = "k1", **quantities: int) -> Order:
        """An order the bank has posted the money for; customs have not heard of it yet."""
        order = await self.imported_order(buyer, key, **quantities)
        await self.asked(order, key=f"{key}-pay")
        self.clock.advance(1.5)
        await self.bank.diary.step()
        return await self.orders.order(order.order)

    async def declaration(self, order: Order) -> Declaration:
        found = await self.orders.imports.declaration(order.order)
        assert found is not None
        return found

    async def turn(self, seconds: float = 1.0) -> None:
        await super().turn(seconds)
        await self.broker.diary.step()
        await self.clearance.sweep()
        await self.importing.reprice()
        await self.outbox.step()

    async def settle(self) -> None:
        self.broker.behaviour = CustomsBehaviour(rejected=self.broker.behaviour.rejected)
        await super().settle()

    async def snapshot(self) -> dict[str, Any]:
        rows = await customs_rows(self.orders.imports, self.rates, self.broker, INQUIRE_AFTER_S)
        return {**await self.bookkeeping.snapshot(), **rows}

    async def settled_books(self) -> dict[str, Any]:
        """Everything has come to rest, nothing is at customs any more, and the audit finds nothing."""
        await self.settle()
        snapshot = await self.snapshot()
        assert [(found.invariant, found.message) for found in audit(snapshot).violations] == []
        assert await self.orders.imports.moving() == 0
        assert snapshot["pending"]["events"] == []
        return snapshot
