"""Every fault of stock, parcels and privacy, planted alone in clean books, is named, and no other rule fires."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_platform.audit import audit
from mock_platform.audit.flash_sale_rules import RULES as FLASH_SALE_RULES
from mock_platform.audit.parcel_rules import RULES as PARCEL_RULES
from mock_platform.audit.privacy_rules import RULES as PRIVACY_RULES
from mock_platform.audit.stock_rules import RULES as STOCK_RULES
from mock_platform.domain.shipment import BACKLOG
from tests.mock_platform.audit.planting import within

Snapshot = dict[str, Any]
Find = Callable[..., Any]
PAST = 1_510_329_600.0 - 60


def units_appear(books: Snapshot, find: Find) -> None:
    find(books, "stock", sku="S1", place="web")["free"] += 1


def units_vanish(books: Snapshot, find: Find) -> None:
    find(books, "stock", sku="S2", place="web")["restocked"] += 3


def free_below_zero(books: Snapshot, find: Find) -> None:
    row = find(books, "stock", sku="S3", place="web")
    row["free"], row["restocked"] = -2, -52


def oversold(books: Snapshot, find: Find) -> None:
    """Seven units there were, eight were sold; free says zero, as after a lost decrement."""
    row = find(books, "stock", sku="S1", place="web")
    row["initial"], row["free"] = 7, 0


def counter_too_high(books: Snapshot, find: Find) -> None:
    row = find(books, "stock", sku="S1", place="web")
    row["sold"], row["free"] = row["sold"] + 1, row["free"] - 1


def allocation_of_unknown_stock(books: Snapshot, find: Find) -> None:
    books["stock"].remove(find(books, "stock", sku="S2", place="web"))


def allotment_exceeded(books: Snapshot, find: Find) -> None:
    find(books, "flash_sales", flash_sale="F1")["allotment"] = 1


def limit_exceeded(books: Snapshot, find: Find) -> None:
    find(books, "flash_sales", flash_sale="F1")["limit_per_buyer"] = 1


def sold_to_a_cancelled_order(books: Snapshot, find: Find) -> None:
    find(books, "allocations", order="O1", sku="S2")["order"] = "O5"
    find(books, "orders", order="O1")["lines"].pop()
    books["ledger"][0]["legs"].pop()
    books["ledger"][0]["legs"][0]["amount_fen"] = find(books, "orders", order="O1")["payable_fen"] = 1000


def sold_to_nobody(books: Snapshot, find: Find) -> None:
    books["allocations"].append(find(books, "allocations", order="O1", sku="S2") | {"order": "O99"})
    row = find(books, "stock", sku="S2", place="web")
    row["sold"], row["free"] = row["sold"] + 1, row["free"] - 1


def line_never_allocated(books: Snapshot, find: Find) -> None:
    books["allocations"].remove(find(books, "allocations", order="O2", sku="S2"))
    row = find(books, "stock", sku="S2", place="web")
    row["sold"], row["free"] = row["sold"] - 1, row["free"] + 1


def hold_of_an_order_never_sold(books: Snapshot, find: Find) -> None:
    find(books, "allocations", order="O3", sku="S2").update(state="held", expires_at=PAST)
    row = find(books, "stock", sku="S2", place="web")
    row["sold"], row["held"] = row["sold"] - 1, row["held"] + 1


def leaked_hold(books: Snapshot, find: Find) -> None:
    lost = {"order": "O99", "buyer": "C7", "state": "held", "expires_at": PAST}
    books["allocations"].append(find(books, "allocations", order="O1", sku="S2") | lost)
    row = find(books, "stock", sku="S2", place="web")
    row["held"], row["free"] = row["held"] + 1, row["free"] - 1


def of_a_sale_that_does_not_exist(books: Snapshot, find: Find) -> None:
    find(books, "orders", order="O7")["flash_sale"] = "F99"


def allocated_but_not_bought(books: Snapshot, find: Find) -> None:
    books["allocations"].append(find(books, "allocations", order="O2", sku="S2") | {"sku": "S3"})
    row = find(books, "stock", sku="S3", place="web")
    row["sold"], row["free"] = row["sold"] + 1, row["free"] - 1


def recount(books: Snapshot) -> None:
    """The warehouses know of every parcel that was planted or taken away."""
    for row in books["warehouses"]:
        here = [parcel for parcel in books["parcels"] if parcel["warehouse"] == row["warehouse"]]
        row["backlog"] = sum(parcel["state"] in BACKLOG for parcel in here)


def twin(parcel: Snapshot, name: str) -> Snapshot:
    """A second parcel like this one, that went through the sorter a little later."""
    return parcel | {"parcel": name, "history": [[state, at + 3.0] for state, at in parcel["history"]]}


def never_packed(books: Snapshot, find: Find) -> None:
    books["parcels"] = [parcel for parcel in books["parcels"] if parcel["order"] != "O2"]
    recount(books)


def packed_twice(books: Snapshot, find: Find) -> None:
    books["parcels"].append(twin(find(books, "parcels", parcel="O4-1"), "O4-2"))


def split_over_two_parcels(books: Snapshot, find: Find) -> None:
    """Every unit is on its way, but a line of two in two parcels."""
    half = find(books, "parcels", parcel="O4-0")
    half["lines"][0]["quantity"] = 1
    books["parcels"].append(twin(half, "O4-2"))


def one_too_few_packed(books: Snapshot, find: Find) -> None:
    find(books, "parcels", parcel="O3-0")["lines"][0]["quantity"] = 1


def paid_and_recalled(books: Snapshot, find: Find) -> None:
    find(books, "parcels", parcel="O2-0").update(state="recalled", history=[["created", 1.0], ["recalled", 2.0]])
    recount(books)


def parcel_for_an_unpaid_order(books: Snapshot, find: Find) -> None:
    books["parcels"].append(find(books, "parcels", parcel="O2-0") | {"parcel": "O1-0", "order": "O1"})
    recount(books)


def parcel_left_a_refunded_order(books: Snapshot, find: Find) -> None:
    find(books, "parcels", parcel="O6-0").update(state="created", history=[["created", 1.0]])
    recount(books)


def recalled_with_a_unit_too_few(books: Snapshot, find: Find) -> None:
    find(books, "parcels", parcel="O6-0")["lines"].clear()


def recalled_from_an_unpaid_order(books: Snapshot, find: Find) -> None:
    recalled, line = find(books, "parcels", parcel="O6-0"), find(books, "orders", order="O1")["lines"][0]
    packed = {"merchant": line["merchant"], "lines": [{"sku": line["sku"], "quantity": line["quantity"]}]}
    books["parcels"].append(recalled | {"parcel": "O1-0", "order": "O1"} | packed)


def parcel_of_nobody(books: Snapshot, find: Find) -> None:
    books["parcels"].append(find(books, "parcels", parcel="O2-0") | {"parcel": "O99-0", "order": "O99"})
    recount(books)


def plain_phone(books: Snapshot, find: Find) -> None:
    find(books, "parcels", parcel="O2-0")["waybill"]["remark"] = "13912345678"


PLANTS: list[tuple[Callable[[Snapshot, Find], None], str, str, list[str]]] = [
    (units_appear, "stock_adds_up", "S1 at web", ["50 initial", "43 free, 0 held and 8 sold are 51"]),
    (units_vanish, "stock_adds_up", "S2 at web", ["3 restocked are 53 units", "are 50"]),
    (free_below_zero, "stock_never_negative", "S3 at web", ["has a negative count: -52 restocked, -2 free."]),
    (
        oversold,
        "no_oversell stock_adds_up",
        "S1 at web",
        ["oversold by 1: 7 units, 8 promised", "order O4 of buyer C3"],
    ),
    (counter_too_high, "counters_match_allocations", "S1 at web", ["says 9 sold", "sum to 8"]),
    (allotment_exceeded, "flash_sale_keeps_its_allotment", "S1 at flash:F1", ["F1 sold 2 of SKU S1", "is 1"]),
    (limit_exceeded, "flash_sale_keeps_its_limit", "F1 for C9", ["C9 has 2 units", "limit is 1", "O7"]),
    (of_a_sale_that_does_not_exist, "flash_sale_keeps_its_limit", "F99 for C9", ["has 2 units", "the limit is 0"]),
    (allocated_but_not_bought, "sales_match_orders", "O2", ["bought 0 of SKU S3 at web, but 1 are allocated"]),
    (sold_to_a_cancelled_order, "sales_match_orders", "O5", ["is cancelled", "1 of SKU S2 at web sold"]),
    (sold_to_nobody, "sales_match_orders", "O99", ["1 of SKU S2 at web", "buyer C0", "does not exist"]),
    (line_never_allocated, "sales_match_orders", "O2", ["bought 1 of SKU S2 at web, but 0 are allocated"]),
    (hold_of_an_order_never_sold, "sales_match_orders", "O3", ["hold of 1 of SKU S2 at web", "60.0 s past its expiry"]),
    (leaked_hold, "no_leaked_hold", "O99", ["hold of 1 of SKU S2 at web", "buyer C7", "60.0 s past its"]),
    (never_packed, "paid_lines_are_in_one_parcel", "O2", ["bought 1 of SKU S2, but 0 are in 0 parcels"]),
    (packed_twice, "paid_lines_are_in_one_parcel", "O4", ["2 are in 2 parcels (O4-1, O4-2)"]),
    (split_over_two_parcels, "paid_lines_are_in_one_parcel", "O4", ["of SKU S1, but 2 are in 2 parcels (O4-0, O4-2)"]),
    (one_too_few_packed, "paid_lines_are_in_one_parcel", "O3", ["bought 2 of SKU S1, but 1 are in 1 parcels (O3-0)"]),
    (paid_and_recalled, "paid_lines_are_in_one_parcel", "O2", ["bought 2 of SKU S1, but 0 are in 0 parcels"]),
    (parcel_for_an_unpaid_order, "unpaid_orders_have_no_parcel", "O1", ["is placed", "O1-0 (packed)"]),
    (parcel_left_a_refunded_order, "unpaid_orders_have_no_parcel", "O6", ["is refunded", "O6-0 (created)"]),
    (recalled_with_a_unit_too_few, "recalled_parcels_hold_the_whole_order", "O6", ["but 0 are in 0 parcels"]),
    (recalled_from_an_unpaid_order, "recalled_parcels_hold_the_whole_order", "O1", ["is placed", "was recalled"]),
    (parcel_of_nobody, "unpaid_orders_have_no_parcel", "O99", ["does not exist", "O99-0"]),
    (plain_phone, "no_personal_data", "snapshot.parcels[0].waybill.remark", ["139****78"]),
]


@pytest.mark.parametrize(("plant", "invariant", "subject", "words"), PLANTS, ids=[row[0].__name__ for row in PLANTS])
def test_a_planted_fault_is_named_and_no_other_rule_fires(
    clean: Snapshot,
    find: Find,
    plant: Callable[[Snapshot, Find], None],
    invariant: str,
    subject: str,
    words: list[str],
) -> None:
    assert audit(clean).violations == ()
    plant(clean, find)
    found = within(audit(clean).violations)
    assert {violation.invariant for violation in found} == set(invariant.split())
    assert {violation.subject for violation in found} == {subject}
    for word in words:
        assert any(word in violation.message for violation in found), [violation.message for violation in found]


def test_every_rule_of_these_files_has_a_planted_fault() -> None:
    rules = (*STOCK_RULES, *FLASH_SALE_RULES, *PARCEL_RULES, *PRIVACY_RULES)
    assert {invariant.split()[0] for _, invariant, _, _ in PLANTS} == {rule.__name__ for rule in rules}


def test_units_allocated_from_a_place_that_does_not_exist_are_oversold(clean: Snapshot, find: Find) -> None:
    allocation_of_unknown_stock(clean, find)
    found = audit(clean).violations
    assert [violation.invariant for violation in found] == ["no_oversell", "counters_match_allocations"]
    assert "S2 at web is oversold by 4: 0 units, 4 promised" in found[0].message
    assert found[1].message == "SKU S2 at web: the counter says 0 sold, the allocations sum to 4."


def test_the_last_to_take_a_unit_too_many_is_told_by_time_not_by_the_order_of_the_export(
    clean: Snapshot, find: Find
) -> None:
    oversold(clean, find)
    find(clean, "allocations", order="O3", sku="S1")["expires_at"] += 1
    first = audit(clean)
    clean["allocations"].reverse()
    assert audit(clean) == first
    assert any("the last to order O3 of buyer C2" in violation.message for violation in first.violations)


def test_a_flash_sale_limit_counts_all_of_a_buyers_live_orders_and_no_ended_ones(new_books: Any) -> None:
    books = new_books()
    sale = books.sale(limit=4)
    line = books.line(quantity=3, place=f"flash:{sale}")
    books.order("paid", [line], flash_sale=sale)
    books.order("cancelled", [line], flash_sale=sale)
    assert audit(books.snapshot()).violations == ()
    books.order("placed", [line], flash_sale=sale)
    (violation,) = audit(books.snapshot()).violations
    assert violation.message == "Buyer C1 has 6 units of flash sale F1, the limit is 4: orders O1, O3."


@pytest.mark.parametrize(("late_s", "found"), [(4.9, 0), (5.1, 1)])
def test_a_hold_is_leaked_only_after_its_expiry_and_the_grace(new_books: Any, late_s: float, found: int) -> None:
    books = new_books()
    books.hold("O99", "C1", [books.line()], "held", expires_at=1_510_329_600.0 - late_s)
    assert len(audit(books.snapshot()).violations) == found
