"""Where the log lines of the harness go: into the run directory, for the terminal is for people."""

from __future__ import annotations

import logging
from pathlib import Path

from loadtests.record.run_record import RunRecordError


def log_to(path: Path) -> None:
    """Locust's and our own log lines go to the run directory; the terminal is for people. Raises RunRecordError."""
    try:
        handler = logging.FileHandler(path)
    except OSError as error:
        raise RunRecordError(f"cannot write the run to {path.parent}: {error.strerror}") from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    for known in list(root.handlers):
        root.removeHandler(known)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
