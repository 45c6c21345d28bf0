"""The audit: do the shop's books, exported at one instant, keep every promise of trade? Pure, over a plain snapshot.

How to add an invariant: write a function `name_of_the_rule(books) -> Iterator[Finding]` in the file of its subject (or
a new one), say the rule in its first sentence, yield (subject, sentence with the figures) for whatever breaks it,
add it to that file's RULES (a new file is listed in the auditor's SYSTEMS), and plant its fault in the books of a
festival: tests/mock_platform/audit has the tables, and a test that they name every invariant. Another test changes
every field of such books; one that nobody would miss is watched from then on, or listed with the reason.
What is still under way is no violation: `Books` knows which events, payments and holds may excuse an order.
"""

from mock_platform.audit.auditor import INVARIANTS, AuditReport, SystemReport, Violation, audit
from mock_platform.audit.evidence import Evidence
from mock_platform.audit.exported_books import AuditError

__all__ = ["INVARIANTS", "AuditError", "AuditReport", "Evidence", "SystemReport", "Violation", "audit"]
