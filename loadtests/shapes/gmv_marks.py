"""The published marks of the day's money: how much had been paid by when, on each 11 November from 2013 to 2019."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import NamedTuple

from loadtests.shapes.shaped_day import DAY_S


class Mark(NamedTuple):
    """By `day_s` seconds after midnight, `share` of the day's money had been paid."""

    day_s: float
    share: float


@cache
def gmv_marks(year: int) -> tuple[Mark, ...]:
    """A year's marks in order, the whole day last; none for a year without. Sources in the file's own head."""
    text = resources.files("loadtests.shapes").joinpath("double11_gmv_marks.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    marks = [(float(row["seconds"]), float(row["cumulative_gmv_bn_cny"])) for row in rows if int(row["year"]) == year]
    total = dict(marks).get(DAY_S)
    return tuple(Mark(day_s, paid / total) for day_s, paid in sorted(marks)) if total else ()
