"""The outbox in memory: the part of the order store that keeps events until they are acknowledged. Nothing suspends."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush

from mock_platform.domain.events import Event


class MemoryOutbox:
    def __init__(self) -> None:
        self._events: dict[str, Event] = {}
        self._due_at: dict[str, float] = {}
        self._queue: list[tuple[float, int, str]] = []
        """A heap; an entry counts only while it agrees with `_due_at`."""
        self._queued = 0

    def __len__(self) -> int:
        return len(self._events)

    def add(self, event: Event) -> None:
        self._events[event.event] = event
        self._enqueue(event.event, event.at)

    def take(self, now: float, limit: int, lease_s: float) -> list[Event]:
        taken: list[Event] = []
        while self._queue and self._queue[0][0] <= now and len(taken) < limit:
            due_at, _, name = heappop(self._queue)
            if self._due_at.get(name) == due_at:
                taken.append(self._events[name])
                self._due_at[name] = now + lease_s
        for event in taken:
            self._enqueue(event.event, now + lease_s)
        return taken

    def acknowledge(self, names: Sequence[str]) -> None:
        for name in names:
            self._events.pop(name, None)
            self._due_at.pop(name, None)

    def postpone(self, name: str, until: float) -> None:
        if name in self._events:
            self._enqueue(name, until)

    def events(self) -> list[Event]:
        return list(self._events.values())

    def _enqueue(self, name: str, due_at: float) -> None:
        self._due_at[name] = due_at
        self._queued += 1
        heappush(self._queue, (due_at, self._queued, name))
