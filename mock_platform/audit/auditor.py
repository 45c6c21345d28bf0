"""Runs every rule over one snapshot and reports what it found, in the same order each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from types import ModuleType
from typing import Any

from mock_platform.audit import (
    account_rules,
    clear_read_rules,
    coupon_rules,
    customs_rules,
    data_protection_rules,
    duty_rules,
    flash_sale_rules,
    instant_rules,
    ledger_rules,
    link_rules,
    listing_rules,
    logistics_figures,
    logistics_rules,
    marketplace_rules,
    money_rules,
    order_rules,
    outlet_rules,
    parcel_rules,
    pickup_rules,
    presale_rules,
    privacy_rules,
    promotion_rules,
    risk_rules,
    risk_tally_rules,
    settlement_rules,
    shelf_rules,
    stacking_rules,
    stock_rules,
)
from mock_platform.audit.courses import Course, courses
from mock_platform.audit.evidence import Evidence
from mock_platform.audit.exported_books import AuditError, Books, Finding

Rule = Callable[[Books], Iterator[Finding]]

SYSTEMS: Mapping[str, tuple[ModuleType, ...]] = {
    "checkout": (stock_rules, order_rules, shelf_rules, link_rules, instant_rules),
    "flash sale": (flash_sale_rules,),
    "payment": (money_rules, ledger_rules, account_rules),
    "presale": (presale_rules,),
    "promotions": (promotion_rules, stacking_rules, coupon_rules),
    "cross-border": (duty_rules, customs_rules),
    "logistics": (parcel_rules, logistics_rules, logistics_figures),
    "marketplace": (marketplace_rules, settlement_rules, listing_rules),
    "outlets": (outlet_rules, pickup_rules),
    "data protection": (privacy_rules, data_protection_rules, clear_read_rules),
    "risk": (risk_rules, risk_tally_rules),
}
"""The shop's systems and where their invariants stand: modules with RULES and, if they like, `figures(books)`."""

RULES: tuple[Rule, ...] = tuple(rule for modules in SYSTEMS.values() for module in modules for rule in module.RULES)
INVARIANTS: tuple[str, ...] = tuple(rule.__name__ for rule in RULES)

VIOLATIONS_NAMED = 20
"""Named per invariant; the rest are counted in one more, so that one cause does not bury the others."""


@dataclass(frozen=True, slots=True)
class Violation:
    invariant: str
    subject: str
    """What is wrong: a SKU and its place, an order, a key, a ledger entry, a place in the snapshot."""
    message: str
    """One sentence with the figures."""


@dataclass(frozen=True, slots=True)
class SystemReport:
    """One system of the shop: its invariants, how many of them are broken, and its figures."""

    system: str
    invariants: int
    violations: int
    figures: Mapping[str, float | str]
    """What a reader of the report wants to know of it, by a name that ends in its unit."""
    courses: tuple[Course, ...] = ()
    """How its day went."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    checked: int
    """How many invariants were held against the books; never fewer because there was nothing to check."""
    invariants: tuple[str, ...]
    violations: tuple[Violation, ...]
    systems: tuple[SystemReport, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "checked": self.checked,
            "invariants": list(self.invariants),
            "violations": [
                {"invariant": found.invariant, "subject": found.subject, "message": found.message}
                for found in self.violations
            ],
            "systems": [
                {
                    "system": report.system,
                    "invariants": report.invariants,
                    "violations": report.violations,
                    "figures": dict(report.figures),
                    "courses": [asdict(course) for course in report.courses],
                }
                for report in self.systems
            ],
        }


def audit(snapshot: dict[str, Any], evidence: Evidence | None = None) -> AuditReport:
    """Hold every invariant against one snapshot. Raises AuditError, one sentence, for a snapshot it cannot read.

    Pure and linear in the rows: 100,000 orders take a few seconds, so keep it off an event loop that serves buyers.
    """
    books = Books(snapshot, evidence)
    found: list[Violation] = []
    systems: list[SystemReport] = []
    went = courses(books)
    for name, modules in SYSTEMS.items():
        rules = [rule for module in modules for rule in module.RULES]
        here = [violation for rule in rules for violation in _violations(rule, books)]
        figures: dict[str, float | str] = {}
        for module in modules:
            if hasattr(module, "figures"):
                figures |= module.figures(books)
        broken = len({violation.invariant for violation in here})
        systems.append(SystemReport(name, len(rules), broken, figures, went.get(name, ())))
        found += here
    return AuditReport(len(RULES), INVARIANTS, tuple(found), tuple(systems))


def _violations(rule: Rule, books: Books) -> list[Violation]:
    try:
        findings = sorted(rule(books))
    except AuditError:
        raise
    except Exception as error:
        # Rows that no rule foresaw are no reason to be silent about the rest, and none to call this one kept.
        message = f"The books could not be held against {rule.__name__}: {error!r}."
        return [Violation(rule.__name__, "the books", message)]
    named = [Violation(rule.__name__, subject, message) for subject, message in findings[:VIOLATIONS_NAMED]]
    if rest := findings[VIOLATIONS_NAMED:]:
        named.append(Violation(rule.__name__, "more", f"{len(rest)} more violations like these."))
    return named
