"""The shapes a profile can name: a family, one shape a file. README.md beside this file says how to add one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from loadtests.shapes import double11_2017
from loadtests.shapes.double11_2017_crowd import Crowd
from loadtests.shapes.shaped_day import ShapedStage

Shape = Callable[[float, float], tuple[ShapedStage, ...]]
"""(duration_s, peak_rate) -> the stages in order, with the stretch of the day each stands for."""

SHAPES: Mapping[str, Shape] = MappingProxyType({"double11_2017": double11_2017.stages})

CROWDS: Mapping[str, Callable[[float, float, Mapping[str, float]], Crowd]] = MappingProxyType({"double11_2017": Crowd})
"""Shapes that know the curves of looking, ordering and paying: (duration_s, peak_rate, baskets a visit by phase)."""
