"""Buyers, bank, customs and rates at once, in any order: the books are clean whatever happened."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from mock_platform.domain.customs import YEARLY_LIMIT_FEN
from mock_platform.domain.errors import ShopError
from mock_platform.domain.order import Order, WantedLine
from mock_platform.partners.bank import BankBehaviour
from mock_platform.partners.customs_broker import CustomsBehaviour
from tests.mock_platform.core_world import BUYERS, lines
from tests.mock_platform.customs_world import GOODS, CustomsWorld
from tests.mock_platform.interruptions import Suspending

BANK = BankBehaviour(declined=0.1, late=0.3, lost=0.2, doubled=0.3)
CUSTOMS = CustomsBehaviour(rejected=0.3, late=0.3, late_s=20.0, lost=0.2, doubled=0.3)
ROUNDS, BUYERS_AT_ONCE = 8, 6


class Storm:
    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.world = CustomsWorld(wrap=Suspending, customs=CUSTOMS, behaviour=BANK, seed=seed)
        self.orders: list[Order] = []
        self.keys = 0

    def key(self) -> str:
        self.keys += 1
        return f"k{self.keys}"

    async def wanted(self) -> tuple[WantedLine, ...]:
        """One or two things from abroad at the price shown a moment ago; at times something from home with them."""
        skus = await self.world.catalogue.skus(self.rng.sample(sorted(GOODS), self.rng.choice((1, 1, 2))))
        imported = tuple(WantedLine(sku.sku, self.rng.randint(1, 3), sku.price_fen) for sku in skus)
        return imported + (lines() if self.rng.random() < 0.1 else ())

    async def buy(self) -> None:
        order, _ = await self.world.place(self.rng.choice(BUYERS), self.key(), await self.wanted())
        self.orders.append(order)
        if self.rng.random() < 0.8:
            await self.world.asked(order, key=self.key())

    async def regret(self) -> None:
        if not self.orders:
            return
        order = self.rng.choice(self.orders)
        if self.rng.random() < 0.5:
            await self.world.checkout.cancel(order.buyer, order.order)
        else:
            await self.world.charging.refund(order.buyer, self.key(), order.order)

    async def new_rate(self) -> None:
        dated_at = self.world.clock() + self.rng.choice((0.0, 3.0))
        await self.world.importing.give_rate("USD", self.rng.randint(6_000_000, 7_000_000), dated_at)

    async def act(self) -> None:
        step = self.rng.choice((self.buy, self.buy, self.buy, self.regret, self.new_rate))
        try:
            await step()
        except ShopError:
            pass  # a refusal is an answer


@pytest.mark.parametrize("seed", range(12))
async def test_a_storm_leaves_clean_books(seed: int) -> None:
    storm = Storm(seed)
    for _ in range(ROUNDS):
        await asyncio.gather(*(storm.act() for _ in range(BUYERS_AT_ONCE)), storm.world.turn(storm.rng.uniform(0, 4)))
    snapshot = await storm.world.settled_books()
    declared = [order for order in snapshot["orders"] if order["declared"]]
    assert declared
    for buyer in BUYERS:
        spent_fen = await storm.world.orders.imports.spent_fen(buyer, 2017)
        live = [order for order in declared if order["buyer"] == buyer and order["state"] == "delivered"]
        assert spent_fen == sum(line["quantity"] * line["unit_price_fen"] for order in live for line in order["lines"])
        assert spent_fen <= YEARLY_LIMIT_FEN
