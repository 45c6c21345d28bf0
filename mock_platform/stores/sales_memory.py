"""The part of the order store that merchants look at, in memory: who sold what, and what is still to be settled."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from mock_platform.domain.order import FULFILLED, Order, OrderState
from mock_platform.domain.paging import Page, check_page

UNPAID = frozenset({OrderState.PLACED, OrderState.DEPOSITED, OrderState.CANCELLED})


class MemorySales:
    """Holds ids alone. Nothing suspends."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._of_merchant: dict[str, list[str]] = {}
        """Orders that were paid, the oldest first."""
        self._unsettled: dict[str, None] = {}
        self._settled_in: dict[str, list[str]] = {}

    def put(self, order: Order) -> None:
        """An order, in whatever state it has come to; it is a sale from the moment it is paid."""
        if order.state in UNPAID:
            if order.deposit_fen and order.forfeited_fen:
                self._put_due(order)
            return
        if order.order not in self._known:
            self._known.add(order.order)
            for merchant in dict.fromkeys([line.merchant for line in order.lines]):
                self._of_merchant.setdefault(merchant, []).append(order.order)
        if order.state in FULFILLED:
            self._put_due(order)

    def _put_due(self, order: Order) -> None:
        if order.settlement is None:
            self._unsettled[order.order] = None
        elif order.order in self._unsettled:
            del self._unsettled[order.order]
            self._settled_in.setdefault(order.settlement, []).append(order.order)

    def sold_by(self, merchant: str, page: int, per_page: int) -> Page[str]:
        """The newest first."""
        check_page(page, per_page)
        sold: Sequence[str] = self._of_merchant.get(merchant, ())
        total = len(sold)
        end = max(0, total - (page - 1) * per_page)
        return Page(tuple(sold[max(0, end - per_page) : end][::-1]), page, -(-total // per_page), total)

    def unsettled(self, limit: int) -> list[str]:
        return list(islice(self._unsettled, limit))

    def settled_in(self, settlement: str) -> Sequence[str]:
        return self._settled_in.get(settlement, ())
