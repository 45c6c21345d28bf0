"""The access log in memory: clear reads are counted for good, the latest are kept, all go to a file if there is one."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from io import RawIOBase
from pathlib import Path

import msgspec

from mock_platform.domain.clear_read import ClearRead, Who, Why
from mock_platform.domain.errors import Overloaded
from mock_platform.domain.paging import Page, page_of

KEPT = 5_000
UNLOGGED = "Nobody may read personal data now, for it could not be logged."

_encode = msgspec.json.Encoder().encode


class MemoryAccessLog:
    def __init__(self, *, kept: int = KEPT, file: Path | None = None) -> None:
        self._latest: deque[ClearRead] = deque(maxlen=kept)
        self._counts: Counter[tuple[Who, Why]] = Counter()
        # Unbuffered: a row is written when we say so, or we hear that it was not.
        self._file = file.open("ab", buffering=0) if file is not None else None
        self._is_torn = False
        """Half a row is at the end of the file, of a read that was refused for it."""

    def write(self, at: float, who: Who, why: Why, customer: str, request: str) -> ClearRead:
        row = ClearRead(self._counts.total() + 1, at, who, why, customer, request)
        if self._file is not None:
            self._store(self._file, _encode(row) + b"\n")
        self._latest.append(row)
        self._counts[who, why] += 1
        return row

    def _store(self, file: RawIOBase, line: bytes) -> None:
        """The whole line, on a line of its own; Overloaded if any of it is lost: a full disk takes what fits."""
        line = b"\n" + line if self._is_torn else line
        try:
            written = file.write(line)
        except OSError as error:
            raise Overloaded(UNLOGGED) from error
        if written != len(line):
            self._is_torn = self._is_torn or bool(written)
            raise Overloaded(UNLOGGED)
        self._is_torn = False

    def counts(self) -> Mapping[tuple[Who, Why], int]:
        return dict(self._counts)

    def latest(self, limit: int) -> list[ClearRead]:
        return list(self._latest)[-limit:]

    def page(self, page: int, per_page: int) -> Page[ClearRead]:
        return page_of(list(reversed(self._latest)), page, per_page)
