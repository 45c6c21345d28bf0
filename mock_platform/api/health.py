"""/healthz, /readyz, /metrics: what whoever runs the shop, or waits for it, asks first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import msgspec
from aiohttp import hdrs, web

from mock_platform.api.route import Answer, Call, Route
from mock_platform.metrics import Metrics


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    status: str = "ok"
    shop: str
    version: str
    boot: str
    """Another after each start: whoever watches can tell that the shop was restarted."""
    started_at: float


class Seeded(msgspec.Struct, frozen=True):
    """How large the shop was made."""

    customers: int
    skus: int
    merchants: int
    categories: list[str]


class Ready(msgspec.Struct, frozen=True):
    ready: bool
    seeded: Seeded


@dataclass(slots=True)
class Readiness:
    """Whether the shop takes customers: false while it shuts down."""

    ready: bool
    seeded: Seeded


class Health:
    def __init__(self, alive: Alive, readiness: Readiness, metrics: Metrics) -> None:
        self._alive = alive
        self._readiness = readiness
        self._metrics = metrics

    async def healthz(self, call: Call) -> Alive:
        return self._alive

    async def readyz(self, call: Call) -> Answer:
        ready = self._readiness.ready
        return Answer(Ready(ready, self._readiness.seeded), status=200 if ready else 503)

    async def metrics(self, call: Call) -> web.Response:
        # In parts on the loop: a thread that renders keeps the interpreter lock for up to 5 ms at every turn.
        parts, content_type = self._metrics.parts(call.request.headers.get(hdrs.ACCEPT, ""))
        body = bytearray()
        for part in parts:
            body += part
            await asyncio.sleep(0)
        return web.Response(body=bytes(body), headers={hdrs.CONTENT_TYPE: content_type})

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET",
                path="/healthz",
                handler=self.healthz,
                says="Say that the process answers, and which start of it this is.",
                gives=Alive,
                audience="everybody",
                hurtable=False,
            ),
            Route(
                method="GET",
                path="/readyz",
                handler=self.readyz,
                says="Say whether the shop takes customers (200 or 503), and how large it is.",
                gives=Ready,
                audience="everybody",
                hurtable=False,
            ),
            Route(
                method="GET",
                path="/metrics",
                handler=self.metrics,
                says="Every series, as Prometheus text or OpenMetrics.",
                gives=None,
                audience="everybody",
                hurtable=False,
            ),
        )
