"""What cannot be logged is not read, and the log holds whole rows: numbered, kept within bounds, counted for good."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from mock_platform.domain.clear_read import ClearRead, Who, Why
from mock_platform.domain.errors import Overloaded
from mock_platform.stores.access_log_memory import MemoryAccessLog
from tests.mock_platform.protected_world import Office


async def test_what_cannot_be_logged_is_not_read(tmp_path: Path) -> None:
    office = Office(file=tmp_path / "access.jsonl")
    await office.protection.export("C1", "k")
    assert office.log._file is not None
    office.log._file.close()
    office.log._file = Path("/dev/full").open("ab", buffering=0)  # noqa: ASYNC230, SIM115
    with pytest.raises(Overloaded):
        await office.protection.export("C1", "k2")
    assert office.keys.given_out == office.reads == 1
    (line,) = (tmp_path / "access.jsonl").read_bytes().splitlines()
    assert msgspec.json.decode(line, type=ClearRead) == office.log.latest(1)[0]


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Files of this process cannot grow beyond that: the system writes what fits, then nothing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_row_half_written_is_no_row_and_the_next_one_stands_alone(tmp_path: Path) -> None:
    file = tmp_path / "access.jsonl"
    office = Office(file=file)
    await office.protection.export("C1", "k1")
    with room_for(file.stat().st_size + 20), pytest.raises(Overloaded):
        await office.protection.export("C1", "k2")
    assert office.keys.given_out == office.reads == 1
    await office.protection.export("C1", "k3")
    first, torn, second = file.read_bytes().splitlines()
    assert len(torn) == 20
    rows = [msgspec.json.decode(line, type=ClearRead) for line in (first, second)]
    assert rows == office.log.latest(9) and [row.number for row in rows] == [1, 2]


def test_the_log_keeps_the_latest_and_counts_all() -> None:
    log = MemoryAccessLog(kept=3)
    for number in range(10):
        log.write(float(number), Who.CUSTOMER, Why.EXPORT, f"C{number}", "X")
    assert [row.number for row in log.latest(9)] == [8, 9, 10]
    assert [row.number for row in log.page(1, 2).items] == [10, 9]
    assert log.counts() == {(Who.CUSTOMER, Why.EXPORT): 10}
