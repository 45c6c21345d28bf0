"""The shop's systems as the audit saw them: invariants, violations, figures, and how long their operations took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loadtests.judgement.wording import figure
from loadtests.reports.operation_table import OperationRow

OWNERS: Mapping[str, str] = {
    "orders": "checkout",
    "carts": "checkout",
    "skus": "checkout",
    "flash-sales": "checkout",
    "payments": "payment",
    "coupons": "promotions",
    "quotes": "promotions",
    "imports": "cross-border",
    "declarations": "cross-border",
    "shipments": "logistics",
    "merchants": "marketplace",
    "customers/me": "data protection",
}
"""Which system answers for URLs that begin so, unless a system is named like their first word."""
JOURNALS = "buyers' journals"
"""What the audit of the shop's own books cannot see: a buyer who was told something else."""


@dataclass(frozen=True, slots=True)
class SystemSection:
    name: str
    checked: int
    invariants: Sequence[str]
    """Names of what was held against the books; empty if the audit does not say."""
    violations: Sequence[Mapping[str, str]]
    figures: Sequence[tuple[str, str]]
    """Label and text."""
    operations: Sequence[OperationRow]


def sections(audit: Mapping[str, Any], operations: Sequence[OperationRow]) -> list[SystemSection]:
    """One section a system, and one for the reconciliation with the buyers' journals; none without an audit of them."""
    systems = audit.get("systems", ())
    if not systems:
        return []
    names = [row["system"] for row in systems]
    owned: dict[str, list[OperationRow]] = {}
    for row in operations:
        owned.setdefault(owner(row.operation, names), []).append(row)
    found, invariants = [], invariants_by_system(audit)
    for row in systems:
        own = invariants[row["system"]]
        figures = [figure(name, value) for name, value in row["figures"].items()]
        found.append(
            SystemSection(row["system"], row["invariants"], own, _of(audit, own), figures, owned.get(row["system"], ()))
        )
    if rest := invariants.get(JOURNALS):
        figures = [figure(name, value) for name, value in audit.get("explained", {}).items()]
        found.append(SystemSection(JOURNALS, len(rest), rest, _of(audit, rest), figures, ()))
    return found


def invariants_by_system(audit: Mapping[str, Any]) -> dict[str, list[str]]:
    """The names of what was held against the books; under "" if the audit does not say whose they are.

    The audit lists its invariants system by system and the reconciliation's after them.
    """
    rest = list(audit.get("invariants", ()))
    listed = set(rest)
    found = {}
    for row in audit.get("systems", ()):
        found[row["system"]], rest = rest[: row["invariants"]], rest[row["invariants"] :]
    if rest:
        found[JOURNALS if found else ""] = rest
    unlisted = [violation["invariant"] for violation in audit["violations"] if violation["invariant"] not in listed]
    if unlisted:
        found[""] = [*found.get("", ()), *dict.fromkeys(unlisted)]
    return found


def owner(operation: str, systems: Sequence[str]) -> str:
    """The system an operation like `GET /shipments/{parcel}` belongs to; empty if nobody claims it."""
    path = operation.partition("/")[2].partition("?")[0]
    for system in systems:
        if path.split("/")[0].rstrip("s") == system.replace(" ", "-").rstrip("s"):
            return system
    claims = (name for start, name in OWNERS.items() if f"{path}/".startswith(f"{start}/"))
    return next((name for name in claims if name in systems), "")


def _of(audit: Mapping[str, Any], invariants: Sequence[str]) -> list[Mapping[str, str]]:
    return [violation for violation in audit["violations"] if violation["invariant"] in invariants]
