"""Customers in memory: personal data is sealed on its way in, and nothing here gives it in the clear."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import blake2b

from mock_platform.domain.customer import Customer
from mock_platform.domain.errors import CustomerErased, UnknownCustomer
from mock_platform.domain.sealing import (
    DATA_KEY_BYTES,
    NOTHING_SHOWN,
    ErasedCustomer,
    SealedCustomer,
    WrappedKey,
    seal,
)
from mock_platform.domain.shipment import Waybill
from mock_platform.domain.traces import Traces
from mock_platform.protocols_personal_data import KeyRing
from mock_platform.stores.key_ring_memory import MemoryKeyRing


class MemoryCustomers:
    """`keys` wraps each customer's data key; `traces` takes fingerprints while the values pass."""

    def __init__(self, keys: KeyRing | None = None, traces: Traces | None = None) -> None:
        self.keys: KeyRing = keys or MemoryKeyRing()
        self.traces = traces or Traces(secrets.token_bytes(32))
        self._customers: dict[str, SealedCustomer | ErasedCustomer] = {}
        self._order: list[str] = []
        self._print_secret = secrets.token_bytes(32)
        """Not that of the traces: their fingerprints must not lead to anybody."""

    async def put_customers(self, customers: Iterable[Customer]) -> None:
        for customer in customers:
            data_key = secrets.token_bytes(DATA_KEY_BYTES)
            if customer.customer not in self._customers:
                self._order.append(customer.customer)
            wrapped = self.keys.wrap(data_key, customer.customer)
            address = blake2b(customer.address.encode(errors="replace"), digest_size=8, key=self._print_secret)
            record = seal(customer, data_key, wrapped, address.hexdigest())
            self._customers[customer.customer] = record
            self.traces.learn(customer, record.shown)

    async def record(self, customer: str) -> SealedCustomer:
        found = self._found(customer)
        if isinstance(found, ErasedCustomer):
            raise CustomerErased("This customer's personal data was erased, as they asked.")
        return found

    async def waybill(self, customer: str) -> Waybill:
        found = self._found(customer)
        return NOTHING_SHOWN if isinstance(found, ErasedCustomer) else found.shown

    async def city(self, customer: str) -> str:
        found = self._found(customer)
        return "" if isinstance(found, ErasedCustomer) else found.city

    async def erase(self, erased: ErasedCustomer) -> ErasedCustomer:
        found = self._found(erased.customer)
        if isinstance(found, ErasedCustomer):
            return found
        self._customers[erased.customer] = erased
        return erased

    async def rewrap(self, record: SealedCustomer, data_key: WrappedKey) -> bool:
        if self._customers.get(record.customer) is not record:
            return False
        self._customers[record.customer] = record.rewrapped(data_key)
        return True

    async def batch(self, start: int, limit: int) -> list[SealedCustomer | ErasedCustomer]:
        return [self._customers[name] for name in self._order[start : start + limit]]

    async def keys_in_use(self) -> Mapping[str, int]:
        return Counter(record.data_key.key for record in self._customers.values() if isinstance(record, SealedCustomer))

    async def erased(self) -> list[ErasedCustomer]:
        return [record for record in self._customers.values() if isinstance(record, ErasedCustomer)]

    def is_erased(self, customer: str) -> bool:
        return type(self._customers.get(customer)) is ErasedCustomer

    def address_print(self, customer: str) -> str:
        found = self._customers.get(customer)
        return found.address_print if isinstance(found, SealedCustomer) else ""

    async def count(self) -> int:
        return len(self._customers)

    def _found(self, customer: str) -> SealedCustomer | ErasedCustomer:
        found = self._customers.get(customer)
        if found is None:
            raise UnknownCustomer(f"no customer {customer}")
        return found
