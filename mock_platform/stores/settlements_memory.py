"""Settlement batches in memory: at most one is open, and a closed one never changes. No method suspends."""

from __future__ import annotations

from mock_platform.domain.paging import Page, page_of
from mock_platform.domain.payout import Batch, BatchState, Statement


class MemorySettlements:
    def __init__(self) -> None:
        self._batches: dict[str, Batch] = {}
        self._open: str | None = None
        self._statements: dict[str, list[Statement]] = {}
        """By merchant, oldest first."""

    async def open(self, settlement: str, at: float) -> Batch:
        if self._open is None:
            self._batches[settlement] = Batch(settlement, at)
            self._open = settlement
        return self._batches[self._open]

    async def is_open(self) -> bool:
        return self._open is not None

    async def close(self, batch: Batch) -> Batch:
        known = self._batches[batch.settlement]
        if known.state is BatchState.CLOSED:
            return known
        self._batches[batch.settlement] = batch
        self._open = None
        for statement in batch.statements:
            self._statements.setdefault(statement.merchant, []).append(statement)
        return batch

    async def statements_of(self, merchant: str, page: int, per_page: int) -> Page[Statement]:
        return page_of(self._statements.get(merchant, [])[::-1], page, per_page)

    async def batches(self) -> list[Batch]:
        return list(self._batches.values())
