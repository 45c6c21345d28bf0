"""The table that says what the seconds of a compressed run stand for."""

from __future__ import annotations

from rich.table import Table

from loadtests.shapes.shaped_day import ShapedDay, festival_clock


def seconds_stand_for(day: ShapedDay) -> Table:
    """One row a phase: its run seconds, the stretch of the festival day, and how much one second holds."""
    table = Table(box=None, header_style="dim", pad_edge=False, title="What its seconds stand for",
                  title_style="bold", title_justify="left")  # fmt: skip
    for column in ("phase", "run", "festival day", "one second is"):
        table.add_column(column, justify="left" if column == "phase" else "right")
    for span in day.spans():
        table.add_row(
            span.phase,
            f"{span.run_from_s:.0f}-{span.run_to_s:.0f} s",
            f"{festival_clock(span.day_from_s)} - {festival_clock(span.day_to_s)}",
            _duration(span.compression),
        )
    return table


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"
