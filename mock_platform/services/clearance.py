"""Clearance: a paid order from abroad is declared to customs, and packed or paid back as they say.

The broker is called outside any transaction. A declaration is written down before the broker gets it, so a lost
question or a lost callback leaves one under way, and `sweep` asks about those.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from mock_platform.domain import clearing
from mock_platform.domain.changes import Changes
from mock_platform.domain.declaration import Declaration, DeclarationState, Verdict
from mock_platform.domain.errors import NotFound, Overloaded, UnknownOrder, VersionConflict
from mock_platform.domain.events import Event
from mock_platform.domain.order import Order, OrderState
from mock_platform.protocols import Clock, OrderStore, Tally
from mock_platform.protocols_customs import CustomsBroker, CustomsTally, ImportStore

log = logging.getLogger(__name__)

TRIES = 5
SWEPT_MAX = 1_000
ASKED_IN_A_ROW = 16
"""Then others on the loop get their turn."""


class Clearance:
    """`inquire_after_s`: a declaration under way that has not moved for so long is asked about."""

    def __init__(
        self,
        *,
        orders: OrderStore,
        imports: ImportStore,
        broker: CustomsBroker,
        clock: Clock,
        tally: Tally,
        customs_tally: CustomsTally,
        inquire_after_s: float,
    ) -> None:
        self._orders = orders
        self._imports = imports
        self._broker = broker
        self._clock = clock
        self._tally = tally
        self._customs_tally = customs_tally
        self._inquire_after_s = inquire_after_s

    async def declare(self, event: Event) -> None:
        """On OrderPaid: draft the declaration, then hand it in. A doubled event declares once."""
        if not (await self._orders.order(event.order)).declared:
            return

        async def decide(order: Order) -> Changes | None:
            return clearing.drafted(order, await self._imports.declaration(order.order), self._clock())

        await self._change(event.order, decide)
        await self._hand_in(event.order)

    async def _hand_in(self, order: str) -> None:
        draft = await self._imports.declaration(order)
        if draft is None:
            return
        if draft.state is not DeclarationState.DRAFTED:
            await self._tell_withdrawn(order)  # should that have been lost the first time
            return
        try:
            await self._broker.declare(draft.declaration, order, draft.value_fen, draft.duty_fen)
        except Exception as error:
            # The draft stands in our books, and the sweep hands it in again.
            log.warning("%s could not be handed in: %r", draft.declaration, error)
            return

        async def decide(found: Order) -> Changes | None:
            return clearing.declared(found, await self._known(order), self._clock())

        if await self._change(order, decide) is None:
            await self._tell_withdrawn(order)  # taken back while it was on its way to the broker

    async def on_verdict(self, order: str, verdict: Verdict, reason: str | None = None) -> None:
        """The broker's callback. Cleared lets the order be packed, rejected pays it back; heard before: nothing.

        The first word holds, for goods or money may be on their way by it; another one after it is pointed out.
        """

        async def decide(found: Order) -> Changes | None:
            payment = await self._orders.payment(found.payment or "")
            return clearing.customs_spoke(found, await self._known(order), payment, verdict, reason, self._clock())

        done = await self._change(order, decide)
        if done is None or done.declaration is None or done.order is None:
            known = await self._known(order)
            if known.contradicts(verdict):
                log.warning("customs say %s of %s, which they have %s", verdict.value, order, known.state.value)
                self._customs_tally.contradiction()
            return
        if done.declaration.state is not DeclarationState.WITHDRAWN:
            (_, declared_at), (_, decided_at) = done.declaration.history[-2:]
            self._customs_tally.clearance(decided_at - declared_at)
        if done.declaration.state is DeclarationState.CLEARED:
            self._customs_tally.duty(done.declaration.duty_fen)
        if done.order.state is OrderState.REFUNDED and done.events:
            self._tally.order("refunded")

    async def withdraw(self, event: Event) -> None:
        """On RefundRequested: what customs have not decided is withdrawn. What was never paid was never declared.

        The broker is told after that is in the books; if that fails, the event comes again, and with it the word.
        """
        if await self._imports.declaration(event.order) is None:
            return

        async def decide(order: Order) -> Changes | None:
            return clearing.withdrawn(order, await self._known(order.order), self._clock())

        await self._change(event.order, decide)
        await self._tell_withdrawn(event.order)

    async def _tell_withdrawn(self, order: str) -> None:
        known = await self._known(order)
        if known.state is DeclarationState.WITHDRAWN:
            await self._broker.withdraw(known.declaration)

    async def declaration(self, buyer: str, order: str) -> Declaration | None:
        """The declaration of the buyer's own order, None if it has none; another's order is UnknownOrder."""
        if (await self._orders.order(order)).buyer != buyer:
            raise UnknownOrder(f"no order {order}")
        return await self._imports.declaration(order)

    async def sweep(self) -> int:
        """Ask about what has been under way for longer than `inquire_after_s`; how many that were."""
        silent = await self._imports.under_way(self._clock() - self._inquire_after_s, SWEPT_MAX)
        for number, declaration in enumerate(silent):
            if number % ASKED_IN_A_ROW == 0:
                await asyncio.sleep(0)
            try:
                await self._inquire(declaration)
            except Exception as error:
                log.warning("%s could not be settled: %r", declaration.declaration, error)  # the next sweep looks again
        return len(silent)

    async def _inquire(self, known: Declaration) -> None:
        if known.state is DeclarationState.DRAFTED:
            await self._hand_in(known.order)
            return
        try:
            spoken = await self._broker.inquire(known.declaration)
        except NotFound:
            await self._broker.declare(known.declaration, known.order, known.value_fen, known.duty_fen)
            return
        if spoken is not None:
            await self.on_verdict(known.order, *spoken)

    async def _known(self, order: str) -> Declaration:
        known = await self._imports.declaration(order)
        if known is None:
            raise NotFound(f"order {order} has no declaration")
        return known

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
            if decided.declaration is not None:
                self._customs_tally.declaration(decided.declaration.state.value)
            return decided
        raise Overloaded("this order is being worked on")
