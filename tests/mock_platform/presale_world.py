"""The core with a presale in it: S1 at 900 fen, 100 of them as a deposit, windows of some seconds each."""

from __future__ import annotations

from itertools import count
from typing import Any

import msgspec

from mock_platform.domain.order import Order, OrderState, WantedLine
from mock_platform.domain.payment import Payment
from mock_platform.domain.presale import Presale
from mock_platform.partners.bank import BankBehaviour
from mock_platform.services.deposits import Deposits
from mock_platform.stores.presales_memory import MemoryPresales
from tests.mock_platform.core_world import OPENING, PAYMENT_WINDOW_S, World, Wrap, unwrapped
from tests.mock_platform.interruptions import run

PRICE_FEN, DEPOSIT_FEN = 900, 100
DEPOSITS_CLOSE_S, REFUNDABLE_S, BALANCE_OPENS_S, BALANCE_CLOSES_S = 30.0, 35.0, 40.0, 100.0
"""After the opening of deposits, which is when the world begins."""
TERMS: dict[str, Any] = {
    "sku": "S1",
    "price_fen": PRICE_FEN,
    "deposit_fen": DEPOSIT_FEN,
    "allotment": 4,
    "limit_per_buyer": 2,
    "deposit_opens_at": OPENING,
    "deposit_closes_at": OPENING + DEPOSITS_CLOSE_S,
    "balance_opens_at": OPENING + BALANCE_OPENS_S,
    "balance_closes_at": OPENING + BALANCE_CLOSES_S,
    "refundable_until": OPENING + REFUNDABLE_S,
}


class PresaleWorld(World):
    presale: Presale

    def __init__(
        self, *, wrap: Wrap = unwrapped, behaviour: BankBehaviour | None = None, seed: int = 1, **terms: Any
    ) -> None:
        super().__init__(wrap=wrap, behaviour=behaviour, seed=seed)
        self.presales = MemoryPresales()
        numbers = count(1)
        self.deposits = Deposits(
            presales=wrap(self.presales),
            catalogue=wrap(self.catalogue),
            stock=wrap(self.stock),
            new_id=lambda prefix: f"{prefix}{next(numbers)}",
            payment_window_s=PAYMENT_WINDOW_S,
        )
        self.sells["presale"] = self.deposits
        self.bookkeeping._tables += (self._rows,)
        self.presale, _ = run(self.deposits.create(**(TERMS | terms)))

    async def _rows(self) -> dict[str, list[dict[str, Any]]]:
        found = await self.presales.presales()
        return {"presales": [{**msgspec.structs.asdict(each), "place": each.place} for each in found]}

    def at(self, seconds: float) -> None:
        """So many seconds after the opening."""
        self.clock.now = max(self.clock.now, OPENING + seconds)

    async def wanted(self, buyer: str = "C1", key: str = "k1", quantity: int = 1) -> Order:
        wish = (WantedLine("S1", quantity, PRICE_FEN),)
        order, _ = await self.place(buyer, key, wish, presale=self.presale.presale)
        return order

    async def due(self, order: Order, key: str = "d1", amount_fen: int | None = None) -> Payment:
        """Ask the bank for what is due now."""
        found = await self.orders.order(order.order)
        amount_fen = found.due_fen if amount_fen is None else amount_fen
        payment, _ = await self.charging.pay(order.buyer, key, order.order, amount_fen, "alipay")
        return payment

    async def bank_speaks(self) -> None:
        self.clock.advance(2.0)
        await self.bank.diary.step()
        await self.bank.diary.step()

    async def deposited(self, buyer: str = "C1", key: str = "k1", quantity: int = 1) -> Order:
        order = await self.wanted(buyer, key, quantity)
        await self.due(order, f"{key}-deposit")
        await self.bank_speaks()
        order = await self.now(order)
        assert order.state is OrderState.DEPOSITED
        return order

    async def paid_up(self, buyer: str = "C1", key: str = "k1", quantity: int = 1) -> Order:
        order = await self.deposited(buyer, key, quantity)
        self.at(BALANCE_OPENS_S)
        await self.due(order, f"{key}-balance")
        await self.bank_speaks()
        return await self.now(order)

    async def now(self, order: Order) -> Order:
        return await self.orders.order(order.order)

    async def back_fen(self) -> list[int]:
        return [line.refunded_fen for line in await self.bank.statement()]
