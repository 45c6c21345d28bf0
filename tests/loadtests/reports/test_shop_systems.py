from __future__ import annotations

from typing import Any

import pytest

from loadtests.record.histogram import Histogram
from loadtests.record.second import RequestsOfSecond, Second
from loadtests.reports.operation_table import OperationTable
from loadtests.reports.shop_systems import JOURNALS, STOREFRONT, SystemSection, invariants_by_system, sections
from loadtests.reports.system_stress import BUYERS, owner
from tests.loadtests.reports.made_runs import BROKEN, CLEAN

NAMES = ["storefront", "checkout", "payment", "logistics", "data protection", "outlets", "flash sale"]


@pytest.mark.parametrize(
    ("operation", "system"),
    [
        ("POST /orders", "checkout"),
        ("GET /skus?q=", "storefront"),
        ("GET /shipments/{parcel}/tracking", "logistics"),
        ("POST /customers/me/exports", "data protection"),
        ("POST /customers/sessions", "storefront"),
        ("GET /outlets/{outlet}/stock", "outlets"),
        ("GET /orders/{order}/pickup", "outlets"),
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


def asked(*rows: tuple[str, str, str, str, int]) -> OperationTable:
    """Of (operation, scenario, phase, outcome, how often), each answered within 10 ms."""
    table = OperationTable()
    for number, (operation, scenario, phase, outcome, count) in enumerate(rows):
        histogram = Histogram()
        histogram.record_many([0.01] * count)
        delta = histogram.delta()
        table.add(Second(number, requests=[RequestsOfSecond(operation, scenario, phase, outcome, delta, delta)]))
    return table


def found(table: OperationTable, audit: dict[str, Any] = CLEAN) -> dict[str, SystemSection]:
    return {section.name: section for section in sections(audit, table, {"countdown": 1.0, "zero_hour": 4.0})}


def test_a_section_has_its_violations_and_its_operations() -> None:
    seen = found(asked(("GET /shipments", "Buyer", "evening", "ok", 1)), BROKEN)
    assert [violation["subject"] for violation in seen["checkout"].violations] == ["S0000001"]
    assert [violation["subject"] for violation in seen[JOURNALS].violations] == ["K7"]
    assert [row.operation for row in seen["logistics"].operations] == ["GET /shipments"]
    assert seen["logistics"].anchor == "system-logistics"
    assert sections({"checked": 0, "violations": []}, OperationTable(), {}) == []


def test_a_section_tells_who_stressed_its_system_in_which_phase() -> None:
    stress = found(
        asked(
            ("GET /shipments", "ParcelTracker", "countdown", "ok", 3),
            ("GET /shipments", "CartLoadedBuyer", "zero_hour", "ok", 4),
            ("GET /shipments", "ParcelTracker", "zero_hour", "failed", 2),
            ("GET /orders", "ParcelTracker", "zero_hour", "ok", 50),
        )
    )["logistics"].stress
    assert stress is not None
    assert [row.phase for row in stress.by_phase] == ["countdown", "zero_hour"]
    assert stress.by_scenario == [("ParcelTracker", [3, 2]), ("CartLoadedBuyer", [0, 4])]
    assert stress.whole.outcomes == {"ok": 7, "failed": 2}
    assert stress.sentence == (
        "Asked 9 times, by ParcelTracker (5) and CartLoadedBuyer (4); hardest in countdown, 3 /s with a p95 of 10 ms; "
        "2 failed."
    )


def test_who_only_looks_is_a_section_of_its_own() -> None:
    storefront = found(
        asked(
            ("GET /skus/{sku}", "WindowShopper", "countdown", "ok", 30),
            ("GET /skus?q=", "WindowShopper", "countdown", "ok", 6),
            ("PUT /carts/mine/lines/{sku}", "Buyer", "countdown", "ok", 4),
            ("GET /orders", "Buyer", "countdown", "ok", 40),
        )
    )[STOREFRONT]
    assert (storefront.checked, storefront.violations) == (0, ())
    assert dict(storefront.figures) == {
        "views": "30", "searches": "6", "lists opened": "0", "put into carts": "4", "visitors": "0",
        "by those who only look": "90 %",
    }  # fmt: skip
    assert storefront.line.startswith("30 views and 6 searches by 0 visitors; 4 times")


def test_a_purchase_counts_for_checkout_and_for_the_system_it_was_made_of() -> None:
    systems = ("checkout", "flash sale", "risk")
    audit = {**CLEAN, "systems": [{"system": name, "invariants": 0, "figures": {}} for name in systems]}
    seen = found(
        asked(
            ("POST /orders", "Scalper", "zero_hour", "refused", 7),
            ("POST /orders", "CartLoadedBuyer", "zero_hour", "ok", 9),
            ("GET /flash-sales", "FlashSaleHunter", "zero_hour", "ok", 2),
        ),
        audit,
    )
    assert [(row.operation, row.count) for row in seen["checkout"].operations] == [("POST /orders", 16)]
    assert [(row.operation, row.count) for row in seen["risk"].operations] == [("POST /orders by Scalper", 7)]
    flash = seen["flash sale"]
    assert [row.operation for row in flash.operations] == ["POST /orders by Scalper", "GET /flash-sales"]
    assert flash.stress is not None and flash.stress.by_scenario == [("Scalper", [7]), ("FlashSaleHunter", [2])]


def test_buyers_whose_purchases_are_kept_apart_are_the_ones_some_system_asks_for() -> None:
    from loadtests.reports.operation_table import BUYERS as KEPT_APART

    assert set(BUYERS) == set(KEPT_APART)
