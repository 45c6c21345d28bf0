"""/warehouses: what stands before each sorter, for those who run the place."""

from __future__ import annotations

import msgspec

from mock_platform.api.route import Call, Route
from mock_platform.domain.warehouse import WAREHOUSES
from mock_platform.services.sorting import Sorting


class WarehouseView(msgspec.Struct, frozen=True):
    warehouse: str
    city: str
    sorted_per_s: float
    """What its sorter manages."""
    backlog: int
    """Parcels neither sorted nor recalled."""
    drained_in_s: float
    """How long the sorter will take for them, if no more come."""


class WarehouseList(msgspec.Struct, frozen=True):
    warehouses: tuple[WarehouseView, ...]


class Warehouses:
    def __init__(self, sorting: Sorting) -> None:
        self._sorting = sorting

    async def list(self, call: Call) -> WarehouseList:
        backlogs, per_s = await self._sorting.backlogs(), self._sorting.sorted_per_s
        return WarehouseList(
            tuple(
                WarehouseView(
                    each.warehouse, each.city, per_s, backlogs[each.warehouse], backlogs[each.warehouse] / per_s
                )
                for each in WAREHOUSES
            )
        )

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET",
                path="/warehouses",
                handler=self.list,
                says="List the warehouses with the backlog and the capacity of their sorters.",
                gives=WarehouseList,
                audience="operators",
            ),
        )
