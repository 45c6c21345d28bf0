"""Onboarding: how a merchant comes onto the platform, and who may act for one.

An application is written down under its key, reviewed in the background by the rule of `domain/merchant.py`, and then
in the catalogue for all to see. Cut off anywhere: asked again it goes on, and the review comes round again.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from mock_platform.domain.errors import NotAdmitted, NotFound, Unauthenticated
from mock_platform.domain.idempotency import check_key, fingerprint
from mock_platform.domain.merchant import MerchantAccount, MerchantState, check_application
from mock_platform.protocols import CatalogueStore, Clock, NewId
from mock_platform.protocols_marketplace import MerchantStore

APPLYING = "apply"
NOBODY = "There is no merchant of that name and secret."
ANYBODY = ""
"""Whose keys applications come under: who applies has no name yet."""
REVIEWED_MAX = 200

Digest = Callable[[str], bytes]
"""What is kept of a secret."""


class Onboarding:
    def __init__(
        self,
        *,
        merchants: MerchantStore,
        catalogue: CatalogueStore,
        clock: Clock,
        new_id: NewId,
        new_secret: Callable[[], str],
        digest: Digest,
    ) -> None:
        self._merchants = merchants
        self._catalogue = catalogue
        self._clock = clock
        self._new_id = new_id
        self._new_secret = new_secret
        self._digest = digest
        self.decided = {MerchantState.APPROVED: 0, MerchantState.DECLINED: 0}

    async def apply(self, key: str, name: str, city: str, secret: str) -> tuple[MerchantAccount, bool]:
        """The application as it stands, and whether it was there before. MalformedRequest, KeyReused, Overloaded."""
        check_key(key)
        check_application(name, city, secret)
        now, secret_digest = self._clock(), self._digest(secret)
        print_ = fingerprint(APPLYING, (name, city, secret_digest))
        merchant, replayed = await self._merchants.subject(ANYBODY, key, print_, self._new_id("M"))
        state = MerchantState.APPLIED
        application = MerchantAccount(merchant, name, city, state, ((state.value, now),), secret_digest)
        return await self._merchants.apply(application), replayed

    async def sweep(self) -> int:
        """Review what was applied for, a bounded number; how many were decided."""
        applications = await self._merchants.applications(REVIEWED_MAX)
        for application in applications:
            account = await self._merchants.admit(application.merchant, self._clock())
            if account.state is MerchantState.APPROVED:
                await self._catalogue.put_merchants((account.public,))
            await self._merchants.reviewed(application.merchant)
            self.decided[account.state] += 1
        return len(applications)

    async def sign_in(self, merchant: str, secret: str) -> MerchantAccount:
        """Unauthenticated unless the secret is this merchant's; NotAdmitted while the merchant is not let in."""
        try:
            account = await self._merchants.account(merchant)
        except NotFound as unknown:
            raise Unauthenticated(NOBODY) from unknown  # a guess must not tell which merchants there are
        if not account.secret_digest or not hmac.compare_digest(account.secret_digest, self._digest(secret)):
            raise Unauthenticated(NOBODY)
        if account.state is not MerchantState.APPROVED:
            raise NotAdmitted(f"the application of {merchant} is {account.state.value}")
        return account

    async def new_secret(self, merchant: str) -> str:
        """A fresh secret; the one before opens no more sessions. NotFound; NotAdmitted."""
        account = await self._merchants.account(merchant)
        if account.state is not MerchantState.APPROVED:
            raise NotAdmitted(f"the application of {merchant} is {account.state.value}")
        secret = self._new_secret()
        await self._merchants.set_secret(merchant, self._digest(secret))
        return secret
