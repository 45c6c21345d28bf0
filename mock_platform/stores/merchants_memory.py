"""Merchants' accounts, keys and deliveries in memory. No method suspends, so each is a transaction."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from msgspec.structs import replace

from mock_platform.domain.errors import KeyReused, NotFound, Overloaded
from mock_platform.domain.merchant import MerchantAccount, MerchantState, review, shop_name
from mock_platform.domain.restock import Restock

ACCOUNTS_MAX = 100_000
"""Anybody may apply, so there is an end to it."""
KEYS_MAX = 1_000_000


class MemoryMerchants:
    def __init__(self, accounts: Iterable[MerchantAccount] = ()) -> None:
        self._accounts = {account.merchant: account for account in accounts}
        self._names = {shop_name(each.name) for each in self._accounts.values() if each.state is MerchantState.APPROVED}
        self._applied: dict[str, None] = {}
        self._keys: dict[tuple[str, str], tuple[str, str]] = {}
        """Fingerprint and subject by (owner, key)."""
        self._restocks: dict[str, Restock] = {}
        self._asked: dict[str, None] = {}

    async def subject(self, owner: str, key: str, fingerprint: str, subject: str) -> tuple[str, bool]:
        known = self._keys.get((owner, key))
        if known is None:
            if len(self._keys) >= KEYS_MAX:
                raise Overloaded("too many keys are remembered to take another one")
            self._keys[owner, key] = fingerprint, subject
            return subject, False
        if known[0] != fingerprint:
            raise KeyReused("this key was used for another request")
        return known[1], True

    async def apply(self, application: MerchantAccount) -> MerchantAccount:
        known = self._accounts.get(application.merchant)
        if known is not None:
            return known
        if len(self._accounts) >= ACCOUNTS_MAX:
            raise Overloaded("there are too many merchants to let in another one")
        self._accounts[application.merchant] = application
        self._applied[application.merchant] = None
        return application

    async def admit(self, merchant: str, at: float) -> MerchantAccount:
        account = await self.account(merchant)
        if account.state is not MerchantState.APPLIED:
            return account
        account = account.moved(review(account, self._names), at)
        if account.state is MerchantState.APPROVED:
            self._names.add(shop_name(account.name))
        self._accounts[merchant] = account
        return account

    async def reviewed(self, merchant: str) -> None:
        self._applied.pop(merchant, None)

    async def applications(self, limit: int) -> list[MerchantAccount]:
        return [self._accounts[merchant] for merchant in islice(self._applied, limit)]

    async def account(self, merchant: str) -> MerchantAccount:
        found = self._accounts.get(merchant)
        if found is None:
            raise NotFound(f"no merchant {merchant}")
        return found

    async def set_secret(self, merchant: str, secret_digest: bytes) -> None:
        self._accounts[merchant] = replace(await self.account(merchant), secret_digest=secret_digest)

    async def accounts(self) -> list[MerchantAccount]:
        return list(self._accounts.values())

    async def ask_restock(self, restock: Restock) -> Restock:
        known = self._restocks.get(restock.restock)
        if known is not None:
            return known
        self._restocks[restock.restock] = restock
        self._asked[restock.restock] = None
        return restock

    async def restock_added(self, restock: str) -> Restock:
        self._restocks[restock] = added = self._restocks[restock].as_added
        self._asked.pop(restock, None)
        return added

    async def restocks_asked(self, before: float, limit: int) -> list[Restock]:
        oldest = islice((self._restocks[restock] for restock in self._asked), limit)
        return [restock for restock in oldest if restock.asked_at <= before]

    async def restocks(self) -> list[Restock]:
        return list(self._restocks.values())

    async def under_way(self) -> int:
        return len(self._asked) + len(self._applied)
