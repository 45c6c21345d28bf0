"""Runs a user's own audit of a run's journal, as `python -m loadtests.judgement.own_audit FILE RUN` in its own process.

The file has one function, and may name what it checks in INVARIANTS:

    def audit(journal: list[Entry], run: FinishedRun) -> list[Violation]: ...

An audit that cannot be loaded, raises, answers in another form or does not end is a violation: never a silent pass.
"""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec

from loadtests.judgement.reconcile import VIOLATIONS_NAMED, Violation
from loadtests.record.journal import as_entries
from loadtests.record.run_record import Run, read_run

__all__ = ["AUDIT_RUNS", "FinishedRun", "Violation", "findings_of"]

AUDIT_RUNS = "own_audit_runs"
"""The invariant that an audit which proves nothing breaks."""


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """What an audit may want to know of the run beside its journal."""

    run_id: str
    """Requests carried it as X-Zerohour-Run, and every idempotency key begins with it."""
    target: str
    """Base URL of the shop."""
    started_at: float
    """Epoch seconds of run second 0; a journal's `at` counts from it."""
    directory: Path
    offered: int
    """Arrivals that were due."""


def findings_of(file: Path, directory: Path) -> dict[str, Any]:
    """What the audit in a file says of a recorded run, in the form of audit.json. Its own errors are found too."""
    try:
        names = runpy.run_path(str(file))
        audit = names.get("audit")
        if not callable(audit):
            return failing(file, f"{file.name} has no function audit(journal, run)")
        invariants = tuple(str(name) for name in names.get("INVARIANTS", ()))
        record = read_run(directory)
        violations = _violations(audit, record)
    except BaseException as error:  # whatever a user's file does, also to leave, it must not pass for clean books
        return failing(file, f"{type(error).__name__}: {error}{_line(error, file)}")
    checked = dict.fromkeys([*invariants, *(violation.invariant for violation in violations)]) or {AUDIT_RUNS: None}
    named = _shorten(violations)
    return {"checked": len(checked), "invariants": list(checked), "violations": [asdict(found) for found in named]}


def failing(file: Path, why: str) -> dict[str, Any]:
    """Findings of an audit that proved nothing."""
    violation = {"invariant": AUDIT_RUNS, "subject": file.name, "message": why}
    return {"checked": 1, "invariants": [AUDIT_RUNS], "violations": [violation]}


def _violations(audit: Callable[..., Any], record: Run) -> list[Violation]:
    run = FinishedRun(
        run_id=str(record.run.get("run", "")),
        target=str(record.run.get("target", "")),
        started_at=float(record.run.get("started_at", 0.0)),
        directory=record.directory,
        offered=sum(account.offered for second in record.seconds for account in second.arrivals.values()),
    )
    answer = audit(as_entries(record.journal), run)
    if not isinstance(answer, Sequence) or isinstance(answer, str):
        raise TypeError(f"audit(journal, run) gave {type(answer).__name__} and not a list of violations")
    return [_violation(found) for found in answer]


def _violation(found: object) -> Violation:
    """A `Violation`, a mapping with its three fields, or a sentence."""
    if isinstance(found, Violation):
        return found
    if isinstance(found, str):
        return Violation("own_audit", "", found)
    if isinstance(found, Mapping) and {"invariant", "message"} <= set(found):
        return Violation(str(found["invariant"]), str(found.get("subject", "")), str(found["message"]))
    raise TypeError(f"audit(journal, run) gave a {type(found).__name__} among its violations")


def _shorten(found: Sequence[Violation]) -> list[Violation]:
    """At most `VIOLATIONS_NAMED` of each invariant; the rest are counted in one more."""
    named: list[Violation] = []
    for invariant in dict.fromkeys(violation.invariant for violation in found):
        same = [violation for violation in found if violation.invariant == invariant]
        named += same[:VIOLATIONS_NAMED]
        if rest := len(same) - VIOLATIONS_NAMED:
            named += [Violation(invariant, "more", f"{rest} more violations like these")] if rest > 0 else []
    return named


def _line(error: BaseException, file: Path) -> str:
    lines = []
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(file):
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return f", line {lines[-1]} of {file.name}" if lines else ""


if __name__ == "__main__":
    told = sys.stdout.buffer
    sys.stdout = sys.stderr  # what the audit prints is no finding
    sys.path.insert(0, str(Path(sys.argv[1]).parent))
    told.write(msgspec.json.encode(findings_of(Path(sys.argv[1]), Path(sys.argv[2]))))
    told.flush()
