"""A warehouse: which goods lie in it, and when its sorter is done with what."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import msgspec

ELSEWHERE_ONE_IN = 4
"""Of a merchant's SKUs one of so many lies nearer to its buyers than to the merchant. Ours, not published."""


class Warehouse(msgspec.Struct, frozen=True, gc=False):
    warehouse: str
    city: str


WAREHOUSES = (
    Warehouse("hangzhou", "杭州市"),
    Warehouse("guangzhou", "广州市"),
    Warehouse("tianjin", "天津市"),
    Warehouse("wuhan", "武汉市"),
    Warehouse("chengdu", "成都市"),
)
CITIES = {each.warehouse: each.city for each in WAREHOUSES}


def stocked_in(merchant: str, sku: str) -> str:
    """The one warehouse where a SKU lies: its merchant's, but for one SKU in four. Ids alone decide, on any machine."""
    nth = crc32(sku.encode())
    chosen = nth // ELSEWHERE_ONE_IN if nth % ELSEWHERE_ONE_IN == 0 else crc32(merchant.encode())
    return WAREHOUSES[chosen % len(WAREHOUSES)].warehouse


def sorted_at(waiting_since: Sequence[float], free_at: float, per_s: float, now: float) -> list[float]:
    """When a sorter that is free from `free_at` is done with each of those in its queue, as far as that is over by now.

    First come, first served, one after the other: any two instants are at least 1 / `per_s` apart.
    """
    done: list[float] = []
    for since in waiting_since:
        free_at = max(free_at, since) + 1.0 / per_s
        if free_at > now:
            break
        done.append(free_at)
    return done
