"""`zerohour audit --run`: a journal that cannot be read is a sentence that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from loadtests.commands.audit_command import _findings
from loadtests.record.run_record import RunRecord, RunRecordError
from loadtests.shop.target import Target

NOBODY = Target("http://127.0.0.1:9", "token")
"""Never asked: the journal is read first."""


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"garbage", "line 1: JSON is malformed"),
        (b'{"at": "\xff"}', "line 1: 'utf-8' codec can't decode"),
        (b"[]", "line 1: Expected `object`"),
        (b'{"at": "noon"}', "Line 1 of the journal is no entry"),
    ],
)
def test_a_damaged_journal_is_named(tmp_path: Path, line: bytes, says: str) -> None:
    with RunRecord.create(tmp_path, {"run": "r1"}):
        (tmp_path / "journal.jsonl").write_bytes(line + b"\n{}\n")
    with pytest.raises(RunRecordError) as refused:
        _findings(NOBODY, tmp_path)
    assert f"{tmp_path / 'journal.jsonl'} is damaged" in str(refused.value)
    assert says in str(refused.value)
