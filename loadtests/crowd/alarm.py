"""Wakes greenlets at an instant, some 50 us late at the median where gevent's own sleep is 700 us late. Hot path.

libev counts its timers in whole milliseconds and rounds up. A lag of one millisecond is what a prompt shop takes to
answer, and it would stand in every response time as if it were the shop's. Linux has timers that are files
(timerfd_create(2)) and count nanoseconds: one of them, always set to the earliest instant anybody waits for, serves
all greenlets of the process. Elsewhere it is gevent's sleep.
"""

from __future__ import annotations

import ctypes
import logging
import os
import sys
import time
from heapq import heappop, heappush
from itertools import count
from typing import Any

import gevent
from gevent.hub import Waiter, get_hub

logger = logging.getLogger(__name__)

GRAIN_S = 0.0003
"""No two alarms are closer than this: of 10,000 arrivals a second, those due meanwhile start together."""

_CLOCK_MONOTONIC = 1
_ABSOLUTE = 1
_READ = 1


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Setting(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("at", _Timespec))


class Alarm:
    """One process's alarm clock. Raises OSError where there are no timer files."""

    def __init__(self) -> None:
        if sys.platform != "linux":
            raise OSError("no timer files on this system")
        library = ctypes.CDLL(None, use_errno=True)
        self._file: int = library.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._file < 0:
            raise OSError(ctypes.get_errno(), "no timer file can be had")
        self._set = library.timerfd_settime
        self._set.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.POINTER(_Setting), ctypes.c_void_p)
        self._setting = _Setting()
        self._waiting: list[tuple[float, int, Waiter[None]]] = []
        self._numbers = count()
        self._set_to = float("inf")
        self._quiet_until = 0.0
        self._watcher: Any = get_hub().loop.io(self._file, _READ)
        self._watcher.start(self._ring)

    def sleep_until(self, at: float) -> None:
        """Sleep until that instant of `time.monotonic()`; others run at least once in any case."""
        waiter: Waiter[None] = Waiter()
        heappush(self._waiting, (at, next(self._numbers), waiter))
        if at < self._set_to:
            self._set_for(at)
        waiter.get()

    def _set_for(self, at: float) -> None:
        at = self._set_to = max(at, self._quiet_until)
        seconds = int(at)
        self._setting.at.seconds = seconds
        self._setting.at.nanoseconds = max(1, int((at - seconds) * 1e9))
        self._set(self._file, _ABSOLUTE, self._setting, None)

    def _ring(self) -> None:
        """Wake all who are due. Runs in the hub: a greenlet that was killed meanwhile is woken in vain, and no harm."""
        try:
            os.read(self._file, 8)
        except BlockingIOError:  # set anew after it had gone off
            pass
        waiting, now = self._waiting, time.monotonic()
        self._set_to, self._quiet_until = float("inf"), now + GRAIN_S
        while waiting and waiting[0][0] <= now:
            waiter = heappop(waiting)[2]
            if waiter.greenlet is not None:
                waiter.switch(None)
        if waiting and waiting[0][0] < self._set_to:
            self._set_for(waiting[0][0])


_alarms: dict[int, Alarm | None] = {}


def sleep_until(at: float) -> None:
    """Sleep until that instant of `time.monotonic()`."""
    process = os.getpid()
    if process not in _alarms:
        try:
            _alarms[process] = Alarm()
        except OSError as error:
            logger.warning("sleeps end on whole milliseconds: %s", error)
            _alarms[process] = None
    alarm = _alarms[process]
    if alarm is None:
        gevent.sleep(max(0.0, at - time.monotonic()))
    else:
        alarm.sleep_until(at)
