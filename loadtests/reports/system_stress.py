"""Who asked a system for how much in which phase, and how it answered: what a system's section shows of the crowd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loadtests.judgement.wording import quantity
from loadtests.reports.operation_table import EVERY_PHASE, OperationRow, OperationTable

SCENARIOS_NAMED = 3

OWNERS: Mapping[str, str] = {
    "orders": "checkout",
    "carts": "storefront",
    "skus": "storefront",
    "customers/sessions": "storefront",
    "flash-sales": "flash sale",
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
PICKUP = "/pickup"
"""How an order's URL ends if it is the outlets' business."""
BUYERS: Mapping[str, tuple[str, ...]] = {
    "PresaleBuyer": ("presale",),
    "CrossBorderBuyer": ("cross-border",),
    "PickupBuyer": ("outlets",),
    "CouponHunter": ("promotions",),
    "FlashSaleHunter": ("flash sale", "risk"),
    "Scalper": ("flash sale", "risk"),
}
"""Whose purchases stress which systems, beside checkout and payment, which answer for every purchase."""


@dataclass(frozen=True, slots=True)
class Stress:
    """`by_phase` has a row for each phase in which somebody asked; `by_scenario` each scenario's requests by phase."""

    whole: OperationRow
    by_phase: list[OperationRow]
    by_scenario: Sequence[tuple[str, Sequence[int]]]
    """The most eager first; one count a phase."""
    per_s: Sequence[float]
    """Requests a second, phase by phase."""

    @property
    def sentence(self) -> str:
        named = [f"{name} ({sum(counts):,})" for name, counts in self.by_scenario[:SCENARIOS_NAMED]]
        who = " and ".join(filter(None, (", ".join(named[:-1]), named[-1])))
        most = "most " if len(self.by_scenario) > SCENARIOS_NAMED else ""
        rate, busiest = max(zip(self.per_s, self.by_phase, strict=True), key=lambda pair: pair[0])
        failed = self.whole.outcomes.get("failed", 0)
        well = f"{failed:,} failed" if failed else "none failed"
        then = f"{quantity(rate, 'per_s')} with a p95 of {quantity(busiest.response.percentile(95), 's')}"
        return f"Asked {self.whole.count:,} times, {most}by {who}; hardest in {busiest.phase}, {then}; {well}."


@dataclass(frozen=True, slots=True)
class Dealt:
    """A system's share of what the crowd asked for."""

    operations: Sequence[OperationRow]
    """Over the whole run, the most frequent first."""
    stress: Stress | None
    """None if nobody asked."""


def dealt(table: OperationTable, systems: Sequence[str], lasts_s: Mapping[str, float]) -> Mapping[str, Dealt]:
    """Every system's share; under "" what none of them answers for. `lasts_s` says how long each phase is."""
    rows: dict[str, list[OperationRow]] = {name: [] for name in (*systems, "")}
    for row in table.rows.values():
        rows[owner(row.operation, systems)].append(row)
    for (operation, _, scenario), row in table.purchases.items():
        for system in BUYERS.get(scenario, ()):
            if system in rows:
                rows[system].append(named(row, f"{operation} by {scenario}"))
    phases = {phase: lasts_s.get(phase) or 1.0 for _, phase in table.rows}
    return {name: Dealt(_whole(share), _stress(share, phases)) for name, share in rows.items()}


def owner(operation: str, systems: Sequence[str]) -> str:
    """The system an operation like `GET /shipments/{parcel}` belongs to; empty if nobody claims it."""
    path = operation.partition("/")[2].partition("?")[0]
    if path.endswith(PICKUP) and "outlets" in systems:
        return "outlets"
    for system in systems:
        if path.split("/")[0].rstrip("s") == system.replace(" ", "-").rstrip("s"):
            return system
    claims = (name for start, name in OWNERS.items() if f"{path}/".startswith(f"{start}/"))
    return next((name for name in claims if name in systems), "")


def named(row: OperationRow, name: str) -> OperationRow:
    """The same counts under another name."""
    return OperationRow(name, row.phase, row.outcomes, row.response, row.service, row.scenarios)


def _whole(rows: Sequence[OperationRow]) -> list[OperationRow]:
    return sorted(OperationTable.merged(rows), key=lambda row: (-row.count, row.operation))


def _stress(rows: Sequence[OperationRow], lasts_s: Mapping[str, float]) -> Stress | None:
    asked = [row for row in rows if row.count]
    if not asked:
        return None
    whole = OperationRow("", EVERY_PHASE)
    phases = {phase: OperationRow("", phase) for phase in lasts_s if any(row.phase == phase for row in asked)}
    for row in asked:
        phases[row.phase].take(row)
        whole.take(row)
    scenarios = sorted(whole.scenarios, key=lambda name: (-whole.scenarios[name], name))
    counts = [(name, [row.scenarios.get(name, 0) for row in phases.values()]) for name in scenarios]
    return Stress(whole, list(phases.values()), counts, [row.count / lasts_s[name] for name, row in phases.items()])
