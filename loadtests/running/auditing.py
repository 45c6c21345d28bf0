"""After the storm: let the shop's books settle, have them audited, and hold the buyers' journal against them.

The mock platform's books are audited by itself; a shop of your own by the file that the profile names.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from loadtests.judgement.export import ExportError
from loadtests.judgement.own_audit import failing
from loadtests.judgement.reconcile import reconcile
from loadtests.record.journal import Entry, JournalError, as_entries, decode
from loadtests.record.run_record import Run, RunRecord, write_whole
from loadtests.running.own_traces import INVARIANT, Looked, look_through
from loadtests.shop.target import Target, TargetError

SETTLE_S = 25.0
"""Longer than a hold and a late callback last in the mock platform's default settings."""
EXPORT_S = 60.0
PROTECTION = "data protection"
"""The shop's system that says whether personal data got out."""
OWN_AUDIT_S = 120.0
"""How long a user's own audit may take; one that takes longer has proved nothing."""


def audit_books(
    target: Target,
    record: RunRecord,
    *,
    lost_workers: frozenset[int],
    known_shop: bool,
    own_audit: Path | None = None,
) -> None:
    """Write audit.json into the run directory: what the audit and the reconciliation found, or why there was none."""
    findings = _findings(target, record, lost_workers, known_shop)
    if own_audit is not None:
        own = ask_own_audit(own_audit, record.directory)
        findings = own if "skipped" in findings else _together(findings, own)
    write_whole(record.directory / "audit.json", findings)


def ask_own_audit(file: Path, directory: Path, at_most_s: float = OWN_AUDIT_S) -> dict[str, Any]:
    """What a user's own audit found, in a process of its own: Locust's patches end at ours, and so do its mistakes."""
    command = [sys.executable, "-m", "loadtests.judgement.own_audit", str(file.resolve()), str(directory.resolve())]
    try:
        with (directory / "own_audit.log").open("wb") as log:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, timeout=at_most_s, check=False
            )
    except subprocess.TimeoutExpired:
        return failing(file, f"it did not end within {at_most_s:.0f} s")
    try:
        findings = msgspec.json.decode(done.stdout, type=dict[str, Any])
    except msgspec.DecodeError:
        return failing(file, f"its process ended with status {done.returncode} and said nothing; see own_audit.log")
    return findings


def _together(books: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **books,
        "checked": books["checked"] + own["checked"],
        "invariants": [*books.get("invariants", ()), *own["invariants"]],
        "violations": [*books["violations"], *own["violations"]],
    }


def _findings(target: Target, record: RunRecord, lost_workers: frozenset[int], known_shop: bool) -> dict[str, Any]:
    if not known_shop:
        return _skipped("the target is not the mock platform, and the profile names no audit of your own ([run] audit)")
    if not target.admin_token:
        return _skipped("no administrative token; give --admin-token or SHOP_ADMIN_TOKEN to have the books audited")
    try:
        journal = decode((record.directory / "journal.jsonl").read_bytes())
        return _inspect(target, record.run_id, journal, lost_workers, record.directory)
    except (TargetError, ExportError, JournalError) as error:
        # A shop that dies under load and takes its books along is no pass.
        message = f"the books could not be read after the run: {error}"
        violation = {"invariant": "books can be read", "subject": target.host, "message": message}
        return {"checked": 1, "violations": [violation]}


def audit_now(target: Target, run: Run | None) -> dict[str, Any]:
    """Audit a shop's books as they are, and a recorded run's journal against them. Raises TargetError, ExportError."""
    if run is None:
        return dict(target.admin("GET", "/exports/audit", timeout_s=EXPORT_S))
    lost = frozenset((run.ended or {}).get("lost_workers", ()))
    return _inspect(target, run.run["run"], as_entries(run.journal), lost, run.directory)


def _inspect(
    target: Target, run_id: str, journal: Sequence[Entry], lost_workers: frozenset[int], directory: Path
) -> dict[str, Any]:
    pending = target.settle(SETTLE_S)
    audit = target.admin("GET", "/exports/audit", timeout_s=EXPORT_S)
    snapshot = target.admin("GET", "/exports/snapshot", timeout_s=EXPORT_S)
    reconciled = reconcile(run_id, journal, snapshot, lost_workers).as_dict()
    looked = look_through(target, directory)
    return {
        "checked": audit["checked"] + reconciled["checked"] + 1,
        "invariants": [*audit["invariants"], *reconciled["invariants"], INVARIANT],
        "violations": [*audit["violations"], *reconciled["violations"], *looked.violations()],
        "systems": [_with_own_traces(report, looked) for report in audit.get("systems", [])],
        "pending": pending,
        "explained": reconciled["explained"],
    }


def _with_own_traces(report: dict[str, Any], looked: Looked) -> dict[str, Any]:
    """The report on data protection with what the harness wrote itself; any other as it is."""
    if report["system"] != PROTECTION:
        return report
    figures = report["figures"]
    return {
        **report,
        "invariants": report["invariants"] + 1,
        "violations": report["violations"] + bool(looked.found),
        "figures": {
            **figures,
            "run directory lines scanned": looked.lines,
            "leaks": figures.get("leaks", 0) + len(looked.found),
        },
    }


def _skipped(why: str) -> dict[str, Any]:
    return {"checked": 0, "violations": [], "skipped": why}
