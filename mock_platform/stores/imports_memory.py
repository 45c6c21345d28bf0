"""Imports in memory: declarations, and what each buyer has had from abroad in a year; part of the order store.

Orders and declarations come in by the order store's commit alone, so they are as atomic as it is. Nothing suspends.
"""

from __future__ import annotations

from itertools import islice

from mock_platform.domain.customs import check_year, counted_fen, year_of
from mock_platform.domain.declaration import UNDER_WAY, Declaration
from mock_platform.domain.order import Order


class MemoryImports:
    def __init__(self) -> None:
        self._orders: dict[str, Order] = {}
        self._spent_fen: dict[tuple[str, int], int] = {}
        """By buyer and year: the sum over their live orders, kept up to date order by order."""
        self._declarations: dict[str, Declaration] = {}
        """By order: there is one for each."""
        self._moving: dict[str, None] = {}
        """Orders whose declaration is under way; the one that moved longest ago comes first."""

    def check(self, order: Order) -> None:
        """YearlyLimit if this order, with all its buyer has had this year, is too much."""
        before_fen, after_fen = self._counted(order)
        check_year(self._spent_fen.get((order.buyer, year_of(order.placed_at)), 0), after_fen - before_fen)

    def put_order(self, order: Order) -> None:
        """After `check`. An order that has ended gives back what it counted for."""
        before_fen, after_fen = self._counted(order)
        year = order.buyer, year_of(order.placed_at)
        if spent_fen := self._spent_fen.get(year, 0) + after_fen - before_fen:
            self._spent_fen[year] = spent_fen
        else:
            self._spent_fen.pop(year, None)
        self._orders[order.order] = order

    def _counted(self, order: Order) -> tuple[int, int]:
        known = self._orders.get(order.order)
        return 0 if known is None else counted_fen(known), counted_fen(order)

    def put_declaration(self, declaration: Declaration) -> None:
        self._declarations[declaration.order] = declaration
        self._moving.pop(declaration.order, None)
        if declaration.state in UNDER_WAY:
            self._moving[declaration.order] = None

    async def spent_fen(self, buyer: str, year: int) -> int:
        return self._spent_fen.get((buyer, year), 0)

    async def orders(self) -> list[Order]:
        return list(self._orders.values())

    async def declaration(self, order: str) -> Declaration | None:
        return self._declarations.get(order)

    async def declarations(self) -> list[Declaration]:
        return list(self._declarations.values())

    async def under_way(self, before: float, limit: int) -> list[Declaration]:
        oldest = islice((self._declarations[order] for order in self._moving), limit)
        return [declaration for declaration in oldest if declaration.moved_at <= before]

    async def moving(self) -> int:
        return len(self._moving)
