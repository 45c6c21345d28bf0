"""Fewer points for a chart without hiding its worst second: of each stretch the lowest and the highest are kept."""

from __future__ import annotations

from collections.abc import Sequence

Values = Sequence[float | None]

MOST_POINTS = 600
"""About what a wide screen can show apart."""


def kept(values: Values, most: int = MOST_POINTS) -> list[int]:
    """The positions worth drawing, ascending: all, or the lowest and highest of each of `most / 2` stretches.

    Every point drawn was measured; nothing is averaged. A stretch without any value keeps its first position, so that
    a gap stays a gap.
    """
    count = len(values)
    if count <= most:
        return list(range(count))
    stretches = max(1, most // 2)
    positions: list[int] = []
    for number in range(stretches):
        stretch = range(number * count // stretches, (number + 1) * count // stretches)
        measured = [(value, at) for at in stretch if (value := values[at]) is not None]
        positions += sorted({min(measured)[1], max(measured)[1]}) if measured else [stretch[0]]
    return positions
