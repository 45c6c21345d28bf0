"""Screening: every try for a flash sale is judged before it may hold a unit; whatever is not scarce passes at once.

It stands between the key's claim and the stock, so what is replayed is not judged again. Cut off before a decision is
kept, the try was counted and will be once more; kept, it stands for the order, however often its key is taken over.
"""

from __future__ import annotations

from hashlib import blake2b

from mock_platform.domain.idempotency import Claim
from mock_platform.domain.paging import Page
from mock_platform.domain.purchase import Purchase
from mock_platform.domain.risk import Decision, Try, decide, enforce
from mock_platform.protocols_risk import AddressBook, DecisionLog, VelocityStore

PRINT_BYTES = 8


class Screening:
    """`secret` keys the fingerprints of devices: what a device calls itself is nobody else's business."""

    def __init__(
        self, *, velocities: VelocityStore, decisions: DecisionLog, addresses: AddressBook, secret: bytes
    ) -> None:
        self._velocities = velocities
        self._decisions = decisions
        self._addresses = addresses
        self._secret = secret

    async def screen(self, purchase: Purchase, claim: Claim, now: float) -> None:
        """Say nothing, or refuse for good under this key: RiskRejected, or SlowDown for which a new key may do."""
        if purchase.flash_sale is None:
            return
        decision = await self._decisions.again(claim.subject, now)
        if decision is None:
            tried = self._try(purchase, purchase.flash_sale, now)
            counts = await self._velocities.see(tried)
            decision = await self._decisions.keep(decide(claim.subject, claim.key, tried, counts))
        enforce(decision)

    async def decisions(self, page: int, per_page: int) -> Page[Decision]:
        """The newest first."""
        return await self._decisions.page(page, per_page)

    def _try(self, purchase: Purchase, sale: str, now: float) -> Try:
        return Try(
            purchase.buyer,
            self._print(purchase.device),
            self._addresses.address_print(purchase.buyer),
            sale,
            purchase.session_at,
            now,
        )

    def _print(self, device: str) -> str:
        if not device:
            return ""
        return blake2b(device.encode(errors="replace"), digest_size=PRINT_BYTES, key=self._secret).hexdigest()
