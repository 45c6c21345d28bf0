"""/merchants/mine/orders and /settlements: what a merchant sold, and what came of it. Own rows, buyers masked."""

from __future__ import annotations

import msgspec

from mock_platform.api.listing import PageAsked
from mock_platform.api.route import Call, Route
from mock_platform.domain.merchant_sale import MerchantSale
from mock_platform.domain.payout import Statement
from mock_platform.services.settlement import Settlement


class MerchantSalePage(msgspec.Struct, frozen=True):
    merchant: str
    orders: tuple[MerchantSale, ...]
    page: int
    pages: int
    total: int


class StatementPage(msgspec.Struct, frozen=True):
    merchant: str
    settlements: tuple[Statement, ...]
    page: int
    pages: int
    total: int


class MerchantBooks:
    def __init__(self, settlement: Settlement) -> None:
        self._settlement = settlement

    async def orders(self, call: Call) -> MerchantSalePage:
        asked: PageAsked = call.query
        found = await self._settlement.sales(call.buyer, asked.page, asked.per_page)
        return MerchantSalePage(call.buyer, found.items, found.page, found.pages, found.total)

    async def settlements(self, call: Call) -> StatementPage:
        asked: PageAsked = call.query
        found = await self._settlement.statements(call.buyer, asked.page, asked.per_page)
        return StatementPage(call.buyer, found.items, found.page, found.pages, found.total)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET",
                path="/merchants/mine/orders",
                handler=self.orders,
                says="List the merchant's own part of the orders that were paid, newest first.",
                gives=MerchantSalePage,
                audience="merchants",
                query=PageAsked,
            ),
            Route(
                method="GET",
                path="/merchants/mine/settlements",
                handler=self.settlements,
                says="List what closed batches brought the merchant, newest first.",
                gives=StatementPage,
                audience="merchants",
                query=PageAsked,
            ),
        )
