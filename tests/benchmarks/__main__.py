"""Runs the benchmarks one after the other, each in a process of its own, and says which goals were met.

    python -m tests.benchmarks [NAME ...] [--json DIR]

The whole takes about four minutes. Every benchmark also runs by itself, with arguments for its sizes:
`python -m tests.benchmarks.journey --help`. A missed goal is said, not punished: the exit status tells only whether
every benchmark came to its end.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.measuring import CONSOLE, machine, parser

BENCHMARKS = (
    "recording",
    "merging",
    "gate",
    "report",
    "idle_shopper",
    "platform",
    "counting",
    "scrapes",
    "journey",
    "arrivals",
)
LONGEST_S = 180.0


def run(name: str, folder: Path) -> bool:
    """Run one benchmark to its end; False when it broke or took too long."""
    command = [sys.executable, "-m", f"tests.benchmarks.{name}", "--json", str(folder)]
    began_at = time.monotonic()
    try:
        ended = subprocess.run(command, timeout=LONGEST_S, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        ended = False
    CONSOLE.print(f"{name} {'took' if ended else 'BROKE after'} {time.monotonic() - began_at:.0f} s", style="dim")
    return ended


def missed_goals(name: str, folder: Path) -> list[str]:
    found = json.loads((folder / f"{name}.json").read_text())
    return [f"{goal['what']}: {goal['measured']:.3g} {goal['unit']}" for goal in found["goals"] if not goal["met"]]


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser(__doc__)
    options.add_argument("names", nargs="*", metavar="NAME", help=f"which of {', '.join(BENCHMARKS)}; default: all")
    given = options.parse_args(arguments)
    if unknown := set(given.names) - set(BENCHMARKS):
        options.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    about = machine()
    CONSOLE.print(f"{about['processor']}, {about['cores']} cores, Python {about['python']}")
    CONSOLE.print("load average before: " + " ".join(f"{load:.2f}" for load in about["load_average"]))
    names = given.names or BENCHMARKS
    broken = [name for name in names if not run(name, given.json)]
    missed = [said for name in names if name not in broken for said in missed_goals(name, given.json)]
    CONSOLE.print(f"\nwritten to {given.json}")
    for said in missed:
        CONSOLE.print(f"goal missed: {said}")
    for name in broken:
        CONSOLE.print(f"broken: {name}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
