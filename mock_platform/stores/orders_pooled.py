"""Orders in memory behind a pool of connections, so that the shop has a database's capacity and not a dictionary's.

A commit takes a connection and keeps it for `commit_s`; when all are taken it waits its turn. So the shop holds about
`connections / commit_s` commits a second, some seven of them for each paid order, however fast the machine is. It is
what a rehearsal of overload, or a search for the capacity of a shop, needs to find.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from mock_platform.domain.changes import Changes
from mock_platform.stores.orders_memory import MemoryOrders


class PooledOrders(MemoryOrders):
    """`MemoryOrders` whose commits queue for `connections` connections and hold one for `commit_s` seconds each."""

    def __init__(self, *, connections: int, commit_s: float) -> None:
        super().__init__()
        self._connections = asyncio.Semaphore(connections)
        self._commit_s = commit_s
        self._asked = 0
        self._under_way = 0

    def commits(self) -> dict[str, int]:
        """How many commits wait for a connection, and how many have one."""
        return {"waiting": self._asked - self._under_way, "under_way": self._under_way}

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[None]:
        self._asked += 1
        try:
            async with self._connections:
                self._under_way += 1
                try:
                    await asyncio.sleep(self._commit_s)
                    yield
                finally:
                    self._under_way -= 1
        finally:
            self._asked -= 1

    async def commit(self, changes: Changes) -> None:
        async with self._connection():
            # Hung up before this line: nothing happened. The memory engine itself does not suspend.
            await super().commit(changes)

    async def commit_each(self, changes: Sequence[Changes]) -> list[bool]:
        async with self._connection():
            return await super().commit_each(changes)
