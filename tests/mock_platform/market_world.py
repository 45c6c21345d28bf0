"""The core's world with a marketplace on it: its services over real stores, wrapped as a test likes."""

from __future__ import annotations

import itertools
from typing import Any

from mock_platform.domain.merchant import MerchantAccount, MerchantState
from mock_platform.domain.order import Order
from mock_platform.services.merchandising import Merchandising
from mock_platform.services.onboarding import Onboarding
from mock_platform.services.settlement import Settlement
from mock_platform.stores.merchants_memory import MemoryMerchants
from mock_platform.stores.settlements_memory import MemorySettlements
from mock_platform.systems.marketplace import marketplace_rows
from tests.mock_platform.core_world import OPENING, World, Wrap, unwrapped

FINISH_AFTER_S, FEE_BASIS_POINTS = 10.0, 200
SECRET = "a secret of sixteen or more"


def digest(secret: str) -> bytes:
    return secret.encode()[::-1]


class Market(World):
    """`wrap` is for the marketplace's own services, `core` for those of every shop."""

    def __init__(self, *, wrap: Wrap = unwrapped, core: Wrap = unwrapped, **world: Any) -> None:
        super().__init__(wrap=core, **world)
        accounts = [
            MerchantAccount(name, f"shop {name}", "杭州市", MerchantState.APPROVED, (("approved", OPENING),))
            for name in ("M1", "M2")
        ]
        self.merchants, self.settlements = MemoryMerchants(accounts), MemorySettlements()
        numbers = itertools.count(1)
        mine: dict[str, Any] = {"clock": self.clock, "new_id": lambda prefix: f"{prefix}m{next(numbers)}"}
        merchants, catalogue = wrap(self.merchants), wrap(self.catalogue)
        self.onboarding = Onboarding(
            **mine, merchants=merchants, catalogue=catalogue, new_secret=lambda: f"new {SECRET}", digest=digest
        )
        self.merchandising = Merchandising(
            **mine, merchants=merchants, catalogue=catalogue, stock=wrap(self.stock), finish_after_s=FINISH_AFTER_S
        )
        self.settlement = Settlement(
            **mine,
            orders=wrap(self.orders),
            settlements=wrap(self.settlements),
            fee_basis_points=FEE_BASIS_POINTS,
        )

    async def snapshot(self) -> dict[str, Any]:
        terms = {"fee_basis_points": FEE_BASIS_POINTS, "settle_every_s": 2.0, "priced_within_s": 5.0}
        rows = await marketplace_rows(terms, self.catalogue, self.merchants, self.settlements, self.settlement)
        return {**await self.bookkeeping.snapshot(), **rows}

    async def delivered(self, buyer: str = "C1", key: str = "k1", **quantities: int) -> Order:
        order = await self.paid(buyer, key, **quantities)
        await self.settle()
        return await self.orders.order(order.order)

    def restocked(self, sku: str) -> int:
        return self.stock._counts[sku, "web"].restocked
