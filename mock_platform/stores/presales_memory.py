"""Presale campaigns in memory, in the order they were first put."""

from __future__ import annotations

from mock_platform.domain.errors import NotFound
from mock_platform.domain.presale import Presale


class MemoryPresales:
    def __init__(self) -> None:
        self._presales: dict[str, Presale] = {}

    async def put_presale(self, presale: Presale) -> None:
        self._presales.setdefault(presale.presale, presale)

    async def presale(self, presale: str) -> Presale:
        found = self._presales.get(presale)
        if found is None:
            raise NotFound(f"no presale {presale}")
        return found

    async def presales(self) -> list[Presale]:
        return self.listed()

    def listed(self) -> list[Presale]:
        """Safe in another thread."""
        return list(self._presales.values())
