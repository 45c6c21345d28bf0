"""The books of a real festival: clean as they are, and with one small fault for each invariant found under its name."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from mock_platform.audit import INVARIANTS, Evidence, audit
from mock_platform.audit.auditor import SYSTEMS
from mock_platform.audit.exported_books import Books as AuditedBooks
from mock_platform.audit.exported_books import Finding
from tests.mock_platform.audit import faults_of_buying, faults_of_delivering, faults_of_links
from tests.mock_platform.audit.festival_books import festival, traces
from tests.mock_platform.audit.planting import Books

pytestmark = pytest.mark.xdist_group("festival-books")

TABLES = (faults_of_buying.FAULTS, faults_of_delivering.FAULTS, faults_of_links.FAULTS)
LOOKING = {"no_seeded_value_in_the_clear", "every_value_is_looked_for"}
"""Those that need to know what the people's data is."""
UNNAMED = {"access log", "scan", "master keys"}
"""Of which there is one, so that the sentence need not say which."""
FAULTS = {invariant: plant for table in TABLES for invariant, plant in table.items()}


def test_every_invariant_has_a_planted_fault_and_every_fault_its_invariant() -> None:
    """Whoever adds an invariant plants a fault for it in one of the tables."""
    assert len(FAULTS) == sum(len(table) for table in TABLES), "an invariant stands in two tables"
    assert set(FAULTS) == set(INVARIANTS)


def test_an_honest_festival_is_clean_and_has_rows_in_every_table() -> None:
    books = festival()
    report = audit(books, Evidence(traces(), {}))
    assert [(found.invariant, found.subject, found.message) for found in report.violations] == []
    assert report.checked == len(INVARIANTS)
    assert [name for name, table in books.items() if isinstance(table, list) and not table] == []


@pytest.mark.parametrize("invariant", INVARIANTS)
def test_its_planted_fault_is_found_under_its_name_and_names_what_is_wrong(invariant: str) -> None:
    books = festival()
    subject = FAULTS[invariant](Books(books))
    evidence = Evidence(traces(), {}) if invariant in LOOKING else None
    found = {each.subject: each.message for each in audit(books, evidence).violations if each.invariant == invariant}
    assert subject in found, found
    assert found[subject].endswith(".")
    assert subject in UNNAMED or subject.split()[0].casefold() in found[subject].casefold()


def test_a_rule_that_breaks_on_the_books_is_no_clean_bill(monkeypatch: pytest.MonkeyPatch) -> None:
    def never_foresaw_this(books: AuditedBooks) -> Iterator[Finding]:
        raise IndexError("no such row")

    monkeypatch.setitem(SYSTEMS, "risk", (SimpleNamespace(RULES=(never_foresaw_this,)),))  # type: ignore[index]
    (found,) = audit(festival()).violations
    assert (found.invariant, found.subject) == ("never_foresaw_this", "the books")
    assert "IndexError('no such row')" in found.message
