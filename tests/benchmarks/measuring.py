"""What all benchmarks share: rounds in turns, medians with their spread, cores apart, a table and a JSON file."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.table import Table

RESULTS = Path("runs/bench")
CONSOLE = Console(width=130, highlight=False)

Contender = TypeVar("Contender")


def parser(doc: str | None) -> argparse.ArgumentParser:
    """A parser whose help is the benchmark's docstring, with the one argument that all have."""
    arguments = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--json", type=Path, default=RESULTS, metavar="DIR", help="folder for what was measured")
    return arguments


def turns(contenders: Sequence[Contender], rounds: int) -> Iterator[Contender]:
    """Every contender once a round, another first each time: a noisy minute hurts everybody."""
    for number in range(rounds):
        for turn in range(len(contenders)):
            yield contenders[(turn + number) % len(contenders)]


@dataclass(frozen=True, slots=True)
class Spread:
    """What the rounds gave."""

    median: float
    min: float
    max: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        known = list(values)
        return cls(statistics.median(known), min(known), max(known))

    def text(self, form: str, scale: float = 1.0) -> str:
        """`median (min .. max)`, each in the given format; of a single round, that value alone."""
        middle, low, high = (format(value * scale, form) for value in (self.median, self.min, self.max))
        return middle if self.min == self.max else f"{middle} ({low} .. {high})"


@dataclass(frozen=True, slots=True)
class Goal:
    """A budget of the design, and what was measured against it."""

    what: str
    measured: float
    limit: float
    unit: str
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    def __str__(self) -> str:
        bound = "at least" if self.at_least else "at most"
        said = f"{self.what}: {self.measured:.3g} {self.unit}, goal {bound} {self.limit:g}"
        return f"{said}: {'met' if self.met else 'MISSED'}"


def two_cores() -> tuple[int | None, int | None]:
    """One core for what is measured and another for all else; (None, None) where there is only one or no telling."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return (cores[0], cores[-1]) if len(cores) > 1 else (None, None)


def pin(core: int | None, pid: int = 0) -> None:
    """Keep a process (0: this one) on one core; the threads and processes it starts from now on stay there too."""
    if core is not None:
        os.sched_setaffinity(pid, {core})


def measure_apart(module: str, *arguments: object, core: int | None = None, timeout_s: float = 120.0) -> dict[str, Any]:
    """Run `python -m tests.benchmarks.MODULE ARGUMENTS` in a fresh process and read the JSON it prints."""
    ran = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.{module}", *map(str, arguments)],
        stdout=subprocess.PIPE, text=True, check=True, timeout=timeout_s, preexec_fn=lambda: pin(core),
    )  # fmt: skip
    measured: dict[str, Any] = json.loads(ran.stdout)
    return measured


def table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: the first column is text, the others are figures."""
    shown = Table()
    for number, heading in enumerate(headings):
        shown.add_column(heading, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        shown.add_row(*row)
    CONSOLE.print(f"\n{title}", style="bold")
    CONSOLE.print(shown)


def conclude(
    name: str, folder: Path, *, settings: dict[str, Any], summary: Any, rounds: Any, goals: Sequence[Goal] = ()
) -> None:
    """Print how the goals fared and write FOLDER/NAME.json. Summary and rounds are plain data or dataclasses."""
    for goal in goals:
        CONSOLE.print(str(goal))
    content = {
        "schema": 1,
        "benchmark": name,
        "machine": machine(),
        "settings": settings,
        "goals": [{**asdict(goal), "met": goal.met} for goal in goals],
        "summary": summary,
        "rounds": rounds,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(content, indent=1, default=asdict) + "\n")


def machine() -> dict[str, Any]:
    """Enough to tell one machine's figures from another's, and a quiet one from a busy one."""
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg(),
        "versions": {package: version(package) for package in ("zerohour", "locust", "gevent", "httptools", "msgspec")},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
