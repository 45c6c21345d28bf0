"""Charging: asking the bank for money, hearing its word however often it comes, and paying back.

The bank is called outside any transaction. A payment is written down before the bank is asked, so a lost question or
a lost callback leaves a pending payment, and `sweep` inquires about those.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from mock_platform.domain import changes
from mock_platform.domain.changes import Changes
from mock_platform.domain.errors import (
    FINAL,
    ClaimLost,
    Overloaded,
    RequestInProgress,
    UnknownOrder,
    UnknownPayment,
    VersionConflict,
)
from mock_platform.domain.events import Event, OrderCancelled, RefundRequested
from mock_platform.domain.idempotency import PAYING, REFUNDING, Claim, Finished, check_key, fingerprint, refusal_of
from mock_platform.domain.money import positive_fen
from mock_platform.domain.order import Order, OrderState
from mock_platform.domain.payment import Outcome, Payment, PaymentState, check_method, new_payment
from mock_platform.protocols import Bank, Clock, NewId, OrderStore, Tally

log = logging.getLogger(__name__)

TRIES = 5
"""Somebody else changing the same order five times running is not bad luck but overload."""
SWEPT_MAX = 2_000
ASKED_IN_A_ROW = 16
"""Then others on the loop get their turn."""


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
    ) -> None:
        self._orders = orders
        self._bank = bank
        self._clock = clock
        self._new_id = new_id
        self._tally = tally
        self._lock_s = lock_s
        self._inquire_after_s = inquire_after_s

    async def pay(self, buyer: str, key: str, order: str, amount_fen: int, method: str) -> tuple[Payment, bool]:
        """The payment, still pending, and whether it was there before (the same key again).

        Refusals, which finish the key: UnknownOrder, AlreadyPaid, IllegalTransition, AmountMismatch.
        Others: MalformedRequest, RequestInProgress, KeyReused, Overloaded.
        """
        positive_fen(amount_fen)
        check_method(method)

        async def record(claim: Claim) -> None:
            async def decide(found: Order) -> Changes:
                _check_owner(found, buyer)
                payment = new_payment(claim.subject, found, key, amount_fen, method, self._clock())
                return changes.payment_asked(found, payment, claim)

            await self._change(order, decide)

        body = (order, amount_fen, method)
        subject, replayed = await self._once(buyer, key, fingerprint(PAYING, body), self._new_id("P"), record)
        if not replayed:
            self._tally.payment("asked")
            await self._ask(subject, order, amount_fen, method)
        return await self._orders.payment(subject), replayed

    async def _ask(self, payment: str, order: str, amount_fen: int, method: str) -> None:
        try:
            await self._bank.charge(payment, order, amount_fen, method)
        except Exception as error:
            # The payment stands in our books as pending, and the sweep asks again: the buyer need not know.
            log.warning("the bank could not be asked for %s: %r", payment, error)

    async def payment(self, buyer: str, payment: str) -> Payment:
        """The buyer's own payment; another's is UnknownPayment, so that ids tell nothing."""
        found = await self._orders.payment(payment)
        if found.buyer != buyer:
            raise UnknownPayment(f"no payment {payment}")
        return found

    async def on_callback(self, payment: str, outcome: Outcome, reason: str | None = None) -> None:
        """The bank's word. Posted pays the order, or its deposit; declined cancels it, unless its deposit was paid.

        Heard before: nothing.
        """

        async def decide(order: Order) -> Changes | None:
            return changes.bank_spoke(order, await self._orders.payment(payment), outcome, reason, self._clock())

        done = await self._change((await self._orders.payment(payment)).order, decide)
        if done is None or done.order is None:
            self._tally.payment("repeated_callback")
        elif outcome is Outcome.DECLINED:
            self._tally.payment("voided")
        else:
            self._tally.payment("posted")
            if done.order.state is OrderState.PAID:
                self._tally.order("paid")
                self._tally.sale(done.order.payable_fen)
            elif done.order.state is OrderState.DEPOSITED:
                self._tally.order("deposited")
        if done is not None and any(type(event) is OrderCancelled for event in done.events):
            self._tally.order("cancelled")

    async def refund(self, buyer: str, key: str, order: str) -> tuple[Order, bool]:
        """paid and not yet shipped -> refunded, and whether it was so before; the money follows through the outbox.

        Refusals, which finish the key: UnknownOrder, IllegalTransition. Others as for `pay`.
        """

        async def record(claim: Claim) -> None:
            async def decide(found: Order) -> Changes:
                _check_owner(found, buyer)
                found.moved(OrderState.REFUNDED, self._clock())  # refuses before we look for a payment
                payment = await self._orders.payment(found.payment or "")
                deposit = await self._orders.payment(found.deposited_by) if found.deposited_by else None
                parcels = await self._orders.parcels_of(order)
                return changes.refund_requested(found, payment, deposit, parcels, claim, self._clock())

            done = await self._change(order, decide)
            self._tally.order("refunded")
            for parcel in () if done is None else done.parcels:
                self._tally.parcel(parcel.state)

        print_ = fingerprint(REFUNDING, order)
        _, replayed = await self._once(buyer, key, print_, self._new_id("R"), record)
        return await self._orders.order(order), replayed

    async def repay(self, event: Event) -> None:
        """On RefundRequested: have the bank pay back, then book it. A doubled event pays back once."""
        named = event.payment if isinstance(event, RefundRequested) else ""
        for payment in (named,) if named else (await self._orders.order(event.order)).payments:
            await self._pay_back(event.order, payment)

    async def _pay_back(self, order: str, payment: str) -> None:
        if (await self._orders.payment(payment)).state is not PaymentState.REFUNDING:
            return
        await self._bank.refund(payment)

        async def decide(found: Order) -> Changes | None:
            return changes.repaid(found, await self._orders.payment(payment), self._clock())

        if await self._change(order, decide) is not None:
            self._tally.payment("refunded")

    async def sweep(self) -> int:
        """Inquire about payments pending for longer than `inquire_after_s`; how many the bank had decided."""
        settled = 0
        silent = await self._orders.pending_payments(self._clock() - self._inquire_after_s, SWEPT_MAX)
        for number, payment in enumerate(silent):
            if number % ASKED_IN_A_ROW == 0:
                await asyncio.sleep(0)
            try:
                settled += await self._inquire(payment)
            except Exception as error:
                log.warning("%s could not be settled: %r", payment.payment, error)  # the next sweep looks again
        return settled

    async def _inquire(self, payment: Payment) -> bool:
        try:
            outcome = await self._bank.inquire(payment.payment)
        except UnknownPayment:
            await self._bank.charge(payment.payment, payment.order, payment.amount_fen, payment.method)
            return False
        if outcome is not None:
            await self.on_callback(payment.payment, outcome)
        return outcome is not None

    async def _once(
        self, buyer: str, key: str, print_: str, subject: str, record: Callable[[Claim], Awaitable[None]]
    ) -> tuple[str, bool]:
        """Have `record` make and commit what this key is for, or find what it made: (its id, whether it was there)."""
        check_key(key)
        for _ in range(TRIES):
            claim = await self._orders.claim(buyer, key, print_, subject, self._clock(), self._lock_s)
            if isinstance(claim, Finished):
                if claim.refusal is not None:
                    raise claim.refusal.as_error()
                return claim.subject, True
            try:
                try:
                    await record(claim)
                    return claim.subject, False
                except FINAL as error:
                    await self._orders.commit(changes.refused(claim, refusal_of(error)))
                    raise
            except ClaimLost:
                continue  # the key went on without us: see what became of it
        raise RequestInProgress("this key is being worked on")

    async def _change(self, order: str, decide: Callable[[Order], Awaitable[Changes | None]]) -> Changes | None:
        """Read the order, then decide, then commit; when the order changed meanwhile, do it all again."""
        for _ in range(TRIES):
            decided = await decide(await self._orders.order(order))
            if decided is None:
                return None
            try:
                await self._orders.commit(decided)
            except VersionConflict:
                continue
            return decided
        raise Overloaded("this order is being worked on")


def _check_owner(order: Order, buyer: str) -> None:
    if order.buyer != buyer:
        raise UnknownOrder(f"no order {order.order}")
