"""The core with risk before its flash sale: a hundred customers, each with a device, and a few who share."""

from __future__ import annotations

from typing import Any

from mock_platform.domain.customer import Customer
from mock_platform.domain.flash_sale import FlashSale
from mock_platform.domain.order import Order
from mock_platform.domain.purchase import Purchase
from mock_platform.services.screening import Screening
from mock_platform.stores.decisions_memory import MemoryDecisions
from mock_platform.stores.velocities_memory import MemoryVelocities
from mock_platform.systems.risk_control import risk_rows
from tests.mock_platform.core_world import World, Wrap, sale_lines, unwrapped
from tests.mock_platform.interruptions import run

PEOPLE = tuple(f"P{number}" for number in range(1, 101))
DORMITORY = tuple(f"D{number}" for number in range(1, 9))
"""They live at one address."""


class ScreenedWorld(World):
    flash_sale: FlashSale

    def __init__(self, *, wrap: Wrap = unwrapped, decisions_kept: int = 1_000, allotment: int = 50) -> None:
        super().__init__(wrap=wrap)
        self.velocities, self.decisions = MemoryVelocities(), MemoryDecisions(decisions_kept)
        self.screening = Screening(
            velocities=wrap(self.velocities),
            decisions=wrap(self.decisions),
            addresses=self.customers,
            secret=b"a secret",
        )
        self.checkout._screen = self.screening.screen
        self.bookkeeping._tables += (self._risk_rows,)
        run(self._move_in())
        self.flash_sale = run(self.sale(allotment=allotment))

    async def _risk_rows(self) -> dict[str, list[dict[str, Any]]]:
        return await risk_rows(True, self.velocities, self.decisions)

    async def _move_in(self) -> None:
        await self.customers.put_customers(
            Customer(name, "王小明", "13812341234", "杭州市", f"浙江省杭州市西湖区文三路{name}号") for name in PEOPLE
        )
        await self.customers.put_customers(
            Customer(name, "李小红", "13912341234", "杭州市", "浙江省杭州市西湖区文三路1号") for name in DORMITORY
        )

    async def tries(self, buyer: str, key: str = "k1", *, device: str | None = None, **wish: Any) -> Order:
        """One unit of the sale, from the buyer's own device if none is named."""
        device = f"phone of {buyer}" if device is None else device
        purchase = Purchase(buyer, sale_lines(), self.flash_sale.flash_sale, device=device, **wish)
        order, _ = await self.checkout.place(key, purchase)
        return order
