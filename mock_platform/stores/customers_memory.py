"""Customers in memory."""

from __future__ import annotations

from collections.abc import Iterable

from mock_platform.domain.customer import Customer
from mock_platform.domain.errors import UnknownCustomer


class MemoryCustomers:
    def __init__(self) -> None:
        self._customers: dict[str, Customer] = {}

    async def put_customers(self, customers: Iterable[Customer]) -> None:
        self._customers.update((customer.customer, customer) for customer in customers)

    async def customer(self, customer: str) -> Customer:
        found = self._customers.get(customer)
        if found is None:
            raise UnknownCustomer(f"no customer {customer}")
        return found

    async def count(self) -> int:
        return len(self._customers)
