"""Output that no run dies of: what its encoding lacks is written otherwise, and a reader that left is not missed."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class SteadfastFile(io.FileIO):
    """A file descriptor that leads nowhere once writing to it failed: `zerohour run ... | head -1`, a full disk."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data) or 0
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return len(memoryview(data))


def keep_output_steadfast() -> None:
    """Replace this process's standard output and standard error; one that is closed already stays so."""
    if sys.stdout is not None:
        sys.stdout = _steadfast(sys.stdout, "replace")
    if sys.stderr is not None:
        sys.stderr = _steadfast(sys.stderr, "backslashreplace")


def _steadfast(usual: TextIO, errors: str) -> io.TextIOWrapper:
    raw = SteadfastFile(usual.fileno(), "w", closefd=False)
    # By lines, also into a file: a worker that is sent home in mid-run leaves whole what its tasks printed.
    return io.TextIOWrapper(io.BufferedWriter(raw), usual.encoding, errors, line_buffering=True)
