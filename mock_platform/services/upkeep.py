"""Upkeep: what the shop does beside answering. An error in it is logged, counted and tried again, never fatal."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from time import perf_counter

from mock_platform.metrics import Metrics

log = logging.getLogger(__name__)

RETRY_S = 0.5
LAG_EVERY_S = 0.1
LAGS_KEPT = 50
"""Five seconds of them, so that a scrape every five sees the worst moment between two."""

Work = Callable[[], Awaitable[object]]
Works = Mapping[str, Work]


@asynccontextmanager
async def running(works: Works, metrics: Metrics) -> AsyncIterator[None]:
    """Keep these going until the context ends; then cancel them and wait until they have stopped."""
    tasks = [asyncio.create_task(_kept_up(name, work, metrics), name=name) for name, work in works.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def every(pause_s: float, step: Work) -> Work:
    """A work that takes a step, pauses and takes the next."""

    async def repeat() -> None:
        while True:
            await step()
            await asyncio.sleep(pause_s)

    return repeat


async def watch_lag(metrics: Metrics) -> None:
    """Measure how late a timer wakes up: what the loop's other work costs everybody."""
    lags: deque[float] = deque(maxlen=LAGS_KEPT)
    while True:
        due_at = perf_counter() + LAG_EVERY_S
        await asyncio.sleep(LAG_EVERY_S)
        lags.append(max(0.0, perf_counter() - due_at))
        metrics.loop_lag_s = max(lags)


async def _kept_up(name: str, work: Work, metrics: Metrics) -> None:
    logged = ""
    while True:
        try:
            await work()
            return
        except Exception as mistake:
            metrics.background_errors.count(name)
            # The same failure twice a second for an hour needs one trace, not 7,200.
            log.error("background work %s failed: %r", name, mistake, exc_info=repr(mistake) != logged)
            logged = repr(mistake)
            await asyncio.sleep(RETRY_S)
