"""Ctrl-C and a polite kill, handed to whoever can end the run in order."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import gevent


@contextmanager
def stop_signals(interrupt: Callable[[], None]) -> Iterator[None]:
    """Turn Ctrl-C and a polite kill into an orderly end of the run."""
    handlers = [gevent.signal_handler(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for handler in handlers:
            handler.cancel()
