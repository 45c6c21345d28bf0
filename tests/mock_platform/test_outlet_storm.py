"""Tills and web buyers race for the last units of a shelf, in any order: each is sold once, and the books are clean."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_platform.domain.errors import ShopError
from mock_platform.domain.outlet import Tender
from mock_platform.partners.bank import BankBehaviour
from tests.mock_platform.core_world import BUYERS, lines
from tests.mock_platform.interruptions import Suspending
from tests.mock_platform.outlet_world import SHELF, OutletWorld

BANK = BankBehaviour(declined=0.1, late=0.3, lost=0.2, doubled=0.3)
ROUNDS, AT_ONCE = 8, 6
TENDERS = tuple(Tender)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(["till", "web"]), st.integers(0, 12)), min_size=2, max_size=8))
def test_of_one_last_unit_one_till_or_one_buyer_has_it(comers: list[tuple[str, int]]) -> None:
    """`comers`: who comes, and how many steps of the others they let go by first."""

    async def race() -> None:
        world = OutletWorld(wrap=Suspending)

        async def come(number: int, who: str, late: int) -> bool:
            for _ in range(late):
                await asyncio.sleep(0)
            try:
                if who == "till":
                    await world.sold(key=f"t{number}", S3=1)
                else:
                    await world.reserved(BUYERS[number % 3], f"k{number}", S3=1)
            except ShopError:
                return False
            return True

        won = await asyncio.gather(*(come(number, *comer) for number, comer in enumerate(comers)))
        assert sum(won) == 1
        snapshot = await world.settled_books()
        sold = [order for order in snapshot["orders"] if order["state"] == "collected"]
        assert len(sold) == sum(has and who == "till" for has, (who, _) in zip(won, comers, strict=True))
        assert await world.free("S3") == 1 - len(sold)

    asyncio.run(race())


class Storm:
    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.world = OutletWorld(wrap=Suspending, behaviour=BANK, seed=seed)
        self.orders: list[Any] = []
        self.keys = 0

    def key(self) -> str:
        self.keys += 1
        return f"k{self.keys}"

    def wanted(self) -> dict[str, int]:
        return {sku: self.rng.randint(1, 2) for sku in self.rng.sample(sorted(SHELF), self.rng.choice((1, 1, 2)))}

    def outlet(self) -> str:
        return self.rng.choice(("D1", "D2"))

    async def reserve(self) -> None:
        order = await self.world.reserved(self.rng.choice(BUYERS), self.key(), self.outlet(), **self.wanted())
        self.orders.append(order)
        if self.rng.random() < 0.9:
            await self.world.asked(order, key=self.key())

    async def sell(self) -> None:
        key, outlet, wanted, tender = self.key(), self.outlet(), lines(**self.wanted()), self.rng.choice(TENDERS)
        for _ in range(self.rng.choice((1, 1, 2))):
            await self.world.till.sell(outlet, key, wanted, tender)

    async def fetch(self) -> None:
        if not self.orders:
            return
        order = self.rng.choice(self.orders)
        outlet = order.outlet if self.rng.random() < 0.8 else self.outlet()
        await self.world.picking_up.hand_over(outlet, self.key(), self.world.codes.code(order.order))

    async def regret(self) -> None:
        if not self.orders:
            return
        order = self.rng.choice(self.orders)
        if self.rng.random() < 0.5:
            await self.world.checkout.cancel(order.buyer, order.order)
        else:
            await self.world.charging.refund(order.buyer, self.key(), order.order)

    async def act(self) -> None:
        step = self.rng.choice((self.reserve, self.reserve, self.sell, self.fetch, self.fetch, self.regret))
        try:
            await step()
        except ShopError:
            pass  # a refusal is an answer


@pytest.mark.parametrize("seed", range(12))
async def test_a_storm_leaves_clean_books(seed: int) -> None:
    storm = Storm(seed)
    for _ in range(ROUNDS):
        await asyncio.gather(*(storm.act() for _ in range(AT_ONCE)), storm.world.turn(storm.rng.uniform(0, 4)))
    snapshot = await storm.world.settled_books()
    assert {order["state"] for order in snapshot["orders"]} <= {"collected", "cancelled", "refunded"}
    assert any(order["tender"] for order in snapshot["orders"])
