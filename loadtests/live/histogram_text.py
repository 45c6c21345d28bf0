"""HOT PATH of a scrape: writes a histogram's lines from a template that is made once for each child.

A run has up to some ten thousand series of histograms, and prometheus_client takes 8 us for each: time in which the
master would hear no worker. With names and labels written beforehand only counts are left, at 0.1 us a series, and a
phase that is over is not even written again. The mock platform has the like; the packages share no code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate

from prometheus_client.utils import floatToGoString

Labels = tuple[str, ...]


class HistogramText:
    """The lines of one histogram family, equal byte for byte to the client's own."""

    def __init__(self, name: str, says: str, labels: Sequence[str], bounds: Sequence[float]) -> None:
        self.name = name
        self._head = f"# HELP {name} {says}\n# TYPE {name} histogram\n"
        self._labels = tuple(labels)
        self._bounds = [go_number(bound) for bound in (*bounds, float("inf"))]
        self._templates: dict[Labels, str] = {}
        self._written: dict[Labels, tuple[list[float], str]] = {}

    def text(self, children: Mapping[Labels, list[float]]) -> str:
        """The family. A child is a count per bucket, then the sum."""
        return self._head + "".join([self._lines(values, child) for values, child in children.items()])

    def _lines(self, values: Labels, child: list[float]) -> str:
        written = self._written.get(values)
        if written is not None and written[0] == child:
            return written[1]
        template = self._templates.get(values) or self._template(values)
        *counts, total = child
        counted = (*accumulate(counts),)
        lines = template % (*counted, counted[-1], go_number(total))
        self._written[values] = child.copy(), lines
        return lines

    def _template(self, values: Labels) -> str:
        name, labels = self.name, dict(zip(self._labels, values, strict=True))
        lines = [f"{name}_bucket{_braced({**labels, 'le': bound})} %d.0\n" for bound in self._bounds]
        lines += [f"{name}_count{_braced(labels)} %d.0\n", f"{name}_sum{_braced(labels)} %s\n"]
        template = self._templates[values] = "".join(lines)
        return template


def go_number(value: float) -> str:
    """As Go and the client write it: 1.0, 1e+06, +Inf."""
    return str(floatToGoString(value))


def _braced(labels: Mapping[str, str]) -> str:
    """Labels as they stand in a line, sorted as the client does; a per cent sign is doubled for the template."""
    escaped = {
        name: value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"").replace("%", "%%")
        for name, value in labels.items()
    }
    return "{" + ",".join(f'{name}="{escaped[name]}"' for name in sorted(escaped)) + "}"
