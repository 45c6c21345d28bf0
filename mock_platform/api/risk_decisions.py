"""/risk/decisions: what risk decided lately and by which rules, for operators. Buyers are not told why."""

from __future__ import annotations

import msgspec

from mock_platform.api.listing import PageAsked
from mock_platform.api.route import Call, Route
from mock_platform.domain.risk import Decision
from mock_platform.services.screening import Screening


class DecisionPage(msgspec.Struct, frozen=True):
    """The newest first. Devices are fingerprints."""

    decisions: tuple[Decision, ...]
    page: int
    pages: int
    total: int


class RiskDecisions:
    def __init__(self, screening: Screening) -> None:
        self._screening = screening

    async def list(self, call: Call) -> DecisionPage:
        asked: PageAsked = call.query
        found = await self._screening.decisions(asked.page, asked.per_page)
        return DecisionPage(found.items, found.page, found.pages, found.total)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET",
                path="/risk/decisions",
                handler=self.list,
                says="List what risk decided on tries for flash sales, and why: the latest 20,000.",
                gives=DecisionPage,
                audience="operators",
                query=PageAsked,
                hurtable=False,
            ),
        )
