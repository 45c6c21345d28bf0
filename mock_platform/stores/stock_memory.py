"""Hot path: stock in memory. No method suspends, so each is atomic against every other request of the process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from operator import attrgetter

from msgspec.structs import replace

from mock_platform.domain.books import Shelf, StockBooks
from mock_platform.domain.errors import HoldGone, LimitPerBuyer, SoldOut, UnknownSku
from mock_platform.domain.reservation import Hold, HoldState, StockTotals, Units

SOLD = HoldState.SOLD  # up to Python 3.11, looking into an enumeration takes as long as a call


@dataclass(slots=True)
class _Count:
    initial: int
    free: int
    restocked: int = 0
    held: int = 0
    sold: int = 0


class MemoryStock:
    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], _Count] = {}
        self._holds: dict[str, Hold] = {}
        """Of orders that are being placed: few, since each is a sale a moment later or runs out."""
        self._sales: dict[str, Hold] = {}
        self._gone: set[str] = set()
        """Orders whose units were given back: those can never hold any again."""
        self._bought: dict[tuple[str, str], int] = {}
        """Units held and sold by (place, buyer), for the limit."""
        self._restocks: set[str] = set()
        self._free = self._held = self._sold = 0

    async def put(self, units: Iterable[Units]) -> None:
        for each in units:
            if each.quantity < 0:
                raise ValueError("a place begins with no or some units")
            if (each.sku, each.place) not in self._counts:
                self._counts[each.sku, each.place] = _Count(each.quantity, each.quantity)
                self._free += each.quantity

    async def restock(self, sku: str, place: str, quantity: int, restock: str = "") -> None:
        count = self._counts.get((sku, place))
        if count is None:
            raise UnknownSku(f"no stock of {sku} at {place}")
        if quantity < 1:
            raise ValueError("restocking adds units")
        if restock in self._restocks:
            return
        if restock:
            self._restocks.add(restock)
        count.restocked += quantity
        count.free += quantity
        self._free += quantity

    async def free(self, sku: str, place: str) -> int:
        count = self._counts.get((sku, place))
        return 0 if count is None else count.free

    async def hold(
        self,
        order: str,
        buyer: str,
        units: Sequence[Units],
        expires_at: float,
        limit_per_buyer: int | None = None,
    ) -> None:
        if order in self._holds or order in self._sales:
            self._prolong(order, expires_at)
            return
        if order in self._gone:
            raise HoldGone(order)
        if limit_per_buyer is not None:
            self._check_limit(buyer, units, limit_per_buyer)
        total = 0
        for taken, each in enumerate(units):
            count = self._counts.get((each.sku, each.place))
            if count is None or count.free < each.quantity:
                for earlier in units[:taken]:
                    back = self._counts[earlier.sku, earlier.place]
                    back.free += earlier.quantity
                    back.held -= earlier.quantity
                raise SoldOut(f"{each.sku} is sold out")
            count.free -= each.quantity
            count.held += each.quantity
            total += each.quantity
        for each in units:
            purse = each.place, buyer
            self._bought[purse] = self._bought.get(purse, 0) + each.quantity
        self._free -= total
        self._held += total
        self._holds[order] = Hold(order, buyer, tuple(units), expires_at)

    def _check_limit(self, buyer: str, units: Sequence[Units], limit_per_buyer: int) -> None:
        wanted: dict[str, int] = {}
        for each in units:
            wanted[each.place] = wanted.get(each.place, 0) + each.quantity
        for place, quantity in wanted.items():
            if self._bought.get((place, buyer), 0) + quantity > limit_per_buyer:
                raise LimitPerBuyer(f"at most {limit_per_buyer} to a buyer")

    def _prolong(self, order: str, expires_at: float) -> None:
        hold = self._holds.get(order)
        if hold is not None and expires_at > hold.expires_at:
            self._holds[order] = replace(hold, expires_at=expires_at)

    async def sell(self, order: str) -> None:
        hold = self._holds.pop(order, None)
        if hold is None:
            return
        for each in hold.units:
            count = self._counts[each.sku, each.place]
            count.held -= each.quantity
            count.sold += each.quantity
            self._held -= each.quantity
            self._sold += each.quantity
        self._sales[order] = Hold(order, hold.buyer, hold.units, hold.expires_at, SOLD)

    async def give_back(self, order: str) -> None:
        self._gone.add(order)
        hold = self._holds.pop(order, None) or self._sales.pop(order, None)
        if hold is None:
            return
        for each in hold.units:
            count = self._counts[each.sku, each.place]
            if hold.state is HoldState.HELD:
                count.held -= each.quantity
                self._held -= each.quantity
            else:
                count.sold -= each.quantity
                self._sold -= each.quantity
            count.free += each.quantity
            self._free += each.quantity
            purse = each.place, hold.buyer
            left = self._bought[purse] - each.quantity
            if left:
                self._bought[purse] = left
            else:
                del self._bought[purse]

    async def expired(self, now: float, limit: int) -> list[Hold]:
        overdue = [hold for hold in self._holds.values() if hold.expires_at <= now]
        return nsmallest(limit, overdue, key=attrgetter("expires_at"))

    async def totals(self) -> StockTotals:
        return StockTotals(self._free, self._held, self._sold)

    async def held_orders(self) -> int:
        return len(self._holds)

    async def books(self) -> StockBooks:
        shelves = [
            Shelf(sku, place, count.initial, count.restocked, count.free, count.held, count.sold)
            for (sku, place), count in self._counts.items()
        ]
        return StockBooks(shelves, [*self._holds.values(), *self._sales.values()])
