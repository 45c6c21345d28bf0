"""Key rotation: a new master key, then every data key wrapped anew, a few at a time while the shop sells on.

Nobody's personal data is opened for it. The former key goes when nothing is left under it, so whatever happens in
between, what it wrapped can be read; cut off anywhere, the next step goes on where this one was.
"""

from __future__ import annotations

import asyncio
import logging

import msgspec

from mock_platform.domain.master_key import KeyState
from mock_platform.domain.sealing import SealBroken, SealedCustomer
from mock_platform.protocols import Clock
from mock_platform.protocols_personal_data import KeyRing, PersonalDataStore

log = logging.getLogger(__name__)

BATCH = 100
"""Data keys in a row, then others on the loop get their turn: 100 take about 0.3 ms."""
PAUSE_S, IDLE_S = 0.005, 0.1


class Rotation(msgspec.Struct, frozen=True, gc=False):
    """`looked_at` of `customers` records were looked at so far."""

    key: str
    begun_at: float
    looked_at: int
    customers: int


class KeyRotation:
    """`every_s`: begin one by itself this long after the last; 0: only when asked."""

    def __init__(self, *, customers: PersonalDataStore, keys: KeyRing, clock: Clock, every_s: float = 0.0) -> None:
        self._customers = customers
        self._keys = keys
        self._clock = clock
        self._every_s = every_s
        self._looked_at = 0
        self.begun_at = clock()
        """The latest one, or when the shop opened."""
        self._broken: set[str] = set()
        """Whose data key could not be wrapped anew in this rotation: told once."""
        self.finished = 0
        self.rewrapped = 0

    @property
    def is_under_way(self) -> bool:
        return any(key.state is KeyState.RETIRING for key in self._keys.inventory())

    async def begin(self) -> Rotation:
        """The rotation under way; a new one if there is none. It goes on in the background."""
        customers = await self._customers.count()
        if not self.is_under_way:
            self.begun_at = self._clock()
            self._looked_at = 0
            self._keys.rotate(self.begun_at)
        return Rotation(self._keys.active, self.begun_at, self._looked_at, customers)

    async def step(self) -> bool:
        """One batch of the rotation under way; False if there is nothing to do, or nothing more for the moment."""
        if not self.is_under_way:
            if not self._every_s or self._clock() < self.begun_at + self._every_s:
                return False
            await self.begin()
        records = await self._customers.batch(self._looked_at, BATCH)
        if not records:
            return await self._finish()
        for record in records:
            if isinstance(record, SealedCustomer) and record.data_key.key != self._keys.active:
                await self._rewrap(record)
        self._looked_at += len(records)
        return True

    async def _rewrap(self, record: SealedCustomer) -> None:
        """Not kept if the customer was erased since: what we read is then nobody's any more."""
        try:
            data_key = self._keys.rewrap(record.data_key, record.customer)
        except SealBroken as broken:
            # Nobody else has to wait for it; but its key stays, and the rotation is not over.
            if record.customer not in self._broken:
                log.error("cannot wrap the data key anew: %s", broken)
                self._broken.add(record.customer)
            return
        self.rewrapped += await self._customers.rewrap(record, data_key)

    async def _finish(self) -> bool:
        """Destroy what nothing is left under. Else all records are looked through once more: False, after a pause."""
        in_use = await self._customers.keys_in_use()
        left = False
        for key in self._keys.inventory():
            if key.state is not KeyState.RETIRING:
                continue
            if in_use.get(key.key):
                left = True
            else:
                self._keys.destroy(key.key, self._clock())
        self._looked_at = 0
        if not left:
            self.finished += 1
            self._broken.clear()
            log.info("data keys of %d customers are wrapped by master key %s", sum(in_use.values()), self._keys.active)
        return not left

    async def run(self) -> None:
        """Rotate until cancelled."""
        while True:
            was_busy = await self.step()
            await asyncio.sleep(PAUSE_S if was_busy else IDLE_S)
