"""The directory a command writes into: as told, or a fresh one under runs/."""

from __future__ import annotations

import datetime
import itertools
from pathlib import Path

from loadtests.commands.refusal import WRONG_USAGE, Refusal

RUNS = Path("runs")


def fresh_directory(out: Path | None, name: str) -> Path:
    """An empty directory that is there; `Refusal` where that is impossible."""
    try:
        if out is not None:
            if out.exists() and (not out.is_dir() or any(out.iterdir())):
                raise Refusal([f"{out} is not an empty directory; choose another --out"], WRONG_USAGE)
            out.mkdir(parents=True, exist_ok=True)
            return out
        stem = f"{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%SZ}-{name}"
        for directory in (RUNS / (f"{stem}-{n}" if n else stem) for n in itertools.count()):
            try:
                directory.mkdir(parents=True)
            except FileExistsError:
                continue  # another began in the same second
            return directory
        raise AssertionError
    except OSError as error:
        reason = f"cannot make the run directory {out or RUNS}: {error.strerror}; choose another --out"
        raise Refusal([reason], WRONG_USAGE) from error
