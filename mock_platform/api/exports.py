"""/exports: the shop's books at one instant, and what an audit of them finds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import hdrs, web

from mock_platform.api.route import Call, Route
from mock_platform.audit import Evidence, SystemReport, Violation, audit
from mock_platform.services.bookkeeping import Bookkeeping


class Pending(msgspec.Struct, frozen=True):
    """What still moves; an audit is final when all are zero."""

    events: int
    payments: int
    holds: int
    systems: dict[str, int]
    """What moves in the shop's other systems, by kind."""


class Audited(msgspec.Struct, frozen=True):
    checked: int
    invariants: list[str]
    violations: list[Violation]
    systems: list[SystemReport]
    pending: Pending


class Exports:
    """`evidence` is what the audit may look at beside the books."""

    def __init__(self, bookkeeping: Bookkeeping, evidence: Callable[[], Evidence] | None = None) -> None:
        self._bookkeeping = bookkeeping
        self._evidence = evidence

    async def snapshot(self, call: Call) -> web.Response:
        books = await self._bookkeeping.snapshot()
        body = await asyncio.to_thread(msgspec.json.encode, books)
        return web.Response(body=body, headers={hdrs.CONTENT_TYPE: "application/json"})

    async def audit(self, call: Call) -> Audited:
        books = await self._bookkeeping.snapshot()
        pending = await self._pending()
        report = await asyncio.to_thread(audit, books, self._evidence() if self._evidence else None)
        return Audited(report.checked, list(report.invariants), list(report.violations), list(report.systems), pending)

    async def pending(self, call: Call) -> Pending:
        return await self._pending()

    async def _pending(self) -> Pending:
        return Pending(**await self._bookkeeping.pending(), systems=await self._bookkeeping.moving())

    def routes(self) -> tuple[Route, ...]:
        return (
            _export(
                "/exports/snapshot", self.snapshot, "The books at one instant, for an audit elsewhere.", dict[str, Any]
            ),
            _export("/exports/audit", self.audit, "Audit the books as they are now.", Audited),
            _export("/exports/pending", self.pending, "Count what still moves.", Pending),
        )


def _export(path: str, handler: Any, says: str, gives: Any) -> Route:
    return Route(
        method="GET",
        path=path,
        handler=handler,
        says=says,
        gives=gives,
        audience="operators",
        bounded=False,
        hurtable=False,
    )
