"""The order engines under contract, and the first steps of an order, for the contract's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from mock_platform.domain import changes
from mock_platform.domain.idempotency import Claim, fingerprint
from mock_platform.domain.order import Line, Order, new_order
from mock_platform.domain.payment import Outcome, new_payment
from mock_platform.domain.reservation import WEB
from mock_platform.protocols import OrderStore
from mock_platform.stores.orders_memory import MemoryOrders
from mock_platform.stores.orders_pooled import PooledOrders

LOCK_S = 10.0
PRINT = fingerprint("order", "a body")
OTHER_PRINT = fingerprint("order", "another body")
LINES = (Line("S1", WEB, 2, 50, "M1"), Line("S2", WEB, 1, 30, "M2"))

Engine = Callable[[], AbstractAsyncContextManager[OrderStore]]


@asynccontextmanager
async def memory() -> AsyncIterator[OrderStore]:
    yield MemoryOrders()


@asynccontextmanager
async def pooled() -> AsyncIterator[OrderStore]:
    yield PooledOrders(connections=2, commit_s=0.0001)


ENGINES: list[Engine] = [memory, pooled]
"""A new engine joins the contract by a line here."""


async def claimed(orders: OrderStore, key: str = "k1", subject: str = "O1", now: float = 0.0) -> Claim:
    claim = await orders.claim("C1", key, PRINT, subject, now, LOCK_S)
    assert isinstance(claim, Claim)
    return claim


def order_for(claim: Claim, at: float = 0.0) -> Order:
    return new_order(claim.subject, claim.buyer, claim.key, LINES, flash_sale=None, at=at, payment_window_s=60.0)


async def placed(orders: OrderStore, number: int = 1, at: float = 0.0) -> Order:
    claim = await claimed(orders, f"k{number}", f"O{number}", at)
    await orders.commit(changes.placed(order_for(claim, at), claim))
    return await orders.order(claim.subject)


async def asked(orders: OrderStore, order: Order, payment: str = "P1", at: float = 1.0) -> None:
    claim = await orders.claim(order.buyer, f"{payment}-key", fingerprint("pay", payment), payment, at, LOCK_S)
    assert isinstance(claim, Claim)
    asking = new_payment(payment, order, claim.key, order.payable_fen, "card", at)
    await orders.commit(changes.payment_asked(order, asking, claim))


async def paid(orders: OrderStore, number: int = 1) -> Order:
    order = await placed(orders, number)
    await asked(orders, order, f"P{number}")
    posted = changes.bank_spoke(
        await orders.order(order.order), await orders.payment(f"P{number}"), Outcome.POSTED, None, 2.0
    )
    assert posted is not None
    await orders.commit(posted)
    return await orders.order(order.order)
