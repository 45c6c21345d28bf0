"""The marketplace's own seams: merchants with their keys and deliveries, and settlement batches. See `protocols.py`."""

from __future__ import annotations

from typing import Protocol

from mock_platform.domain.merchant import MerchantAccount
from mock_platform.domain.paging import Page
from mock_platform.domain.payout import Batch, Statement
from mock_platform.domain.restock import Restock


class MerchantStore(Protocol):
    async def subject(self, owner: str, key: str, fingerprint: str, subject: str) -> tuple[str, bool]:
        """The id of what is made under this key, for good: `subject` if the key is new. And whether it was known.

        KeyReused if it was used with another fingerprint. What is made is safe to make twice, so nothing is locked.
        """

    async def apply(self, application: MerchantAccount) -> MerchantAccount:
        """Write it down; asked again for one id: no change, as it stands. Overloaded if there are too many."""

    async def applications(self, limit: int) -> list[MerchantAccount]:
        """Those not reviewed to the end, oldest first."""

    async def admit(self, merchant: str, at: float) -> MerchantAccount:
        """Decide by the rule, against the names of all who are in; decided before: as it stands. Or NotFound."""

    async def reviewed(self, merchant: str) -> None:
        """The application needs no more looking at."""

    async def account(self, merchant: str) -> MerchantAccount:
        """Or NotFound."""

    async def accounts(self) -> list[MerchantAccount]: ...

    async def set_secret(self, merchant: str, secret_digest: bytes) -> None:
        """Or NotFound."""

    async def ask_restock(self, restock: Restock) -> Restock:
        """Write it down; asked again for one id: no change, as it stands."""

    async def restock_added(self, restock: str) -> Restock:
        """The stock has the units."""

    async def restocks_asked(self, before: float, limit: int) -> list[Restock]:
        """Those not added that were asked for at or before that instant, oldest first."""

    async def restocks(self) -> list[Restock]: ...

    async def under_way(self) -> int:
        """Applications and restocks not dealt with yet. Cheap."""


class SettlementStore(Protocol):
    async def open(self, settlement: str, at: float) -> Batch:
        """The batch that is open; if none is, a new one of this id."""

    async def is_open(self) -> bool:
        """Whether a batch is open. Cheap."""

    async def close(self, batch: Batch) -> Batch:
        """Closed for good, with its orders and statements; closed before: no change, as it was closed then."""

    async def statements_of(self, merchant: str, page: int, per_page: int) -> Page[Statement]:
        """The newest first."""

    async def batches(self) -> list[Batch]: ...
