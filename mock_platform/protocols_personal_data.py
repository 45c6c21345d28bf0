"""The seams of data protection: who keeps the keys, who keeps what is sealed, and who writes down each clear read.

Instants are epoch seconds. The errors named are those of domain/errors.py and domain/sealing.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from mock_platform.domain.clear_read import ClearRead, Who, Why
from mock_platform.domain.master_key import MasterKey
from mock_platform.domain.paging import Page
from mock_platform.domain.sealing import ErasedCustomer, SealedCustomer, WrappedKey
from mock_platform.protocols import CustomerStore


class KeyRing(Protocol):
    """Master keys, which never leave it: they wrap the data keys of customers. Nothing here suspends.

    It counts what it gives out apart from any log, so that an audit can hold the two against each other.
    """

    @property
    def active(self) -> str:
        """The name of the key that wraps now."""

    @property
    def given_out(self) -> int:
        """How many data keys were unwrapped for somebody: each is a clear read."""

    def wrap(self, data_key: bytes, owner: str) -> WrappedKey: ...

    def unwrap(self, wrapped: WrappedKey, owner: str) -> bytes:
        """The data key. SealBroken if it was wrapped for somebody else, or by a key that is destroyed."""

    def rewrap(self, wrapped: WrappedKey, owner: str) -> WrappedKey:
        """The same data key under the active key; it does not leave the ring meanwhile."""

    def rotate(self, at: float) -> str:
        """Make a new key the active one; what the former one wrapped can still be unwrapped."""

    def destroy(self, key: str, at: float) -> None:
        """For good, of a key that is being retired. IllegalTransition else."""

    def inventory(self) -> list[MasterKey]:
        """The keys, the oldest first; of those destroyed the latest."""


class PersonalDataStore(CustomerStore, Protocol):
    """What erasing and the rotation of keys need beyond that."""

    async def erase(self, erased: ErasedCustomer) -> ErasedCustomer:
        """Put this in the place of the record, whose data key is then no more. Asked again: the first one stands."""

    async def rewrap(self, record: SealedCustomer, data_key: WrappedKey) -> bool:
        """Keep the record's data key so wrapped; False, and no change, if the record has changed since it was read."""

    async def batch(self, start: int, limit: int) -> list[SealedCustomer | ErasedCustomer]:
        """Records in the order they were first put, from the `start`-th on; none beyond the last."""

    async def keys_in_use(self) -> Mapping[str, int]:
        """How many data keys are wrapped by each master key."""

    def is_erased(self, customer: str) -> bool:
        """Does not suspend: every order asks."""

    async def erased(self) -> list[ErasedCustomer]:
        """All there are."""


class AccessLog(Protocol):
    """Who read whose personal data in the clear, and why. Nothing here suspends."""

    def write(self, at: float, who: Who, why: Why, customer: str, request: str) -> ClearRead:
        """Before the read, not after it. Overloaded if it cannot be written: then nobody may read."""

    def counts(self) -> Mapping[tuple[Who, Why], int]:
        """All there ever were."""

    def latest(self, limit: int) -> list[ClearRead]:
        """The latest that are kept, the oldest of them first."""

    def page(self, page: int, per_page: int) -> Page[ClearRead]:
        """Those that are kept, the newest first."""
