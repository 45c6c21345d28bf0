"""Picking up: goods bought online wait in an outlet, and go to whoever brings their code, once, or back on the shelf.

Cut off anywhere: laying out is an event's handler and may come again, a hand-over is one commit under its key, and
what nobody fetches is found by the sweep.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from mock_platform.domain import changes, handing_over
from mock_platform.domain.changes import Changes
from mock_platform.domain.errors import (
    FINAL,
    ClaimLost,
    NotFound,
    Overloaded,
    RequestInProgress,
    TooManyCodes,
    UnknownCode,
    UnknownOrder,
    VersionConflict,
)
from mock_platform.domain.events import Event
from mock_platform.domain.idempotency import COLLECTING, Claim, Finished, check_key, fingerprint, refusal_of
from mock_platform.domain.order import Order
from mock_platform.domain.outlet import till_of
from mock_platform.domain.pickup import Codes, Pickup, PickupState
from mock_platform.protocols import Clock, NewId, OrderStore, Tally
from mock_platform.protocols_outlets import PickupStore, PickupTally

log = logging.getLogger(__name__)

TRIES = 5
SWEPT_MAX = 1_000
SETTLED_IN_A_ROW = 16
"""Then others on the loop get their turn."""
WRONG_CODES_MAX = 10
WRONG_CODES_WITHIN_S = 60.0
"""So many wrong codes of one outlet within this time, and it takes none for a while: nobody guesses their way in."""


class PickingUp:
    def __init__(
        self,
        *,
        orders: OrderStore,
        pickups: PickupStore,
        codes: Codes,
        clock: Clock,
        new_id: NewId,
        tally: Tally,
        pickup_tally: PickupTally,
        lock_s: float,
        window_s: float,
    ) -> None:
        self._orders = orders
        self._pickups = pickups
        self._codes = codes
        self._clock = clock
        self._new_id = new_id
        self._tally = tally
        self._pickup_tally = pickup_tally
        self._lock_s = lock_s
        self._window_s = window_s
        self._wrong: dict[str, deque[float]] = {}
        """When the latest wrong codes came, by outlet; those are few."""

    async def lay_out(self, event: Event) -> None:
        """On OrderPaid: the goods wait for their code from now on. A doubled event lays out once."""
        digest = self._codes.digest(self._codes.code(event.order))

        async def decide(order: Order) -> Changes | None:
            if order.outlet is None:
                return None
            known = await self._pickups.pickup(order.order)
            return handing_over.laid_out(order, known, digest, self._window_s, self._clock())

        await self._change(event.order, decide)

    async def withdraw(self, event: Event) -> None:
        """On RefundRequested: the goods of an order that ended wait no more."""

        async def decide(order: Order) -> Changes | None:
            known = await self._pickups.pickup(order.order)
            return None if known is None else handing_over.withdrawn(order, known, self._clock())

        await self._change(event.order, decide)

    async def standing(self, buyer: str, order: str) -> tuple[Order, Pickup | None, str | None]:
        """The buyer's own order, its pick-up once it is laid out, and while that waits its code.

        Another's order is UnknownOrder; NotFound for one that is sent.
        """
        found = await self._orders.order(order)
        if found.buyer != buyer:
            raise UnknownOrder(f"no order {order}")
        if found.outlet is None:
            raise NotFound(f"order {order} is sent, not picked up")
        pickup = await self._pickups.pickup(order)
        waits = pickup is not None and pickup.state is PickupState.WAITING
        return found, pickup, self._codes.code(order) if waits else None

    async def hand_over(self, outlet: str, key: str, code: str) -> tuple[Order, Pickup, bool]:
        """Give the goods to whoever brought this code; order, pick-up, and whether that was done before (the same key).

        Refusals, which finish the key: UnknownCode, IllegalTransition (fetched, expired or refunded already).
        Others: MalformedRequest, RequestInProgress, KeyReused, TooManyCodes, Overloaded.
        """
        check_key(key)
        shown = self._codes.digest(code)
        print_ = fingerprint(COLLECTING, shown)
        for _ in range(TRIES):
            claim = await self._orders.claim(
                till_of(outlet), key, print_, self._new_id("H"), self._clock(), self._lock_s
            )
            if isinstance(claim, Finished):
                if claim.refusal is not None:
                    raise claim.refusal.as_error()
                return *await self._known(shown), True
            try:
                try:
                    return *await self._hand_over(claim, outlet, shown), False
                except FINAL as error:
                    await self._orders.commit(changes.refused(claim, refusal_of(error)))
                    raise
                except TooManyCodes:
                    await self._orders.abandon(claim.subject)  # nothing was looked up: the key may come again
                    raise
            except ClaimLost:
                continue  # the key went on without us: see what became of it
        raise RequestInProgress("this key is being worked on")

    async def _hand_over(self, claim: Claim, outlet: str, shown: str) -> tuple[Order, Pickup]:
        found = await self._pickups.found(shown)
        self._check_guess(outlet, found)
        for _ in range(TRIES):
            order, pickup = await self._known(shown)
            given_out = handing_over.collected(order, pickup, outlet, shown, claim, self._clock())
            try:
                await self._orders.commit(given_out)
            except VersionConflict:
                continue
            self._tally.order("collected")
            self._count(given_out)
            return await self._known(shown)
        raise Overloaded("this order is being worked on")

    def _check_guess(self, outlet: str, found: Pickup | None) -> None:
        """UnknownCode unless something is, or was, there for this code: in this outlet, for another tells nothing.

        TooManyCodes, for a right one too, after too many wrong ones. Nothing suspends between counting and telling:
        however many guess at once, so many are told and no more.
        """
        now, wrong = self._clock(), self._wrong.get(outlet, deque(maxlen=WRONG_CODES_MAX))
        if len(wrong) == WRONG_CODES_MAX and wrong[0] > now - WRONG_CODES_WITHIN_S:
            raise TooManyCodes("Too many wrong codes in this outlet; it takes none for a minute.")
        if found is None or found.outlet != outlet:
            wrong.append(now)
            self._wrong[outlet] = wrong
            self._pickup_tally.wrong_code()
            raise UnknownCode("nothing waits here under this code")

    async def _known(self, shown: str) -> tuple[Order, Pickup]:
        """The order and the pick-up of a code that is one; the order first, so that its version guards both."""
        found = await self._pickups.found(shown)
        if found is None:
            raise UnknownCode("nothing waits here under this code")
        order = await self._orders.order(found.order)
        return order, await self._pickups.pickup(found.order) or found

    async def sweep(self) -> int:
        """Refund what nobody fetched in time, a bounded number; how many.

        What fails is logged and looked at again by the next sweep; it keeps nobody else waiting.
        """
        settled = 0
        for number, overdue in enumerate(await self._pickups.overdue(self._clock(), SWEPT_MAX)):
            if number % SETTLED_IN_A_ROW == 0:
                await asyncio.sleep(0)
            try:
                settled += await self._expire(overdue.order)
            except Exception as error:
                log.warning("the pick-up of %s could not expire: %r", overdue.order, error)
        return settled

    async def _expire(self, order: str) -> bool:
        async def decide(found: Order) -> Changes | None:
            pickup = await self._pickups.pickup(order)
            payment = await self._orders.payment(found.payment or "")
            return None if pickup is None else handing_over.expired(found, pickup, payment, self._clock())

        done = await self._change(order, decide)
        if done is not None and done.events:
            self._tally.order("refunded")
        return done is not None

    async def _change(self, name: str, decide: Callable[[Order], Awaitable[Changes | None]]) -> Changes | None:
        """Read the order, then decide, then commit; when the order changed meanwhile, do it all again."""
        for _ in range(TRIES):
            decided = await decide(await self._orders.order(name))
            if decided is None:
                return None
            try:
                await self._orders.commit(decided)
            except VersionConflict:
                continue
            self._count(decided)
            return decided
        raise Overloaded("this order is being worked on")

    def _count(self, done: Changes) -> None:
        if done.pickup is None:
            return
        self._pickup_tally.pickup(done.pickup.state.value)
        if done.pickup.state is PickupState.COLLECTED:
            history = done.pickup.history
            self._pickup_tally.waited(history[-1][1] - history[0][1])
