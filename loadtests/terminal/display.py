"""Shows a run while it is on: a live panel on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from loadtests.judgement.judging import ThresholdResult
from loadtests.judgement.wording import quantity, selector
from loadtests.terminal.progress import Progress

PLAIN_EVERY_S = 5
STATE_MARKS = {"PASS": ("✓", "green"), "FAIL": ("✗", "red"), "NO_DATA": ("·", "dim")}
MOST_THRESHOLDS = 12


class Display:
    """One of two faces of the same progress; use as a context manager around the run."""

    def __init__(self, console: Console, title: str, live: bool) -> None:
        self.console = console
        self.title = title
        # Refreshed by hand once a second: a refreshing thread would fight the run for the interpreter.
        self._live = Live(console=console, auto_refresh=False, transient=True) if live else None
        self._last_phase = ""

    def __enter__(self) -> Display:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def say(self, sentence: str) -> None:
        """Tell something that happened, above the panel."""
        self.console.print(sentence, highlight=False, soft_wrap=True)

    def update(self, progress: Progress) -> None:
        """Show a new second."""
        if self._live is not None:
            # The cursor waits on a line of its own: the terminal writes "^C" there, and not past the end of the border,
            # which would move the panel down a line without rich's knowing.
            self._live.update(Group(panel(self.title, progress), Text()), refresh=True)
        elif int(progress.run_s) % PLAIN_EVERY_S == 0 or progress.phase != self._last_phase:
            self.say(line(progress))
        self._last_phase = progress.phase


def line(progress: Progress) -> str:
    """One plain line; the same figures as the panel."""
    held = sum(result.result == "PASS" for result in progress.thresholds)
    clock = f" ({progress.festival_clock})" if progress.festival_clock else ""
    return (
        f"{progress.run_s:5.0f} s  {progress.phase}{clock}  offered {progress.offered:,} started {progress.started:,}"
        f" ended {progress.ended:,} dropped {progress.dropped:,}"
        f"  p50 {quantity(progress.response_p50_s, 's')} p95 {quantity(progress.response_p95_s, 's')}"
        f" p99 {quantity(progress.response_p99_s, 's')}  failed {progress.failed:,} refused {progress.refused:,}"
        f"  orders {progress.orders:,} GMV {yuan(progress.gmv_fen)}  thresholds {held}/{len(progress.thresholds)}"
    )


def yuan(fen: int) -> str:
    return f"¥{fen / 100:,.0f}"


def panel(title: str, progress: Progress) -> Panel:
    """The live panel: where the day is, what was offered, what the shop made of it, and what the gate thinks so far."""
    day = Text.assemble((progress.phase, "bold cyan"), "  ")
    if progress.festival_clock:
        day.append(f"festival clock {progress.festival_clock}", "bold")
    day.append(f"   {min(progress.run_s, progress.duration_s):.0f} of {progress.duration_s:.0f} s", "dim")
    if progress.run_s > progress.duration_s:
        day.append("  draining", "yellow")
    bar = ProgressBar(total=progress.duration_s, completed=min(progress.run_s, progress.duration_s))
    figures = Table.grid(padding=(0, 3))
    for _ in range(3):
        figures.add_column()
    figures.add_row(
        _block(
            "arrivals",
            ("offered", f"{progress.offered:,}  ({progress.offered_now:,}/s)"),
            ("started", f"{progress.started:,}  ({progress.started_now:,}/s)"),
            ("ended", f"{progress.ended:,}"),
            ("dropped", f"{progress.dropped:,}"),
            ("in the shop", f"{progress.in_flight:,} of {progress.shoppers:,} shoppers"),
            ("waiting", f"{progress.waiting:,}"),
        ),
        _block(
            "response",
            ("p50", quantity(progress.response_p50_s, "s")),
            ("p95", quantity(progress.response_p95_s, "s")),
            ("p99", quantity(progress.response_p99_s, "s")),
            ("requests", f"{progress.requests:,}"),
            ("refused", f"{progress.refused:,}"),
            ("failed", f"{progress.failed:,}"),
        ),
        _block(
            "business",
            ("orders", f"{progress.orders:,}"),
            ("paid", f"{progress.payments:,}"),
            ("GMV", yuan(progress.gmv_fen)),
            ("", ""),
            ("generator", f"{progress.cpu * 100:.0f} % of a core"),
        ),
    )
    return Panel(Group(day, bar, Text(), figures, Text(), _thresholds(progress.thresholds)), title=title, expand=False)


def _block(title: str, *rows: tuple[str, str]) -> Table:
    block = Table(title=title, title_style="bold", title_justify="left", box=None, show_header=False, pad_edge=False)
    block.add_column(style="dim")
    block.add_column(justify="right")
    for name, value in rows:
        block.add_row(name, value)
    return block


def _thresholds(results: Sequence[ThresholdResult]) -> Table:
    """Those in trouble first; the rest as far as there is room."""
    rows = Table.grid(padding=(0, 2))
    troubled_first = sorted(results, key=lambda result: ("FAIL", "NO_DATA", "PASS").index(result.result))
    for result in troubled_first[:MOST_THRESHOLDS]:
        mark, colour = STATE_MARKS[result.result]
        rows.add_row(
            Text(mark, colour),
            Text(selector(result.metric, result.labels)),
            Text(result.expression),
            Text(quantity(result.observed, result.unit), colour),
        )
    if len(results) > MOST_THRESHOLDS:
        rows.add_row("", Text(f"and {len(results) - MOST_THRESHOLDS} more", "dim"))
    return rows
