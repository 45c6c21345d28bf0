"""The access log in memory: clear reads are counted for good, the latest are kept, all go to a file if there is one."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from pathlib import Path

import msgspec

from mock_platform.domain.clear_read import ClearRead, Who, Why
from mock_platform.domain.errors import Overloaded
from mock_platform.domain.paging import Page, page_of

KEPT = 5_000

_encode = msgspec.json.Encoder().encode


class MemoryAccessLog:
    def __init__(self, *, kept: int = KEPT, file: Path | None = None) -> None:
        self._latest: deque[ClearRead] = deque(maxlen=kept)
        self._counts: Counter[tuple[Who, Why]] = Counter()
        # Unbuffered: a row is written when we say so, or we hear that it was not.
        self._file = file.open("ab", buffering=0) if file is not None else None

    def write(self, at: float, who: Who, why: Why, customer: str, request: str) -> ClearRead:
        row = ClearRead(self._counts.total() + 1, at, who, why, customer, request)
        if self._file is not None:
            try:
                self._file.write(_encode(row) + b"\n")
            except OSError as error:
                raise Overloaded("Nobody may read personal data now, for it could not be logged.") from error
        self._latest.append(row)
        self._counts[who, why] += 1
        return row

    def counts(self) -> Mapping[tuple[Who, Why], int]:
        return dict(self._counts)

    def latest(self, limit: int) -> list[ClearRead]:
        return list(self._latest)[-limit:]

    def page(self, page: int, per_page: int) -> Page[ClearRead]:
        return page_of(list(reversed(self._latest)), page, per_page)
