"""/imports: what is sold from abroad, what is due on it, and how much of it a buyer may still have this year."""

from __future__ import annotations

import msgspec

from mock_platform.api.listing import PageAsked
from mock_platform.api.route import Call, Route
from mock_platform.api.skus import SkuPage
from mock_platform.domain.customs import ORDER_LIMIT_FEN, YEARLY_LIMIT_FEN
from mock_platform.domain.tariff import GENERAL, REDUCED_SHARE, TARIFFS, Tariff
from mock_platform.services.importing import Importing


class TariffList(msgspec.Struct, frozen=True):
    """Rates in hundredths of a percent, limits in fen of goods without duty; domain/tariff.py has the formulas."""

    tariffs: tuple[Tariff, ...]
    general: Tariff
    """For what has no heading of its own."""
    reduced_share_bp: int
    order_limit_fen: int
    yearly_limit_fen: int


class AllowanceView(msgspec.Struct, frozen=True):
    year: int
    spent_fen: int
    left_fen: int


TARIFF_LIST = TariffList(tuple(TARIFFS.values()), GENERAL, REDUCED_SHARE, ORDER_LIMIT_FEN, YEARLY_LIMIT_FEN)


class ImportedGoods:
    def __init__(self, importing: Importing) -> None:
        self._importing = importing

    async def list(self, call: Call) -> SkuPage:
        asked: PageAsked = call.query
        found = await self._importing.goods(asked.page, asked.per_page)
        return SkuPage(found.items, found.page, found.pages, found.total)

    async def tariffs(self, call: Call) -> TariffList:
        return TARIFF_LIST

    async def allowance(self, call: Call) -> AllowanceView:
        return AllowanceView(*await self._importing.allowance(call.buyer))

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET",
                path="/imports",
                handler=self.list,
                says="List goods from abroad, most popular first, at today's rates and with their duty.",
                gives=SkuPage,
                audience="everybody",
                query=PageAsked,
            ),
            Route(
                method="GET",
                path="/imports/tariffs",
                handler=self.tariffs,
                says="Show the customs tariff and the limits.",
                gives=TariffList,
                audience="everybody",
            ),
            Route(
                method="GET",
                path="/imports/allowance",
                handler=self.allowance,
                says="Show what the buyer may still have from abroad this year.",
                gives=AllowanceView,
            ),
        )
