"""Settlement: merchants get what is theirs of delivered and forfeited orders, each once, in batches; and look at it.

A batch is opened, what is due is marked with it one commit each, and it is closed over those that bear its mark.
Cut off anywhere, the next step finds the batch open and goes on with it; whatever is done again changes nothing. One
step runs at a time: it is background work of one shop.
"""

from __future__ import annotations

from mock_platform.domain import changes
from mock_platform.domain.changes import Changes
from mock_platform.domain.merchant_sale import MerchantSale, sale_of
from mock_platform.domain.order import Order
from mock_platform.domain.paging import Page
from mock_platform.domain.payout import Batch, Statement, closed, shares_of
from mock_platform.protocols import Clock, NewId
from mock_platform.protocols_marketplace import SalesStore, SettlementStore

SETTLED_IN_A_ROW = 32
"""Orders in one transaction; then others get their turn."""
BATCH_MAX = 2_000
VIEWS_KEPT = 20_000


class Settlement:
    def __init__(
        self,
        *,
        orders: SalesStore,
        settlements: SettlementStore,
        clock: Clock,
        new_id: NewId,
        fee_basis_points: int,
    ) -> None:
        self._orders = orders
        self._settlements = settlements
        self._clock = clock
        self._new_id = new_id
        self._fee_basis_points = fee_basis_points
        self._views: dict[tuple[str, str], None] = {}
        self.batches = self.orders = self.gross_fen = self.fee_fen = 0
        """What closed batches brought, for metrics."""

    async def step(self) -> int:
        """Settle what is due, a bounded number of orders, in one batch; how many. Nothing to settle: no batch."""
        if not await self._settlements.is_open() and not await self._orders.unsettled(1):
            return 0
        batch = await self._settlements.open(self._new_id("B"), self._clock())
        for _ in range(BATCH_MAX // SETTLED_IN_A_ROW):
            orders = await self._orders.unsettled(SETTLED_IN_A_ROW)
            if not orders:
                break
            marked = [change for order in orders if (change := self._mark(order, batch)) is not None]
            await self._orders.commit_each(marked)
        return await self._close(batch)

    def _mark(self, order: Order, batch: Batch) -> Changes | None:
        return changes.settled(order, batch.settlement, shares_of(order, self._fee_basis_points), self._clock())

    async def _close(self, batch: Batch) -> int:
        orders = await self._orders.settled_in(batch.settlement)
        done = await self._settlements.close(closed(batch, orders, self._fee_basis_points, self._clock()))
        self.batches += 1
        self.orders += len(done.orders)
        self.gross_fen += sum(statement.gross_fen for statement in done.statements)
        self.fee_fen += sum(statement.fee_fen for statement in done.statements)
        return len(done.orders)

    async def sales(self, merchant: str, page: int, per_page: int) -> Page[MerchantSale]:
        """The merchant's part of the orders that were paid, the newest first: own lines, the buyer masked."""
        found = await self._orders.sold_by(merchant, page, per_page)
        sales = tuple(sale_of(order, merchant) for order in found.items)
        for sale in sales:
            self._note_view(merchant, sale.order)
        return Page(sales, found.page, found.pages, found.total)

    async def statements(self, merchant: str, page: int, per_page: int) -> Page[Statement]:
        """What closed batches brought the merchant, the newest first."""
        return await self._settlements.statements_of(merchant, page, per_page)

    def views(self) -> list[tuple[str, str]]:
        """(merchant, order): who was shown what, the latest of it, so that the audit can tell whether it was theirs."""
        return list(self._views)

    def _note_view(self, merchant: str, order: str) -> None:
        if len(self._views) >= VIEWS_KEPT and (merchant, order) not in self._views:
            del self._views[next(iter(self._views))]
        self._views[merchant, order] = None
