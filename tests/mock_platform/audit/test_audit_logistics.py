"""Every fault of logistics, planted alone in clean books, is named and no other rule fires; what the figures say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_platform.audit import audit
from mock_platform.audit.logistics_rules import RULES
from tests.mock_platform.audit.planting import within

Snapshot = dict[str, Any]
Find = Callable[..., Any]


def of_another_merchant(books: Snapshot, find: Find) -> None:
    find(books, "parcels", parcel="O4-0")["merchant"] = "M7"


def out_of_another_warehouse(books: Snapshot, find: Find) -> None:
    parcel = find(books, "parcels", parcel="O4-0")
    assert parcel["warehouse"] == "chengdu"
    parcel["warehouse"] = "wuhan"


def delivered_too_early(books: Snapshot, find: Find) -> None:
    parcel = find(books, "parcels", parcel="O4-1")
    parcel["history"].pop()
    parcel["state"] = "arrived"


def a_lorry_that_flew(books: Snapshot, find: Find) -> None:
    find(books, "parcels", parcel="O4-0")["history"][5][1] -= 0.5


def a_buyer_further_away_than_a_lorry_gets(books: Snapshot, find: Find) -> None:
    find(books, "parcels", parcel="O4-0")["city"] = "乌鲁木齐市"


def delivered_unnoticed(books: Snapshot, find: Find) -> None:
    for parcel in books["parcels"]:
        if parcel["order"] == "O3":
            parcel["history"].append(["arrived", 1_510_329_600.0 - 1.0])
            parcel["history"].append(["delivered", 1_510_329_600.0])
            parcel["state"] = "delivered"


def shipped_with_nothing_gone(books: Snapshot, find: Find) -> None:
    for parcel in books["parcels"]:
        if parcel["order"] == "O3":
            parcel["history"].pop()
            parcel["state"] = "sorted"


def gone_of_a_paid_order(books: Snapshot, find: Find) -> None:
    for parcel in books["parcels"]:
        if parcel["order"] == "O2":
            find(books, "warehouses", warehouse=parcel["warehouse"])["backlog"] -= 1
            last = parcel["history"][-1][1]
            parcel["history"] += [["sorted", last + 5.0], ["in_transit", last + 9.0]]
            parcel["state"] = "in_transit"


def two_at_once(books: Snapshot, find: Find) -> None:
    first, second = (find(books, "parcels", parcel=name) for name in ("O3-0", "O4-0"))
    assert first["warehouse"] == second["warehouse"]
    second["history"][3][1] = first["history"][3][1]


def a_slow_sorter(books: Snapshot, find: Find) -> None:
    find(books, "warehouses", warehouse="chengdu")["sorted_per_s"] = 1.0


def lost_in_the_queue(books: Snapshot, find: Find) -> None:
    find(books, "warehouses", warehouse="chengdu")["backlog"] -= 1


def a_ghost_in_the_queue(books: Snapshot, find: Find) -> None:
    find(books, "warehouses", warehouse="tianjin")["backlog"] = 3


def warehouse_that_is_not_there(books: Snapshot, find: Find) -> None:
    books["warehouses"].remove(find(books, "warehouses", warehouse="hangzhou"))


def passed_over(books: Snapshot, find: Find) -> None:
    history = find(books, "parcels", parcel="O2-0")["history"]
    history[:] = [[state, at - 8.0] for state, at in history]


PLANTS: list[tuple[Callable[[Snapshot, Find], None], str, str, str]] = [
    (of_another_merchant, "parcels_leave_the_right_warehouse", "O4-0", "which merchant M1 sells out of chengdu"),
    (out_of_another_warehouse, "parcels_leave_the_right_warehouse", "O4-0", "of merchant M1 out of wuhan holds SKU S1"),
    (delivered_too_early, "orders_follow_their_parcels", "O4", "is delivered, but its parcels are: delivered, arrived"),
    (delivered_unnoticed, "orders_follow_their_parcels", "O3", "is shipped, but its parcels are: delivered, delivered"),
    (shipped_with_nothing_gone, "orders_follow_their_parcels", "O3", "is shipped, but its parcels are: sorted, sorted"),
    (gone_of_a_paid_order, "orders_follow_their_parcels", "O2", "is paid, but its parcels are: in_transit, in_transit"),
    (two_at_once, "sorting_keeps_to_capacity", "chengdu", "sorts 10 parcels a second, and was up to 1.0 parcels"),
    (a_slow_sorter, "sorting_keeps_to_capacity", "chengdu", "sorts 1 parcels a second, and was up to 0.8 parcels"),
    (lost_in_the_queue, "queues_lose_no_parcel", "chengdu", "tells of 1 parcels to sort, but 2 are there"),
    (a_ghost_in_the_queue, "queues_lose_no_parcel", "tianjin", "tells of 3 parcels to sort, but 0 are there"),
    (warehouse_that_is_not_there, "queues_lose_no_parcel", "hangzhou", "which does not exist"),
    (a_lorry_that_flew, "line_hauls_take_their_time", "O4-0", "km from chengdu to 杭州市, which take"),
    (a_buyer_further_away_than_a_lorry_gets, "line_hauls_take_their_time", "O4-0", "km from chengdu to 乌鲁木齐市"),
    (passed_over, "no_parcel_is_passed_over", "O2-0", "still waits in chengdu; one packed 8.4 s later did not"),
]


@pytest.mark.parametrize(("plant", "invariant", "subject", "words"), PLANTS, ids=[row[0].__name__ for row in PLANTS])
def test_a_planted_fault_is_named_and_no_other_rule_fires(
    clean: Snapshot, find: Find, plant: Callable[[Snapshot, Find], None], invariant: str, subject: str, words: str
) -> None:
    assert audit(clean).violations == ()
    plant(clean, find)
    (found,) = within(audit(clean).violations)
    assert (found.invariant, found.subject) == (invariant, subject)
    assert words in found.message


def test_every_rule_of_this_file_has_a_planted_fault() -> None:
    assert {invariant for _, invariant, _, _ in PLANTS} == {rule.__name__ for rule in RULES}


def test_an_order_picked_up_in_an_outlet_has_no_parcels(clean: Snapshot, find: Find) -> None:
    find(clean, "orders", order="O2")["outlet"] = "L1"
    (found,) = [found for found in audit(clean).violations if "parcel" in found.invariant]
    assert found.invariant == "unpaid_orders_have_no_parcel"
    assert "Order O2 is picked up in L1, yet it has parcel O2-0 (packed)" in found.message
    for parcel in [parcel for parcel in clean["parcels"] if parcel["order"] == "O2"]:
        find(clean, "warehouses", warehouse=parcel["warehouse"])["backlog"] -= 1
        clean["parcels"].remove(parcel)
    report = next(report for report in audit(clean).systems if report.system == "logistics")
    assert report.violations == 0
