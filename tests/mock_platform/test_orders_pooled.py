"""A pool of connections gives the memory engine a capacity: so many commits a second, the rest wait their turn."""

from __future__ import annotations

import asyncio
import time

import pytest

from mock_platform.domain import changes
from mock_platform.domain.errors import UnknownOrder
from mock_platform.stores.orders_pooled import PooledOrders
from tests.mock_platform.order_engines import claimed, order_for


async def test_commits_beyond_the_connections_wait_their_turn() -> None:
    orders = PooledOrders(connections=2, commit_s=0.02)
    claims = [await claimed(orders, f"k{number}", f"O{number}") for number in range(6)]
    began_at = time.monotonic()
    await asyncio.gather(*(orders.commit(changes.placed(order_for(claim), claim)) for claim in claims))
    assert time.monotonic() - began_at >= 3 * 0.02 * 0.9


async def test_who_hangs_up_while_waiting_has_committed_nothing_and_gives_the_connection_back() -> None:
    orders = PooledOrders(connections=1, commit_s=0.05)
    first, second = [await claimed(orders, f"k{number}", f"O{number}") for number in range(2)]
    hung_up = asyncio.create_task(orders.commit(changes.placed(order_for(first), first)))
    await asyncio.sleep(0.01)
    hung_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hung_up
    with pytest.raises(UnknownOrder):
        await orders.order(first.subject)
    await asyncio.wait_for(orders.commit(changes.placed(order_for(second), second)), 1.0)
    assert (await orders.order(second.subject)).order == second.subject
