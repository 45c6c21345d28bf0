"""A partner's diary: what it will do at which instant, done when the clock says so, by one background task."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from heapq import heappop, heappush

from mock_platform.protocols import Clock

log = logging.getLogger(__name__)

LANES = 16
"""Acts under way at once: a slow callback holds up one lane, not the partner."""
ACTS_IN_A_ROW = 16
"""Then others on the loop get their turn."""


class Diary:
    """Acts that fail are logged and forgotten, as a real partner's callbacks are: whoever waits for one must ask."""

    def __init__(self, clock: Clock, tick_s: float = 0.01) -> None:
        self._clock = clock
        self._tick_s = tick_s
        self._acts: list[tuple[float, int, Callable[[], Awaitable[None]]]] = []
        self._noted = 0

    def note(self, at: float, act: Callable[[], Awaitable[None]]) -> None:
        self._noted += 1
        heappush(self._acts, (at, self._noted, act))

    async def step(self) -> None:
        """Do all that is due, and what becomes due by it."""
        while due := self.due():
            lanes = min(LANES, len(due))
            await asyncio.gather(*(self._lane(due) for _ in range(lanes)))

    def due(self) -> deque[Callable[[], Awaitable[None]]]:
        """Take out all that is due now; whoever takes it must do it."""
        now = self._clock()
        due: deque[Callable[[], Awaitable[None]]] = deque()
        while self._acts and self._acts[0][0] <= now:
            due.append(heappop(self._acts)[2])
        return due

    async def _lane(self, due: deque[Callable[[], Awaitable[None]]]) -> None:
        while due:
            try:
                await due.popleft()()
            except Exception as error:
                log.warning("a partner's act failed: %r", error)
            if len(due) % ACTS_IN_A_ROW == 0:
                await asyncio.sleep(0)

    async def run(self) -> None:
        """Keep the diary until cancelled."""
        while True:
            await self.step()
            await asyncio.sleep(self._tick_s)
