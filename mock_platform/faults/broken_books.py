"""Breaks the shop's own promises on purpose, to prove that the audit sees it; not of the family of fault plans.

Each kind stands before one store or partner, passes everything on, and lies in one place:

oversell        a decrement is dropped: one unit more may be held than there was
double_charge   the bank takes the money of one payment twice
drop_order      an order the buyer was told of is no longer there
leak_hold       a unit is held for an order that nobody makes, and expiry is never shown the hold
reuse_coupon    an order gets a coupon's discount, and the coupon stays unused
keep_deposit    a deposit that should go back to who gave up in time is kept

Nothing of ours is imported: stores and partners are known by the few methods used here, values by their fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar, cast

from msgspec.structs import replace

AFTER = 10
"""The first hold, order, captured payment (the tenth) and so on that is wronged: the shop has worked by then."""
LEAKED_FOR_S = 3600.0
"""How long before a true hold the leaked one ends, so that it is overdue whenever somebody looks."""

Stock = TypeVar("Stock")
Orders = TypeVar("Orders")
Bank = TypeVar("Bank")


def break_books(
    kind: str, stock: Stock, orders: Orders, bank: Bank, *, after: int = AFTER
) -> tuple[Stock, Orders, Bank]:
    """The same three, one of them behind a liar; an empty kind breaks nothing. ValueError for a kind that is none."""
    match kind:
        case "":
            pass
        case "oversell":
            stock = cast(Stock, Overselling(stock, after))
        case "double_charge":
            bank = cast(Bank, DoubleCharging(bank, after))
        case "drop_order":
            orders = cast(Orders, Forgetting(orders, after))
        case "leak_hold":
            stock = cast(Stock, Leaking(stock, after))
        case "reuse_coupon":
            orders = cast(Orders, Reusing(orders, after))
        case "keep_deposit":
            orders = cast(Orders, Keeping(orders, after))
        case _:
            raise ValueError(f"{kind!r} is no way to break the books")
    return stock, orders, bank


class _Before:
    """Stands before `inner`: what is not defined here is the inner one's, read or assigned."""

    _own = frozenset({"_inner", "_left", "_victim"})

    def __init__(self, inner: Any, after: int) -> None:
        self._inner = inner
        self._left = after
        self._victim: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._own:
            object.__setattr__(self, name, value)
        else:
            setattr(self._inner, name, value)

    def _turn(self) -> bool:
        """Whether this is the one to be wronged, or an earlier one could not be."""
        self._left -= 1
        return self._victim is None and self._left <= 0


class Overselling(_Before):
    """Gives one unit back that was taken, and keeps it out of the books: the place sells one more than it had."""

    async def hold(self, order: str, buyer: str, units: Sequence[Any], *terms: Any, **named: Any) -> None:
        await self._inner.hold(order, buyer, units, *terms, **named)
        if self._turn():
            self._victim = units[0].sku, units[0].place
            await self._inner.restock(*self._victim, 1)

    async def books(self) -> Any:
        books = await self._inner.books()
        shelves = [
            replace(shelf, restocked=shelf.restocked - 1) if (shelf.sku, shelf.place) == self._victim else shelf
            for shelf in books.shelves
        ]
        return replace(books, shelves=shelves)


class DoubleCharging(_Before):
    """Takes the money of one payment again; its own statement says so, and nobody is called back about it."""

    async def statement(self) -> list[Any]:
        lines = await self._inner.statement()
        captured = [line.payment for line in lines if line.captures]
        if self._victim is None and len(captured) >= self._left:
            self._victim = captured[self._left - 1]
        return [
            replace(line, captures=line.captures + 1, captured_fen=2 * line.captured_fen)
            if line.payment == self._victim
            else line
            for line in lines
        ]


class Forgetting(_Before):
    """Loses one order right after its commit; its ledger entry, its key, its payment and its stock stay behind."""

    async def commit(self, changes: Any) -> None:
        await self._inner.commit(changes)
        order = changes.order
        if order is not None and order.version == 0 and self._turn():
            self._victim = order.order

    async def order(self, order: str) -> Any:
        # The inner store knows how it says that there is no such order; we may not import that error.
        return await self._inner.order(f"{order} any more" if order == self._victim else order)

    async def orders_of(self, buyer: str, *cut: Any, **named: Any) -> Any:
        page = await self._inner.orders_of(buyer, *cut, **named)
        return replace(page, items=tuple(self._without_victim(page.items)))

    async def unpaid(self, *cut: Any, **named: Any) -> list[Any]:
        return self._without_victim(await self._inner.unpaid(*cut, **named))

    async def books(self) -> Any:
        books = await self._inner.books()
        return replace(books, orders=self._without_victim(books.orders))

    def _without_victim(self, orders: Sequence[Any]) -> list[Any]:
        return [order for order in orders if order.order != self._victim]


class Leaking(_Before):
    """Holds a unit more than was asked for, under an order of its own that expiry never gets to see."""

    async def hold(
        self, order: str, buyer: str, units: Sequence[Any], expires_at: float, *terms: Any, **named: Any
    ) -> None:
        await self._inner.hold(order, buyer, units, expires_at, *terms, **named)
        if not self._turn():
            return
        try:
            leaked = f"{order}-leaked"
            await self._inner.hold(leaked, buyer, [replace(units[0], quantity=1)], expires_at - LEAKED_FOR_S)
        except Exception:
            return  # it was the last unit: the next hold is wronged instead
        self._victim = leaked

    async def expired(self, *cut: Any, **named: Any) -> list[Any]:
        return [hold for hold in await self._inner.expired(*cut, **named) if hold.order != self._victim]

    async def held_orders(self) -> int:
        held: int = await self._inner.held_orders()
        return held - (self._victim is not None)


class Reusing(_Before):
    """Writes an order down without the coupon that made it cheaper, so that the coupon can be spent again."""

    async def commit(self, changes: Any) -> None:
        order = changes.order
        if order is not None and order.version == 0 and order.coupons and self._turn():
            self._victim = order.order
            changes = replace(changes, order=replace(order, coupons=()))
        await self._inner.commit(changes)


class Keeping(_Before):
    """Ends an order whose deposit goes back, and forgets about the deposit."""

    async def commit(self, changes: Any) -> None:
        order, payment = changes.order, changes.payment
        goes_back = payment is not None and order is not None and payment.payment == order.deposited_by
        if goes_back and (order.state, payment.state) == ("cancelled", "refunding") and self._turn():
            self._victim = order.order
            others = tuple(event for event in changes.events if getattr(event, "payment", "") != payment.payment)
            changes = replace(changes, payment=None, events=others)
        await self._inner.commit(changes)
