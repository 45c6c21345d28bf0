"""The shapes a profile can name: a family, one shape a file. README.md beside this file says how to add one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from loadtests.plan.balances import Balances
from loadtests.shapes import double11_2017
from loadtests.shapes.double11_2017_crowd import Crowd
from loadtests.shapes.shaped_day import ShapedStage


class Shape(Protocol):
    """The stages in order, with the stretch of the day each stands for; the presale's balances where they are meant."""

    def __call__(self, duration_s: float, peak_rate: float, hump: Balances = ..., /) -> tuple[ShapedStage, ...]: ...


SHAPES: Mapping[str, Shape] = MappingProxyType({"double11_2017": double11_2017.stages})

CROWDS: Mapping[str, type[Crowd]] = MappingProxyType({"double11_2017": Crowd})
"""Shapes that know the curves of looking, ordering and paying."""

HUMPS: Mapping[str, tuple[Balances, tuple[float, float]]] = MappingProxyType(
    {"double11_2017": (double11_2017.AS_PUBLISHED, double11_2017.HUMP_BOUNDS_S)}
)
"""Shapes whose balances can be moved: as they are if nobody says otherwise, and between which seconds of the day."""
