"""Data protection: what customers may ask about their own data, and who may read it in the clear. All is logged."""

from __future__ import annotations

import logging
from collections import deque

import msgspec

from mock_platform.domain.cart import Cart
from mock_platform.domain.clear_read import ClearRead, Who, Why
from mock_platform.domain.customer import Customer
from mock_platform.domain.errors import CustomerErased, TooManyExports
from mock_platform.domain.idempotency import Claim, check_key
from mock_platform.domain.order import Order
from mock_platform.domain.paging import Page
from mock_platform.domain.purchase import Purchase
from mock_platform.domain.sealing import ErasedCustomer, SealBroken, SealedCustomer, unseal
from mock_platform.protocols import CartStore, Clock, NewId, OrderStore
from mock_platform.protocols_personal_data import AccessLog, KeyRing, PersonalDataStore

log = logging.getLogger(__name__)

EXPORTS_MAX = 5
EXPORT_WINDOW_S = 60.0
"""Nobody needs their own data more often; a stolen session would."""
ORDERS_SHOWN = 100
ERASED = "This customer's personal data was erased, as they asked."


class Asked(msgspec.Struct, frozen=True, gc=False):
    """An export a customer asked for."""

    export: str
    key: str
    at: float


class PersonalExport(msgspec.Struct, frozen=True):
    """In the clear: for the customer alone."""

    export: str
    made_at: float
    customer: Customer
    orders: tuple[Order, ...]
    orders_total: int

    def __repr__(self) -> str:
        return f"PersonalExport({self.export})"


class DataProtection:
    """Every clear read passes `_read`: it is logged first, and what cannot be logged is not read."""

    def __init__(
        self,
        *,
        customers: PersonalDataStore,
        keys: KeyRing,
        orders: OrderStore,
        carts: CartStore,
        log: AccessLog,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._customers = customers
        self._keys = keys
        self._orders = orders
        self._carts = carts
        self._log = log
        self._clock = clock
        self._new_id = new_id
        self._asked: dict[str, deque[Asked]] = {}
        """The latest exports of each customer: as many as fit into a window, so one that is forgotten is out of it."""
        self.exports = self.replayed_exports = self.refused_exports = 0
        self.erasures = 0

    async def export(self, customer: str, key: str) -> tuple[PersonalExport, bool]:
        """All we know of this customer, and whether that key was exported before: read anew, under the same id.

        CustomerErased; TooManyExports beyond five a minute; SealBroken if nothing opens what we have.
        """
        check_key(key)
        page = await self._orders.orders_of(customer, 1, ORDERS_SHOWN)
        record = await self._record(customer)
        while True:
            # From here to the end nothing suspends: an export is counted, logged and read, or it is none of these.
            asked, is_new = self._ask(customer, key, self._clock())
            clear = self._read(record, Who.CUSTOMER, Why.EXPORT, asked.export)
            if clear is not None:
                break
            record = await self._record(customer, unlike=record)
        if is_new:
            self._asked.setdefault(customer, deque(maxlen=EXPORTS_MAX)).append(asked)
        self.exports += is_new
        self.replayed_exports += not is_new
        return PersonalExport(asked.export, asked.at, clear, page.items, page.total), not is_new

    async def erase(self, customer: str, key: str) -> tuple[ErasedCustomer, bool]:
        """Forget name, phone, address and cart for good, and whether that key had done it before.

        Orders stay, without personal data; parcels under way keep their masked waybill. CustomerErased if it was done
        under another key.
        """
        check_key(key)
        wanted = ErasedCustomer(customer, self._new_id("E"), key, self._clock())
        standing = await self._customers.erase(wanted)
        is_new = standing.erasure == wanted.erasure
        if is_new:
            self.erasures += 1
            log.info("%s: %s was erased as they asked", standing.erasure, customer)
        self._asked.pop(customer, None)
        if standing.key != key:
            raise CustomerErased("This customer's personal data was erased already.")
        # Cut off before this, the same request again empties the cart.
        await self._carts.fill([(customer, Cart(()))])
        return standing, not is_new

    async def open_for_operator(self, customer: str, why: Why) -> tuple[str, Customer]:
        """One customer in the clear, for an operator with a reason; and the opening's id. CustomerErased."""
        opening = self._new_id("A")
        record = await self._record(customer)
        while (clear := self._read(record, Who.OPERATOR, why, opening)) is None:
            record = await self._record(customer, unlike=record)
        return opening, clear

    async def screen(self, purchase: Purchase, claim: Claim, now: float) -> None:
        """Nobody orders for a customer who was erased: there is nowhere to send it to."""
        if self._customers.is_erased(purchase.buyer):
            raise CustomerErased(
                "This customer's personal data was erased, as they asked; nothing can be sent to them."
            )

    def clear_reads(self, page: int, per_page: int) -> Page[ClearRead]:
        """The access log, the newest first."""
        return self._log.page(page, per_page)

    async def _record(self, customer: str, *, unlike: SealedCustomer | None = None) -> SealedCustomer:
        """The customer's record. After one that did not open: with a key wrapped anew meanwhile, or SealBroken."""
        record = await self._customers.record(customer)
        if unlike is not None and record.data_key == unlike.data_key:
            raise SealBroken(f"what is sealed of {customer} does not open with their key")
        return record

    def _read(self, record: SealedCustomer, who: Who, why: Why, request: str) -> Customer | None:
        """In the clear, logged before; None if the record's key does not open it, which is logged as well.

        CustomerErased if they were since the record was read: an answer that is late tells nothing of them.
        """
        if self._customers.is_erased(record.customer):
            raise CustomerErased(ERASED)
        self._log.write(self._clock(), who, why, record.customer, request)
        try:
            return unseal(record, self._keys.unwrap(record.data_key, record.customer))
        except SealBroken as broken:
            log.warning("%s: %s", request, broken)
            return None

    def _ask(self, customer: str, key: str, now: float) -> tuple[Asked, bool]:
        known = self._asked.get(customer, deque[Asked]())
        for asked in known:
            if asked.key == key:
                return asked, False
        if len(known) == EXPORTS_MAX and known[0].at > now - EXPORT_WINDOW_S:
            self.refused_exports += 1
            raise TooManyExports(
                f"There are at most {EXPORTS_MAX} exports in {EXPORT_WINDOW_S:.0f} s; come again later."
            )
        return Asked(self._new_id("X"), key, now), True
