"""One deadline for everything a request waits for (hot path): connecting, sending and every byte of the answer.

A `gevent.Timeout` per request starts and stops a timer each time: 1.5 us of about 20, against 0.1 us here. Requests
nearly always end long before their time is up, so the timer of an earlier one runs on and is looked at when it rings.
"""

from __future__ import annotations

import math
import time
from typing import Any

import gevent
from gevent.hub import get_hub


class TimeIsUp(Exception):
    """Thrown into the greenlet that was still waiting when its deadline passed."""


class Deadline:
    """Throws TimeIsUp into the greenlet that called `start`, unless `stop` comes first. For one greenlet at a time."""

    __slots__ = ("_ends_at", "_greenlet", "_rings_at", "_timer")

    def __init__(self) -> None:
        self._timer: Any = None
        self._rings_at = math.inf
        self._ends_at = 0.0
        self._greenlet: Any = None

    def start(self, ends_at: float) -> None:
        """`ends_at` is an instant of `time.monotonic()`; one that has passed rings at the next wait."""
        self._greenlet = gevent.getcurrent()
        self._ends_at = ends_at
        if ends_at < self._rings_at:
            self._ring_at(ends_at)

    def stop(self) -> None:
        self._greenlet = None

    def close(self) -> None:
        self._greenlet = None
        self._rings_at = math.inf
        if self._timer is not None:
            self._timer.close()
            self._timer = None

    def _ring_at(self, ends_at: float) -> None:
        if self._timer is not None:
            self._timer.close()
        self._rings_at = ends_at
        self._timer = get_hub().loop.timer(max(0.0, ends_at - time.monotonic()), ref=False)
        self._timer.start(self._ring, update=True)

    def _ring(self) -> None:
        """Runs in the hub, so the greenlet is waiting somewhere between `start` and `stop`."""
        greenlet = self._greenlet
        if greenlet is None:
            self.close()
        elif time.monotonic() < self._ends_at:  # a later request's deadline, or a timer that rang a moment early
            self._ring_at(self._ends_at)
        else:
            self.close()
            greenlet.throw(TimeIsUp())
