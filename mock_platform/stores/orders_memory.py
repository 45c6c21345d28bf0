"""Hot path: orders and all that is atomic with them, in memory. No method suspends, so each is a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from msgspec.structs import replace

from mock_platform.domain.books import OrderBooks, UnderWay
from mock_platform.domain.changes import Changes
from mock_platform.domain.errors import UnknownOrder, UnknownPayment, VersionConflict
from mock_platform.domain.events import Event
from mock_platform.domain.idempotency import Claim, Finished
from mock_platform.domain.ledger import Entry
from mock_platform.domain.order import PLACED, Order
from mock_platform.domain.paging import Page, page_of
from mock_platform.domain.payment import Payment, PaymentState
from mock_platform.domain.shipment import Parcel, ParcelState, Waiting
from mock_platform.stores.coupons_memory import MemoryCoupons
from mock_platform.stores.imports_memory import MemoryImports
from mock_platform.stores.keys_memory import MemoryKeys
from mock_platform.stores.outbox_memory import MemoryOutbox
from mock_platform.stores.parcels_memory import MemoryParcels
from mock_platform.stores.pickups_memory import MemoryPickups
from mock_platform.stores.sales_memory import MemorySales
from mock_platform.stores.unpaid_memory import MemoryUnpaid


class MemoryOrders:
    """What sweeps look for stands in dicts of its own, oldest first, so that nothing reads all orders.

    Assign to `heard` before the first commit which kinds of events somebody handles: others are not queued for
    delivery, which costs 4 us an event. None: all are.
    """

    def __init__(self) -> None:
        self.heard: frozenset[type[Event]] | None = None
        self.coupons = MemoryCoupons()
        self._orders: dict[str, Order] = {}
        self._of_buyer: dict[str, list[str]] = {}
        self._payments: dict[str, Payment] = {}
        self._entries: list[Entry] = []
        self._keys = MemoryKeys()
        self.imports = MemoryImports()
        """To be read; written by commits alone."""
        self.pickups = MemoryPickups()
        """Likewise."""
        self._outbox = MemoryOutbox()
        self._parcels = MemoryParcels()
        self._sales = MemorySales()
        self._unpaid = MemoryUnpaid(self._orders)
        self._pending: dict[str, None] = {}
        self._refunding: set[str] = set()

    async def claim(
        self, buyer: str, key: str, fingerprint: str, subject: str, now: float, lock_s: float
    ) -> Claim | Finished:
        return self._keys.claim(buyer, key, fingerprint, subject, now, lock_s)

    async def abandon(self, order: str) -> bool:
        if order in self._orders:
            return False
        self._keys.abandon(order)
        return True

    async def commit(self, changes: Changes) -> None:
        self._commit(changes)

    async def commit_each(self, changes: Sequence[Changes]) -> list[bool]:
        return [self._committed(each) for each in changes]

    def _committed(self, changes: Changes) -> bool:
        try:
            self._commit(changes)
        except VersionConflict:
            return False
        return True

    def _commit(self, changes: Changes) -> None:
        # All that may refuse comes first; from then on nothing can fail, and nothing suspends anywhere.
        order = changes.order
        if changes.finish is not None:
            self._keys.check(changes.finish)
        if order is not None:
            stored = self._orders.get(order.order)
            if order.version != (0 if stored is None else stored.version):
                raise VersionConflict(order.order)
            if order.deductions and not order.version:
                self.coupons.check_used(order)
            if order.declared:
                self.imports.check(order)
        if changes.coupon is not None:
            self.coupons.check_claimed(changes.coupon)
        if changes.finish is not None:
            self._keys.finish(changes.finish, changes.refusal)
        if changes.coupon is not None:
            self.coupons.put_claimed(changes.coupon)
        if order is not None:
            self._put_order(order)
        if changes.payment is not None:
            self._put_payment(changes.payment)
        if changes.declaration is not None:
            self.imports.put_declaration(changes.declaration)
        if changes.pickup is not None:
            self.pickups.put(changes.pickup)
        if changes.deposit is not None:
            self._put_payment(changes.deposit)
        if changes.parcels:
            self._parcels.put(changes.parcels)
        self._entries.extend(changes.entries)
        for event in changes.events:
            if self.heard is None or type(event) in self.heard:
                self._outbox.add(event)

    def _put_order(self, order: Order) -> None:
        if order.version == 0:
            self._of_buyer.setdefault(order.buyer, []).append(order.order)
        self._orders[order.order] = replace(order, version=order.version + 1)
        if order.deductions:
            self.coupons.follow(order)
        if order.declared:
            self.imports.put_order(order)
        self._unpaid.put(order)
        if order.state is not PLACED:
            self._sales.put(order)

    def _put_payment(self, payment: Payment) -> None:
        self._payments[payment.payment] = payment
        if payment.state is PaymentState.PENDING:
            self._pending[payment.payment] = None
        else:
            self._pending.pop(payment.payment, None)
        if payment.state is PaymentState.REFUNDING:
            self._refunding.add(payment.payment)
        else:
            self._refunding.discard(payment.payment)

    async def order(self, order: str) -> Order:
        found = self._orders.get(order)
        if found is None:
            raise UnknownOrder(f"no order {order}")
        return found

    async def orders_of(self, buyer: str, page: int, per_page: int) -> Page[Order]:
        cut = page_of(self._of_buyer.get(buyer, ())[::-1], page, per_page)
        return Page(tuple(self._orders[order] for order in cut.items), cut.page, cut.pages, cut.total)

    async def sold_by(self, merchant: str, page: int, per_page: int) -> Page[Order]:
        cut = self._sales.sold_by(merchant, page, per_page)
        return Page(tuple(self._orders[order] for order in cut.items), cut.page, cut.pages, cut.total)

    async def unsettled(self, limit: int) -> list[Order]:
        return [self._orders[order] for order in self._sales.unsettled(limit)]

    async def settled_in(self, settlement: str) -> list[Order]:
        return [self._orders[order] for order in self._sales.settled_in(settlement)]

    async def payment(self, payment: str) -> Payment:
        found = self._payments.get(payment)
        if found is None:
            raise UnknownPayment(f"no payment {payment}")
        return found

    async def parcels_of(self, order: str) -> tuple[Parcel, ...]:
        return self._parcels.of_order(order)

    async def parcel(self, parcel: str) -> Parcel:
        return self._parcels.parcel(parcel)

    async def unpaid(self, before: float, limit: int) -> list[Order]:
        return self._unpaid.due(before, limit)

    def balances_due(self) -> Sequence[int]:
        """In fen, of each order whose deposit was paid. Safe in another thread."""
        return [*self._unpaid.deposited.values()]

    async def pending_payments(self, before: float, limit: int) -> list[Payment]:
        oldest = islice((self._payments[payment] for payment in self._pending), limit)
        return [payment for payment in oldest if payment.asked_at <= before]

    async def parcels_under_way(self, before: float, limit: int) -> list[Parcel]:
        return self._parcels.under_way(before, limit)

    async def parcels_waiting(self, warehouse: str, state: ParcelState, before: float, limit: int) -> list[Waiting]:
        found = self._parcels.waiting(warehouse, state, before, limit)
        return [Waiting(self._orders[parcel.order], parcel) for parcel in found]

    async def backlogs(self) -> Mapping[str, int]:
        return self._parcels.backlogs()

    async def take_events(self, now: float, limit: int, lease_s: float) -> list[Event]:
        return self._outbox.take(now, limit, lease_s)

    async def acknowledge(self, events: Sequence[str]) -> None:
        self._outbox.acknowledge(events)

    async def postpone(self, event: str, until: float) -> None:
        self._outbox.postpone(event, until)

    async def under_way(self) -> UnderWay:
        return UnderWay(len(self._outbox), len(self._pending) + len(self._refunding))

    async def books(self) -> OrderBooks:
        return OrderBooks(
            orders=list(self._orders.values()),
            payments=list(self._payments.values()),
            parcels=self._parcels.parcels(),
            entries=list(self._entries),
            keys=self._keys.records(),
            events=self._outbox.events(),
        )
