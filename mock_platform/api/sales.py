"""/exports/sales: what was sold so far, and what each system is at, for the pages that people watch."""

from __future__ import annotations

from msgspec.structs import replace

from mock_platform.api.route import Call, Route
from mock_platform.services.glancing import Glancing
from mock_platform.services.showing import Sales, Showing


class SalesExport:
    def __init__(self, showing: Showing, glancing: Glancing) -> None:
        self._showing = showing
        self._glancing = glancing

    async def sales(self, call: Call) -> Sales:
        return replace(self._showing.sales(), systems=self._glancing.now())

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET",
                path="/exports/sales",
                handler=self.sales,
                says="Sum up the paid orders by category and city, the parcels by state, and what each system is at.",
                gives=Sales,
                audience="operators",
                bounded=False,
                hurtable=False,
            ),
        )
