"""The outbox: what a commit said must happen next, happens; at least once, and one event's trouble is not another's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from mock_platform.domain.events import Event
from mock_platform.protocols import Clock, OrderStore

Handler = Callable[[Event], Awaitable[None]]


class Outbox:
    def __init__(
        self,
        *,
        orders: OrderStore,
        handlers: Mapping[type[Event], Sequence[Handler]],
        clock: Clock,
        lease_s: float = 30.0,
        poll_s: float = 0.05,
    ) -> None: ...

    async def step(self) -> int:
        """Deliver one batch of due events; how many were taken."""

    async def run(self) -> None:
        """Deliver until cancelled."""

    async def drain(self, within_s: float) -> bool:
        """Deliver until nothing is due, for at most so long; whether that was reached. For shutdown."""
