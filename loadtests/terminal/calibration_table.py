"""The calibration as a person reads it: published, planned and what a run did, line by line; then the day's money."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from loadtests.judgement.calibration import Figure
from loadtests.judgement.day_sums import DaySums
from loadtests.shapes.double11_2017_crowd import Crowd
from loadtests.shapes.gmv_marks import gmv_marks
from loadtests.shapes.shaped_day import festival_clock

YEAR = 2017


def calibration_table(figures: Sequence[Figure], with_run: bool) -> Table:
    """Figures a run left the bounds of are marked."""
    table = _table("figure", "published", "profile", *(("run", "") if with_run else ()), "source", "which is followed")
    for figure in figures:
        cells = [figure.what, _written(figure.published, figure.unit), _written(figure.planned, figure.unit)]
        if with_run:
            cells += [_written(figure.realised, figure.unit), {None: "", True: "✓", False: "✗"}[figure.holds]]
        table.add_row(*cells, figure.source, figure.note)
    return table


def marks_table(sums: DaySums, crowd: Crowd) -> Table:
    """The day's money at each published mark."""
    table = _table("by", "published", "profile", "run", "off by")
    for mark, off in sums.off_the_marks(gmv_marks(YEAR)):
        clock, meant, run = festival_clock(mark.day_s), crowd.money_share(mark.day_s), mark.share + off
        table.add_row(clock, f"{mark.share:.1%}", f"{meant:.1%}", f"{run:.1%}", f"{100 * off:+.2f} % of the day")
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    words = ("figure", "source", "which is followed", "by", "")
    for column in columns:
        table.add_column(column, justify="left" if column in words else "right")
    return table


def _written(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    if unit == "%":
        return f"{100 * value:.1f} %"
    return f"{value:.3g} {unit}".strip()
