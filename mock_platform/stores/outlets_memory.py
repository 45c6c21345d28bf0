"""Outlets and what is kept of their clerks' secrets, in memory. Nothing suspends."""

from __future__ import annotations

from collections.abc import Iterable

from mock_platform.domain.errors import NotFound
from mock_platform.domain.outlet import Outlet


class MemoryOutlets:
    def __init__(self, outlets: Iterable[Outlet] = ()) -> None:
        self._outlets = {outlet.outlet: outlet for outlet in outlets}
        self._digests: dict[str, bytes] = {}

    async def outlet(self, outlet: str) -> Outlet:
        found = self._outlets.get(outlet)
        if found is None:
            raise NotFound(f"no outlet {outlet}")
        return found

    async def outlets(self) -> list[Outlet]:
        return list(self._outlets.values())

    async def set_secret(self, outlet: str, digest: bytes) -> None:
        await self.outlet(outlet)
        self._digests[outlet] = digest

    async def secret_digest(self, outlet: str) -> bytes:
        return self._digests.get(outlet, b"")
