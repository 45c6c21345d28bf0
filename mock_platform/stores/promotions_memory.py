"""Promotions in memory: one board that is replaced when a promotion is added. Nothing suspends."""

from __future__ import annotations

from mock_platform.domain.promotion import AnyPromotion, Board


class MemoryPromotions:
    def __init__(self) -> None:
        self._board = Board()

    async def put(self, promotion: AnyPromotion) -> None:
        if all(known.promotion != promotion.promotion for known in self._board.promotions):
            self._board = Board((*self._board.promotions, promotion))

    async def board(self) -> Board:
        return self._board
