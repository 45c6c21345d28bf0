"""The line-haul: how far it is by road from a warehouse to the buyer's city, and the least it takes."""

from __future__ import annotations

from functools import lru_cache
from math import asin, cos, radians, sin, sqrt

EARTH_KM = 6_371.0
ROAD_OVER_STRAIGHT = 1.2
"""How much longer the road is than the straight line. Ours; road networks show 1.1 to 1.4."""
IN_TOWN_KM = 20
"""From a warehouse to the station of its own city."""
UNKNOWN_KM = 1_000
"""To a city that the table does not have, or that nobody knows any more since the buyer was erased."""
WHERE = {
    "北京": (39.90, 116.40),
    "上海": (31.23, 121.47),
    "天津": (39.08, 117.20),
    "重庆": (29.56, 106.55),
    "哈尔滨": (45.80, 126.53),
    "长春": (43.82, 125.32),
    "沈阳": (41.80, 123.43),
    "呼和浩特": (40.84, 111.75),
    "石家庄": (38.04, 114.51),
    "乌鲁木齐": (43.83, 87.62),
    "兰州": (36.06, 103.83),
    "西宁": (36.62, 101.78),
    "西安": (34.34, 108.94),
    "银川": (38.49, 106.23),
    "郑州": (34.75, 113.63),
    "济南": (36.65, 117.12),
    "太原": (37.87, 112.55),
    "合肥": (31.82, 117.23),
    "武汉": (30.59, 114.31),
    "长沙": (28.23, 112.94),
    "南京": (32.06, 118.80),
    "成都": (30.57, 104.07),
    "贵阳": (26.65, 106.63),
    "昆明": (25.04, 102.71),
    "南宁": (22.82, 108.37),
    "拉萨": (29.65, 91.14),
    "杭州": (30.27, 120.16),
    "南昌": (28.68, 115.86),
    "广州": (23.13, 113.26),
    "福州": (26.07, 119.30),
    "台北": (25.03, 121.57),
    "海口": (20.04, 110.20),
    "香港": (22.32, 114.17),
    "澳门": (22.20, 113.54),
    "通辽": (43.65, 122.24),
    "兴安盟": (46.08, 122.04),
    "辛集": (37.94, 115.22),
    "邯郸": (36.61, 114.49),
    "辽阳": (41.27, 123.18),
    "兴城": (40.61, 120.73),
    "北镇": (41.60, 121.80),
    "阜新": (42.02, 121.67),
    "齐齐哈尔": (47.35, 123.92),
    "淮安": (33.61, 119.02),
    "张家港": (31.88, 120.56),
    "海门": (31.89, 121.18),
    "六安": (31.74, 116.52),
    "巢湖": (31.60, 117.87),
    "马鞍山": (31.67, 118.51),
    "永安": (25.94, 117.37),
    "宁德": (26.67, 119.55),
    "嘉禾": (25.59, 112.37),
    "荆门": (31.04, 112.20),
    "潜江": (30.40, 112.90),
    "大冶": (30.10, 114.97),
    "宜都": (30.38, 111.45),
    "佛山": (23.02, 113.12),
    "深圳": (22.54, 114.06),
    "潮州": (23.66, 116.62),
    "惠州": (23.11, 114.42),
    "汕尾": (22.79, 115.37),
    "东莞": (23.02, 113.75),
    "梧州": (23.48, 111.28),
    "柳州": (24.33, 109.41),
    "合山": (23.81, 108.89),
    "六盘水": (26.59, 104.83),
    "关岭": (25.94, 105.62),
}
"""Latitude and longitude in degrees, of every city the seed's people live in and every warehouse's."""


@lru_cache(maxsize=4_096)
def road_km(origin: str, destination: str) -> int:
    """Kilometres by road between two cities, with or without the 市 after their names."""
    here, there = WHERE.get(origin.removesuffix("市")), WHERE.get(destination.removesuffix("市"))
    if here is None or there is None:
        return UNKNOWN_KM
    return max(IN_TOWN_KM, round(_straight_km(here, there) * ROAD_OVER_STRAIGHT))


def on_the_road_s(km: int, km_per_s: float) -> float:
    """The least a line-haul takes."""
    return km / km_per_s


def _straight_km(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Along the great circle: the haversine formula."""
    south, west, north, east = radians(here[0]), radians(here[1]), radians(there[0]), radians(there[1])
    half = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin((east - west) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))
