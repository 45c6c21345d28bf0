"""Who has a page open: each reader gets every event in order, or is let go if it cannot keep up with the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import gevent
import msgspec
from gevent.queue import Full, Queue

READERS_MAX = 64
BACKLOG_MAX = 16
"""Events a reader may be behind, one or two a second; a browser that reconnects gets the whole run again."""
BEAT_S = 2.0
"""A sign of life where nothing else is to be told, so that a page knows a quiet run from a lost one."""


class TooManyReaders(Exception):
    """Every place is taken."""


def event(name: str, content: object) -> bytes:
    """One server-sent event; JSON has no line breaks of its own."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(content))


BEAT = event("beat", {})
RETRY = b"retry: 1000\n\n"


class Readers:
    """Telling costs the run an append for each reader; how fast they read is their own affair.

    `greeting` gives what a new reader is told first.
    """

    def __init__(self, greeting: Callable[[], list[bytes]]) -> None:
        self._greeting = greeting
        self._queues: dict[Queue, gevent.Greenlet | None] = {}

    def __len__(self) -> int:
        return len(self._queues)

    def tell(self, name: str, content: object) -> None:
        """Tell everybody; does not wait for anybody."""
        if not self._queues:
            return
        message = event(name, content)
        for queue, reader in list(self._queues.items()):
            try:
                queue.put_nowait(message)
            except Full:
                # It may be stuck in the middle of sending, from which only its end can free it.
                self._queues.pop(queue, None)
                if reader is not None:
                    reader.kill(block=False)

    def read(self) -> Iterator[bytes]:
        """A new reader's events until it goes away. Raises TooManyReaders at once, not when iterated."""
        if len(self._queues) >= READERS_MAX:
            raise TooManyReaders
        queue: Queue = Queue(maxsize=BACKLOG_MAX)
        # Both in one step: an event between greeting and joining would be missed.
        greeting = self._greeting()
        self._queues[queue] = None
        return self._events(queue, greeting)

    def _events(self, queue: Queue, greeting: list[bytes]) -> Iterator[bytes]:
        current = gevent.getcurrent()
        if queue in self._queues:
            self._queues[queue] = current if isinstance(current, gevent.Greenlet) else None
        try:
            yield RETRY + b"".join(greeting)
            while queue in self._queues:
                try:
                    yield queue.get(timeout=BEAT_S)
                except gevent.queue.Empty:
                    yield BEAT
        finally:
            self._queues.pop(queue, None)
