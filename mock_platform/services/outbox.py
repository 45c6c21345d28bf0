"""The outbox: what a commit said must happen next, happens; at least once, and one event's trouble is not another's."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence

from mock_platform.domain.events import Event
from mock_platform.protocols import Clock, OrderStore

log = logging.getLogger(__name__)

Handler = Callable[[Event], Awaitable[None]]

BATCH = 256
LANES = 16
"""Events in hand at once: a slow handler holds up one lane, not the rest."""
EVENTS_IN_A_ROW = 16
"""Then others on the loop get their turn."""
BACKOFF_S, BACKOFF_S_MAX = 0.1, 30.0


class Outbox:
    """Handlers are called in order, again from the first if one fails, so each is harmless when repeated.

    An event is leased for `lease_s`: if we die with it in hand, it is given out again after that. It is never dropped;
    one that keeps failing is tried ever more seldom, down to twice a minute.
    """

    def __init__(
        self,
        *,
        orders: OrderStore,
        handlers: Mapping[type[Event], Sequence[Handler]],
        clock: Clock,
        lease_s: float = 30.0,
        poll_s: float = 0.05,
    ) -> None:
        self._orders = orders
        self._handlers = handlers
        self._clock = clock
        self._lease_s = lease_s
        self._poll_s = poll_s
        self._failures: dict[str, int] = {}

    async def step(self) -> int:
        """Deliver one batch of due events; how many were taken."""
        events = await self._orders.take_events(self._clock(), BATCH, self._lease_s)
        waiting, done = deque(events), list[str]()
        try:
            await asyncio.gather(*(self._lane(waiting, done) for _ in range(min(LANES, len(events)))))
        finally:
            # Cut off here, what was handled is handled again after the lease: at least once.
            if done:
                await self._orders.acknowledge(done)
        return len(events)

    async def _lane(self, waiting: deque[Event], done: list[str]) -> None:
        while waiting:
            event = waiting.popleft()
            try:
                for handle in self._handlers.get(type(event), ()):
                    await handle(event)
            except Exception as error:
                await self._postpone(event, error)
            else:
                self._failures.pop(event.event, None)
                done.append(event.event)
            if len(waiting) % EVENTS_IN_A_ROW == 0:
                await asyncio.sleep(0)

    async def _postpone(self, event: Event, error: Exception) -> None:
        failures = self._failures[event.event] = self._failures.get(event.event, 0) + 1
        wait_s = min(BACKOFF_S_MAX, BACKOFF_S * 2 ** min(failures - 1, 16))
        log.warning("%s failed %d times, again in %.1f s: %r", event.event, failures, wait_s, error)
        try:
            await self._orders.postpone(event.event, self._clock() + wait_s)
        except Exception as worse:
            log.warning("%s comes again when its lease is over: %r", event.event, worse)

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            try:
                taken = await self.step()
            except Exception as error:
                log.warning("the outbox could not be read: %r", error)
                taken = 0
            if taken < BATCH:
                await asyncio.sleep(self._poll_s)

    async def drain(self, within_s: float) -> bool:
        """Deliver until nothing is due, for at most so long; whether that was reached. For shutdown."""
        try:
            async with asyncio.timeout(within_s):
                while await self.step():
                    pass
        except TimeoutError:
            return False
        return True
