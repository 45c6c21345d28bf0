"""The part of the order store that knows which orders end unpaid, and when. Nothing suspends. Hot path."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush
from itertools import islice

from mock_platform.domain.order import PLACED, Order, OrderState


class MemoryUnpaid:
    """Plain orders end in the order they came, so a dict keeps them; those paid in instalments end at any instant."""

    def __init__(self, orders: Mapping[str, Order]) -> None:
        self._orders = orders
        self._plain: dict[str, None] = {}
        self._instalments: list[tuple[float, str]] = []
        """A heap; an entry counts while something is due of its order and `pay_before` agrees."""
        self.deposited: dict[str, int] = {}
        """What is still due of orders whose deposit was paid."""

    def put(self, order: Order) -> None:
        """The order as it was just written."""
        if order.deposit_fen:
            if order.due_fen:
                heappush(self._instalments, (order.pay_before, order.order))
            if order.state is OrderState.DEPOSITED:
                self.deposited[order.order] = order.due_fen
            else:
                self.deposited.pop(order.order, None)
        elif order.state is PLACED:
            self._plain[order.order] = None
        else:
            self._plain.pop(order.order, None)

    def due(self, before: float, limit: int) -> list[Order]:
        oldest = islice((self._orders[order] for order in self._plain), limit)
        due = [order for order in oldest if order.pay_before <= before]
        if not self._instalments or self._instalments[0][0] > before:
            return due
        due += self._instalments_due(before, limit)
        return sorted(due, key=lambda order: order.pay_before)[:limit]

    def _instalments_due(self, before: float, limit: int) -> list[Order]:
        found: dict[str, Order] = {}
        while self._instalments and self._instalments[0][0] <= before and len(found) < limit:
            pay_before, name = heappop(self._instalments)
            order = self._orders[name]
            if order.awaits_bank_only(before):
                continue  # whatever the bank says writes the order, and puts it here again if it is still due
            if order.due_fen and order.pay_before == pay_before:
                found[name] = order
        for order in found.values():
            heappush(self._instalments, (order.pay_before, order.order))  # looking changes nothing
        return [*found.values()]
