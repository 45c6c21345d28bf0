"""After the storm: let the shop's books settle, have them audited, and hold the buyers' journal against them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loadtests.judgement.export import ExportError
from loadtests.judgement.reconcile import reconcile
from loadtests.record.journal import Entry, JournalError, as_entries, decode
from loadtests.record.run_record import Run, RunRecord, write_whole
from loadtests.shop.target import Target, TargetError

SETTLE_S = 25.0
"""Longer than a hold and a late callback last in the mock platform's default settings."""
EXPORT_S = 60.0


def audit_books(
    target: Target, record: RunRecord, run_id: str, *, lost_workers: frozenset[int], known_shop: bool
) -> None:
    """Write audit.json into the run directory: what the audit and the reconciliation found, or why there was none."""
    write_whole(record.directory / "audit.json", _findings(target, record, run_id, lost_workers, known_shop))


def _findings(
    target: Target, record: RunRecord, run_id: str, lost_workers: frozenset[int], known_shop: bool
) -> dict[str, Any]:
    if not known_shop:
        return _skipped("the target is not the mock platform")
    if not target.admin_token:
        return _skipped("no administrative token; give --admin-token or SHOP_ADMIN_TOKEN to have the books audited")
    try:
        journal = decode((record.directory / "journal.jsonl").read_bytes())
        return _inspect(target, run_id, journal, lost_workers)
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
    return _inspect(target, run.run["run"], as_entries(run.journal), lost)


def _inspect(target: Target, run_id: str, journal: Sequence[Entry], lost_workers: frozenset[int]) -> dict[str, Any]:
    pending = target.settle(SETTLE_S)
    audit = target.admin("GET", "/exports/audit", timeout_s=EXPORT_S)
    snapshot = target.admin("GET", "/exports/snapshot", timeout_s=EXPORT_S)
    reconciled = reconcile(run_id, journal, snapshot, lost_workers).as_dict()
    return {
        "checked": audit["checked"] + reconciled["checked"],
        "invariants": [*audit["invariants"], *reconciled["invariants"]],
        "violations": [*audit["violations"], *reconciled["violations"]],
        "systems": audit.get("systems", []),
        "pending": pending,
        "explained": reconciled["explained"],
    }


def _skipped(why: str) -> dict[str, Any]:
    return {"checked": 0, "violations": [], "skipped": why}
