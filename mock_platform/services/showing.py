"""Showing: what was sold so far, by shelf and by town, for the big screen in the hall and everybody who watches it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from mock_platform.domain.errors import CustomerErased, UnknownCustomer
from mock_platform.domain.events import Event
from mock_platform.protocols import CatalogueStore, CustomerStore, OrderStore

SHOWN_MAX = 12
"""As many shelves and towns as an audience can read."""


class SalesOf(msgspec.Struct, frozen=True):
    """One shelf's, or one town's."""

    name: str
    gmv_fen: int
    orders: int


class Sales(msgspec.Struct, frozen=True):
    """Paid orders since the shop opened; refunds are not taken off."""

    gmv_fen: int
    orders: int
    units: int
    cross_border_fen: int
    """Of it, goods from abroad with their duty."""
    categories: tuple[SalesOf, ...]
    """The largest first."""
    cities: tuple[SalesOf, ...]
    parcels: dict[str, int]
    """How many have reached each state."""
    systems: dict[str, dict[str, float]] = {}
    """Figures of each system as they are now; those that end in `_yuan` and `_s` are money and seconds."""


class Showing:
    """Adds each paid order once, however often its event comes. `parcels` are the counts the metrics keep anyway."""

    def __init__(
        self,
        *,
        orders: OrderStore,
        catalogue: CatalogueStore,
        customers: CustomerStore,
        parcels: Mapping[str, int],
    ) -> None:
        self._orders, self._catalogue, self._customers = orders, catalogue, customers
        self._parcels = parcels
        self._shown: set[str] = set()
        """Ids of the orders added: as many as the shop has paid orders, which it keeps too."""
        self._units = self._cross_border_fen = self._gmv_fen = 0
        self._by_category: Counter[str] = Counter()
        self._orders_by_category: Counter[str] = Counter()
        self._by_city: Counter[str] = Counter()
        self._orders_by_city: Counter[str] = Counter()

    async def add(self, event: Event) -> None:
        """Handler of OrderPaid."""
        if event.order in self._shown:
            return
        order = await self._orders.order(event.order)
        skus = await self._catalogue.skus([line.sku for line in order.lines])
        city = await self._city(order.buyer)
        if event.order in self._shown:
            return
        # From here on nothing suspends: an order is added whole or not at all.
        self._shown.add(event.order)
        self._gmv_fen += order.payable_fen
        self._by_city[city] += order.payable_fen
        self._orders_by_city[city] += 1
        for line, sku in zip(order.lines, skus, strict=True):
            self._units += line.quantity
            self._by_category[sku.category] += line.total_fen
            if line.imported is not None:
                self._cross_border_fen += line.total_fen
        self._orders_by_category.update({sku.category for sku in skus})

    async def _city(self, buyer: str) -> str:
        try:
            return (await self._customers.record(buyer)).city
        except (CustomerErased, UnknownCustomer):
            return ""  # nobody knows any more where they lived, or who they are that buy at a till

    def sales(self) -> Sales:
        """What was sold so far. Cheap: the largest of some hundred towns."""
        return Sales(
            self._gmv_fen,
            len(self._shown),
            self._units,
            self._cross_border_fen,
            _largest(self._by_category, self._orders_by_category),
            _largest(self._by_city, self._orders_by_city),
            dict(self._parcels),
        )


def _largest(values: Counter[str], orders: Counter[str]) -> tuple[SalesOf, ...]:
    named = Counter({name: value for name, value in values.items() if name})
    return tuple(SalesOf(name, value, orders[name]) for name, value in named.most_common(SHOWN_MAX))
