"""A user's own audit: what it finds is named; whatever it does instead of answering is a violation, never a pass."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loadtests.judgement.own_audit import AUDIT_RUNS
from loadtests.record.journal import Entry
from loadtests.record.run_record import RunRecord
from loadtests.running.auditing import ask_own_audit

HEAD = "from loadtests.judgement.own_audit import Violation\n"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    record = RunRecord.create(tmp_path / "run", {"run": "r1", "target": "http://127.0.0.1:1", "started_at": 5.0})
    with record:
        record.append_journal([Entry(0.5, "ada", "r1/0/1", "order", "placed", order="O1", amount_fen=100)])
    return tmp_path / "run"


def asked(run: Path, source: str, at_most_s: float = 20.0) -> dict[str, Any]:
    file = run.parent / "audit.py"
    file.write_text(HEAD + source)
    return ask_own_audit(file, run, at_most_s)


def test_clean_books_are_counted_by_the_invariants_they_keep(run: Path) -> None:
    found = asked(run, "INVARIANTS = ('a', 'b')\ndef audit(journal, run): return []")
    assert found == {"checked": 2, "invariants": ["a", "b"], "violations": []}


def test_the_audit_sees_the_journal_and_the_run(run: Path) -> None:
    found = asked(run, "def audit(journal, run): return [Violation('seen', run.target, f'{run.run_id} {journal}')]")
    (seen,) = found["violations"]
    assert seen["subject"] == "http://127.0.0.1:1"
    assert "r1" in seen["message"] and "order='O1'" in seen["message"]
    assert found["invariants"] == ["seen"]


def test_a_sentence_and_a_mapping_are_violations_too(run: Path) -> None:
    found = asked(run, "def audit(journal, run): return ['lost', {'invariant': 'x', 'message': 'y'}]")
    assert [violation["message"] for violation in found["violations"]] == ["lost", "y"]


def test_a_flood_of_violations_is_shortened_and_counted(run: Path) -> None:
    found = asked(run, "def audit(journal, run): return [Violation('x', str(n), 'gone') for n in range(50)]")
    assert len(found["violations"]) == 21
    assert found["violations"][-1]["message"] == "30 more violations like these"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("def audit(journal, run):\n    raise KeyError('O1')", "KeyError: 'O1', line 3 of audit.py"),
        ("def audit(journal, run):\n    return journal[7]", "IndexError"),
        ("import nowhere_to_be_found", "ModuleNotFoundError"),
        ("def audit(journal, run", "SyntaxError"),
        ("x = 1", "no function audit"),
        ("def audit(journal, run): pass", "gave NoneType and not a list"),
        ("def audit(journal, run): return 'clean'", "gave str and not a list"),
        ("def audit(journal, run): return [7]", "gave a int among its violations"),
        ("def audit(journal, run): raise SystemExit(0)", "SystemExit"),
        ("import os\ndef audit(journal, run): os._exit(0)", "its process ended with status 0 and said nothing"),
    ],
)
def test_an_audit_that_proves_nothing_is_a_violation(source: str, why: str, run: Path) -> None:
    found = asked(run, source)
    (violation,) = found["violations"]
    assert violation["invariant"] == AUDIT_RUNS
    assert why in violation["message"]


def test_an_audit_that_does_not_end_is_a_violation(run: Path) -> None:
    found = asked(run, "import time\ndef audit(journal, run): time.sleep(60)", at_most_s=1.0)
    assert found["violations"][0]["message"] == "it did not end within 1 s"


def test_what_an_audit_prints_is_kept_and_does_not_pass_for_its_answer(run: Path) -> None:
    found = asked(run, "def audit(journal, run):\n    print('{}')\n    return ['lost']")
    assert json.dumps(found).count("lost") == 1
    assert (run / "own_audit.log").read_text() == "{}\n"
