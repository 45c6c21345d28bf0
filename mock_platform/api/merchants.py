"""/merchants: who sells on the platform."""

from __future__ import annotations

import msgspec

from mock_platform.api.listing import PageAsked
from mock_platform.api.route import Call, Route
from mock_platform.domain.merchant import Merchant
from mock_platform.services.shopping import Shopping


class MerchantPage(msgspec.Struct, frozen=True):
    merchants: tuple[Merchant, ...]
    page: int
    pages: int
    total: int


class Merchants:
    def __init__(self, shopping: Shopping) -> None:
        self._shopping = shopping

    async def list(self, call: Call) -> MerchantPage:
        asked: PageAsked = call.query
        found = await self._shopping.merchants(asked.page, asked.per_page)
        return MerchantPage(found.items, found.page, found.pages, found.total)

    async def show(self, call: Call) -> Merchant:
        return await self._shopping.merchant(call.path["merchant"])

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET",
                path="/merchants",
                handler=self.list,
                says="List the merchants.",
                gives=MerchantPage,
                audience="everybody",
                query=PageAsked,
            ),
            Route(
                method="GET",
                path="/merchants/{merchant}",
                handler=self.show,
                says="Show one merchant.",
                gives=Merchant,
                audience="everybody",
                refuses=("not_found",),
            ),
        )
