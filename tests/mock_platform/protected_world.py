"""Data protection over a whole shop, for tests that cut it off, rotate its keys or fill its disk."""

from __future__ import annotations

import itertools
from typing import Any

from mock_platform.services.data_protection import DataProtection
from mock_platform.services.key_rotation import KeyRotation
from mock_platform.stores.access_log_memory import MemoryAccessLog
from tests.mock_platform.core_world import World


class Office:
    """Data protection over a whole shop, its stores wrapped as a test likes."""

    def __init__(self, wrap: Any = lambda inner: inner, **log: Any) -> None:
        numbers = itertools.count(1)
        self.world = World()
        self.log = MemoryAccessLog(**log)
        self.keys = self.world.customers.keys
        self.protection = DataProtection(
            customers=wrap(self.world.customers),
            keys=self.keys,
            orders=wrap(self.world.orders),
            carts=wrap(self.world.carts),
            log=self.log,
            clock=self.world.clock,
            new_id=lambda prefix: f"{prefix}{next(numbers)}",
        )
        self.rotation = KeyRotation(customers=wrap(self.world.customers), keys=self.keys, clock=self.world.clock)

    @property
    def reads(self) -> int:
        return sum(self.log.counts().values())


async def finish(office: Office) -> int:
    steps = 0
    while office.rotation.is_under_way:
        await office.rotation.step()
        steps += 1
        assert steps < 100
    return steps
