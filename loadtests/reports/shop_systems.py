"""The shop's systems as audit and crowd saw them: what became of each, invariants, figures, who stressed it when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loadtests.judgement.system_lines import line_of
from loadtests.judgement.wording import Figure, figure
from loadtests.reports.operation_table import OperationRow, OperationTable
from loadtests.reports.system_stress import Dealt, Stress, dealt

STOREFRONT = "storefront"
"""It only shows, so the audit has no rule for it: what it showed is held against what was bought by other systems'."""
LOOKER = "WindowShopper"
LOOKS: Mapping[str, str] = {
    "views": "GET /skus/{sku}",
    "searches": "GET /skus?q=",
    "lists_opened": "GET /skus",
    "put_into_carts": "PUT /carts/mine/lines/{sku}",
    "visitors": "POST /customers/sessions",
}
"""The storefront's figures and the operations whose requests they count."""
JOURNALS = "buyers' journals"
"""What the audit of the shop's own books cannot see: a buyer who was told something else."""


@dataclass(frozen=True, slots=True)
class SystemSection:
    name: str
    line: str
    """What became of it; empty where we know no words for it."""
    checked: int
    invariants: Sequence[str]
    """Names of what was held against the books; empty if the audit does not say."""
    violations: Sequence[Mapping[str, str]]
    figures: Sequence[tuple[str, str]]
    """Label and text."""
    operations: Sequence[OperationRow]
    stress: Stress | None = None

    @property
    def anchor(self) -> str:
        return f"system-{''.join(letter if letter.isalnum() else '-' for letter in self.name)}"


def sections(audit: Mapping[str, Any], table: OperationTable, lasts_s: Mapping[str, float]) -> list[SystemSection]:
    """The storefront, each system the audit names, and the reconciliation with the buyers' journals.

    None without an audit of systems: then we do not know the shop. `lasts_s` says how long each phase is.
    """
    systems = audit.get("systems", ())
    if not systems:
        return []
    names = [STOREFRONT, *(row["system"] for row in systems if row["system"] != STOREFRONT)]
    shares, invariants = dealt(table, names, lasts_s), invariants_by_system(audit)
    found = [_storefront(shares[STOREFRONT])] if shares[STOREFRONT].operations else []
    for row in systems:
        name = row["system"]
        found.append(_section(audit, name, row["invariants"], invariants[name], row["figures"], shares[name]))
    if rest := invariants.get(JOURNALS):
        found.append(_section(audit, JOURNALS, len(rest), rest, audit.get("explained", {}), Dealt((), None)))
    return found


def _section(
    audit: Mapping[str, Any],
    name: str,
    checked: int,
    invariants: Sequence[str],
    figures: Mapping[str, Figure],
    share: Dealt,
) -> SystemSection:
    violations = [violation for violation in audit["violations"] if violation["invariant"] in invariants]
    told = [figure(each, value) for each, value in figures.items()]
    line = line_of(name, figures)
    return SystemSection(name, line, checked, invariants, violations, told, share.operations, share.stress)


def _storefront(share: Dealt) -> SystemSection:
    by_operation = {row.operation: row.count for row in share.operations}
    figures: dict[str, Figure] = {name: by_operation.get(operation, 0) for name, operation in LOOKS.items()}
    if share.stress is not None:
        figures["by_those_who_only_look_share"] = share.stress.whole.scenarios.get(LOOKER, 0) / share.stress.whole.count
    told = [figure(each, value) for each, value in figures.items()]
    return SystemSection(STOREFRONT, line_of(STOREFRONT, figures), 0, (), (), told, share.operations, share.stress)


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
