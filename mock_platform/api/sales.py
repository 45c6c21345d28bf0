"""/exports/sales: what was sold so far, for the big screen."""

from __future__ import annotations

from mock_platform.api.route import Call, Route
from mock_platform.services.showing import Sales, Showing


class SalesExport:
    def __init__(self, showing: Showing) -> None:
        self._showing = showing

    async def sales(self, call: Call) -> Sales:
        return self._showing.sales()

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET",
                path="/exports/sales",
                handler=self.sales,
                says="Sum up the paid orders by category and by the buyers' city, and the parcels by state.",
                gives=Sales,
                audience="operators",
                bounded=False,
                hurtable=False,
            ),
        )
