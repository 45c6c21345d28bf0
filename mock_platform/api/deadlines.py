"""Deadlines: a request that works for too long is given up. A hot path: 0.5 us a request, a timer each takes 3 to 4.

All requests have the same time, so the oldest is always the first that is overdue; one sweep looks at the oldest
every so often, and a request is given up at most that much late.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from time import monotonic
from typing import Any, TypeVar

LATE_S_MAX = 0.05
T = TypeVar("T")


class Deadlines:
    """`sweep` runs in the background for as long as requests are worked on."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._running: dict[asyncio.Task[Any], float] = {}
        """Tasks and when they are overdue, oldest first."""
        self._overdue: set[asyncio.Task[Any]] = set()

    async def within(self, task: asyncio.Task[Any], work: Coroutine[Any, Any, T]) -> T:
        """What the work gives; TimeoutError if it takes too long. One at a time in a task, which is the current one.

        The task is passed in because asking for it is a system call in Python 3.11, for the process id.
        """
        self._running[task] = monotonic() + self._timeout_s
        try:
            return await work
        except asyncio.CancelledError:
            # Cancelled by the sweep alone it took too long; by somebody else as well, it is to end.
            if task not in self._overdue or task.cancelling() > 1:
                raise
            raise TimeoutError from None
        finally:
            del self._running[task]
            if task in self._overdue:
                self._overdue.remove(task)
                task.uncancel()

    async def sweep(self) -> None:
        """Cancel what is overdue, until cancelled."""
        while True:
            now = monotonic()
            for task, ends_at in self._running.items():
                if ends_at > now:
                    break
                if task not in self._overdue:
                    self._overdue.add(task)
                    task.cancel()
            await asyncio.sleep(LATE_S_MAX)
