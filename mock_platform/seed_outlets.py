"""Outlets and what stands on their shelves, made up the same for the same seed: shops of a dozen cities."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mock_platform.domain.outlet import Outlet
from mock_platform.domain.reservation import Units
from mock_platform.domain.sku import Sku

CITIES = ("上海", "北京", "广州", "深圳", "杭州", "成都", "武汉", "南京", "西安", "重庆", "苏州", "天津")
CORNERS = ("人民广场店", "火车站店", "大学城店", "万达店", "中山路店", "高新区店")
SKUS_CARRIED = 40
POPULAR = 200
"""An outlet's shelves hold a choice of so many; all carry the first few."""
CARRIED_BY_ALL = 8
UNITS = (20, 120)
LAST_FEW = (3, 12)
"""Units of the hottest few: tills and web buyers race for the last of them."""
HOTTEST = 3


@dataclass(frozen=True, slots=True)
class Shops:
    outlets: tuple[Outlet, ...] = ()
    stock: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Units by SKU and place."""

    @property
    def units(self) -> list[Units]:
        return [Units(sku, place, quantity) for (sku, place), quantity in self.stock.items()]


def make_outlets(rng: random.Random, skus: Sequence[Sku], count: int) -> Shops:
    """D0001 and on (店, a shop): the cities in turn, `skus` the most popular first."""
    popular = [sku.sku for sku in skus[:POPULAR]]
    outlets, stock = [], {}
    for number in range(1, count + 1):
        city = CITIES[(number - 1) % len(CITIES)]
        corner = CORNERS[(number - 1) // len(CITIES) % len(CORNERS)]
        others = popular[CARRIED_BY_ALL:]
        chosen = set(rng.sample(others, min(len(others), SKUS_CARRIED - CARRIED_BY_ALL)))
        carried = tuple(sku for sku in popular if sku in chosen or sku in popular[:CARRIED_BY_ALL])
        outlet = Outlet(f"D{number:04d}", f"{city}{corner}", f"{city}市", carried)
        outlets.append(outlet)
        for rank, sku in enumerate(carried):
            stock[sku, outlet.place] = rng.randint(*(LAST_FEW if rank < HOTTEST else UNITS))
    return Shops(tuple(outlets), stock)
