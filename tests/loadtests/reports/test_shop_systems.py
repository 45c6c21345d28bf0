from __future__ import annotations

import pytest

from loadtests.reports.operation_table import OperationRow
from loadtests.reports.shop_systems import JOURNALS, invariants_by_system, owner, sections
from tests.loadtests.reports.made_runs import BROKEN, CLEAN

NAMES = ["checkout", "payment", "logistics", "data protection", "outlets", "flash sale"]


@pytest.mark.parametrize(
    ("operation", "system"),
    [
        ("POST /orders", "checkout"),
        ("GET /skus?q=", "checkout"),
        ("GET /shipments/{parcel}/tracking", "logistics"),
        ("POST /customers/me/exports", "data protection"),
        ("POST /customers/sessions", ""),
        ("GET /outlets/{outlet}/stock", "outlets"),
        ("GET /flash-sales", "flash sale"),
        ("GET /coupons/mine", ""),
        ("/ping", ""),
        ("GET /", ""),
        ("(visit)", ""),
    ],
)
def test_an_operation_belongs_to_the_system_of_its_url(operation: str, system: str) -> None:
    assert owner(operation, NAMES) == system


def test_invariants_are_dealt_out_in_the_order_of_the_audit() -> None:
    assert invariants_by_system(CLEAN) == {
        "checkout": ["no_oversell", "one_order_per_key"],
        "logistics": ["queues_lose_no_parcel"],
        JOURNALS: ["lost_order"],
    }


def test_a_violation_of_something_unlisted_is_not_lost() -> None:
    violation = {"invariant": "books can be read", "subject": "shop", "message": "gone"}
    assert invariants_by_system({"checked": 1, "violations": [violation]}) == {"": ["books can be read"]}
    assert invariants_by_system({**CLEAN, "violations": [violation]})[""] == ["books can be read"]


def test_a_section_has_its_violations_and_its_operations() -> None:
    found = {section.name: section for section in sections(BROKEN, [OperationRow("GET /shipments", "")])}
    assert [violation["subject"] for violation in found["checkout"].violations] == ["S0000001"]
    assert [violation["subject"] for violation in found[JOURNALS].violations] == ["K7"]
    assert [row.operation for row in found["logistics"].operations] == ["GET /shipments"]
    assert sections({"checked": 0, "violations": []}, []) == []
