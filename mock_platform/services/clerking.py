"""Clerking: who may act for an outlet. An operator gives the outlet a secret; a clerk who knows it opens a session."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from mock_platform.domain.errors import Unauthenticated
from mock_platform.protocols_outlets import OutletStore

NOBODY = "There is no outlet of that name and secret."

Digest = Callable[[str], bytes]
"""What is kept of a secret."""


class Clerking:
    def __init__(self, *, outlets: OutletStore, new_secret: Callable[[], str], digest: Digest) -> None:
        self._outlets = outlets
        self._new_secret = new_secret
        self._digest = digest

    async def sign_in(self, outlet: str, secret: str) -> str:
        """The outlet. Unauthenticated unless the secret is this outlet's."""
        kept = await self._outlets.secret_digest(outlet)
        if not kept or not hmac.compare_digest(kept, self._digest(secret)):
            raise Unauthenticated(NOBODY)
        return outlet

    async def new_secret(self, outlet: str) -> str:
        """A fresh secret; the one before opens no more sessions. NotFound."""
        secret = self._new_secret()
        await self._outlets.set_secret(outlet, self._digest(secret))
        return secret
