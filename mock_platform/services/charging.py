"""Charging: asking the bank for money, hearing its word however often it comes, and paying back.

The bank is called outside any transaction. A payment is written down before the bank is asked, so a lost question or a lost
callback leaves a pending payment, and `sweep` inquires about those.
"""

from __future__ import annotations

from collections.abc import Callable

from mock_platform.domain import changes
from mock_platform.domain.changes import Changes
from mock_platform.domain.errors import (
    ClaimLost,
    IllegalTransition,
    NotFound,
    Overloaded,
    RequestInProgress,
    ShopError,
    UnknownOrder,
    UnknownPayment,
    VersionConflict,
)
from mock_platform.domain.events import Event
from mock_platform.domain.idempotency import Claim, check_key, fingerprint, refusal_of
from mock_platform.domain.order import Order, OrderState
from mock_platform.domain.payment import Outcome, Payment, PaymentState, new_payment
from mock_platform.protocols import Bank, Clock, NewId, OrderStore, Tally

TRIES = 5
SWEPT_MAX = 500


class Charging:
    def __init__(
        self,
        *,
        orders: OrderStore,
        bank: Bank,
        clock: Clock,
        new_id: NewId,
        tally: Tally,
        lock_s: float,
        inquire_after_s: float,
    ) -> None: ...

    async def pay(self, buyer: str, key: str, order: str, amount_fen: int, method: str) -> tuple[Payment, bool]:
        """The payment, pending unless the bank was quicker, and whether it was there before (the same key again).

        Refusals, which finish the key: UnknownOrder, AlreadyPaid, IllegalTransition, AmountMismatch.
        Others: MalformedRequest, RequestInProgress, KeyReused, Overloaded.
        """

    async def payment(self, buyer: str, payment: str) -> Payment:
        """The buyer's own payment; another's is UnknownPayment."""

    async def on_callback(self, payment: str, outcome: Outcome, reason: str | None = None) -> None:
        """The bank's word. Posted pays the order, declined cancels it; heard before: nothing."""

    async def refund(self, buyer: str, key: str, order: str) -> tuple[Order, bool]:
        """paid and not yet shipped -> refunded; the money follows through the outbox. Refusals: UnknownOrder, IllegalTransition."""

    async def repay(self, event: Event) -> None:
        """On RefundRequested: have the bank pay back, then book it. Doubled events pay back once."""

    async def sweep(self) -> int:
        """Inquire about payments pending for longer than `inquire_after_s`; how many were settled."""
