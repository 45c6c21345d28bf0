"""Onboarding's rules: honest books are clean, and each deliberate fault is found and named alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_platform.audit import audit

Row = dict[str, Any]
NOW = 1_510_329_600.0


@pytest.fixture
def market(new_books: Callable[[], Any]) -> Row:
    """M1 was there before, M2 came during the festival and listed S2; M8 was declined, M9 has just applied."""
    snapshot: Row = new_books().snapshot()
    snapshot["marketplace_terms"] = [{"fee_basis_points": 200, "settle_every_s": 2.0, "priced_within_s": 5.0}]
    snapshot["merchant_accounts"] = [
        {"merchant": "M1", "state": "approved", "history": [["approved", NOW - 300]]},
        {"merchant": "M2", "state": "approved", "history": [["applied", NOW - 302], ["approved", NOW - 301]]},
        {"merchant": "M8", "state": "declined", "history": [["applied", NOW - 99], ["declined", NOW - 98]]},
        {"merchant": "M9", "state": "applied", "history": [["applied", NOW - 1]]},
    ]
    snapshot |= {"restocks": [], "settlements": [], "merchant_views": []}
    snapshot["price_lists"] = [
        {"sku": "S1", "merchant": "M1", "prices": [[0.0, 500]], "is_whole": True},
        {"sku": "S2", "merchant": "M2", "prices": [[NOW - 200, 500]], "is_whole": True},
    ]
    return snapshot


def _listed_by_nobody(books: Row) -> None:
    del books["merchant_accounts"][1]


def _listed_by_who_was_declined(books: Row) -> None:
    books["merchant_accounts"][1] |= {"state": "declined", "history": [["applied", 1.0], ["declined", 2.0]]}


def _listed_before_it_was_let_in(books: Row) -> None:
    books["price_lists"][1]["prices"] = [[NOW - 303, 500]]


def _approved_after_it_was_declined(books: Row) -> None:
    books["merchant_accounts"][2] |= {"state": "approved"}
    books["merchant_accounts"][2]["history"].append(["approved", NOW - 5])


def _approved_and_nobody_knows_when(books: Row) -> None:
    books["merchant_accounts"][3]["state"] = "approved"


def _never_reviewed(books: Row) -> None:
    books["merchant_accounts"][3]["history"] = [["applied", NOW - 60]]


FAULTS: list[tuple[Callable[[Row], None], str, str]] = [
    (_listed_by_nobody, "only_admitted_merchants_list", "S2"),
    (_listed_by_who_was_declined, "only_admitted_merchants_list", "S2"),
    (_listed_before_it_was_let_in, "only_admitted_merchants_list", "S2"),
    (_approved_after_it_was_declined, "applications_are_decided_once_and_soon", "M8"),
    (_approved_and_nobody_knows_when, "applications_are_decided_once_and_soon", "M9"),
    (_never_reviewed, "applications_are_decided_once_and_soon", "M9"),
]


def test_honest_merchants_are_clean_and_counted(market: Row) -> None:
    assert audit(market).violations == ()
    figures = next(report.figures for report in audit(market).systems if report.system == "marketplace")
    assert (figures["merchants_admitted"], figures["skus_listed"]) == (1, 1)


@pytest.mark.parametrize(("fault", "invariant", "subject"), FAULTS, ids=lambda value: getattr(value, "__name__", None))
def test_a_fault_is_found_and_named_and_no_other_rule_fires(
    market: Row, fault: Callable[[Row], None], invariant: str, subject: str
) -> None:
    fault(market)
    (found,) = audit(market).violations
    assert (found.invariant, found.subject) == (invariant, subject)
    assert found.message.endswith(".") and subject in found.message
