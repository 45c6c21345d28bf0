"""Every fault of data protection, planted alone in clean books, is named, and no other rule fires."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_platform.audit import Evidence, audit
from mock_platform.audit.data_protection_rules import RULES
from mock_platform.domain.customer import Customer
from mock_platform.domain.shipment import waybill_for
from mock_platform.domain.traces import Traces
from tests.mock_platform.audit.planting import within

Snapshot = dict[str, Any]
Find = Callable[..., Any]
NOW = 1_510_329_600.0
WANG = Customer("C2", "王小明", "13912345678", "杭州市", "浙江省杭州市西湖区文三路1号101室")
MASKED = {"name": "王**", "phone": "139****5678", "address": "浙江省杭州市****"}


def log_row(number: int, **changes: Any) -> dict[str, Any]:
    row = {"number": number, "at": NOW - 50 + number, "who": "customer", "why": "export", "customer": "C1"}
    return {**row, "request": f"X{number}", **changes}


@pytest.fixture
def guarded(clean: Snapshot) -> Snapshot:
    """Clean books of a shop of four customers, of whom C4 was erased; five clear reads; one rotation done."""
    for parcel in clean["parcels"]:
        parcel["waybill"] = dict(MASKED)
    rows = [log_row(number) for number in range(3, 5)] + [log_row(5, who="operator", why="support")]
    return clean | {
        "personal_data": [
            {
                "customers": 4,
                "values": 12,
                "data_keys_given_out": 5,
                "exports": 4,
                "exports_replayed": 0,
                "exports_refused": 1,
                "waybills_emptied": 2,
                "rotations": 1,
                "is_rotating": False,
                "rotating_since": 0.0,
            }
        ],
        "master_keys": [
            {"key": "K1", "state": "destroyed", "data_keys": 0},
            {"key": "K2", "state": "active", "data_keys": 3},
        ],
        "clear_reads": [
            {"who": "customer", "why": "export", "count": 4},
            {"who": "operator", "why": "support", "count": 1},
        ],
        "access_log": rows,
        "erasures": [{"erasure": "E1", "customer": "C4", "erased_at": NOW - 40}],
    }


def evidence(*log: str) -> Evidence:
    traces = Traces(b"secret" * 4)
    for _ in range(4):  # as many values as the guarded books' customers have
        traces.learn(WANG, waybill_for(WANG))
    return Evidence(traces, {"log": log})


def address_in_a_remark(books: Snapshot, find: Find) -> None:
    find(books, "orders", order="O2")["remark"] = {"courier": [f"leave at {WANG.address}"]}


def name_on_a_waybill(books: Snapshot, find: Find) -> None:
    find(books, "parcels", parcel="O2-0")["waybill"]["name"] = WANG.name


def whole_address_of_a_stranger(books: Snapshot, find: Find) -> None:
    find(books, "parcels", parcel="O2-0")["waybill"]["address"] = "北京市海淀区中关村大街1号"


def street_before_the_mask(books: Snapshot, find: Find) -> None:
    find(books, "parcels", parcel="O2-0")["waybill"]["address"] = "浙江省杭州市西湖区文三路****"


def key_given_out_without_a_row(books: Snapshot, find: Find) -> None:
    books["personal_data"][0]["data_keys_given_out"] = 6


def row_taken_out(books: Snapshot, find: Find) -> None:
    del books["access_log"][1]


def log_cut_short(books: Snapshot, find: Find) -> None:
    del books["access_log"][-1]


def log_emptied(books: Snapshot, find: Find) -> None:
    books["access_log"] = []


def read_for_no_reason(books: Snapshot, find: Find) -> None:
    books["access_log"][-1]["why"] = "curiosity"


def erased_and_read(books: Snapshot, find: Find) -> None:
    find(books, "access_log", number=4).update(customer="C4", at=NOW - 30)


def erased_and_on_a_new_waybill(books: Snapshot, find: Find) -> None:
    find(books, "orders", order="O2")["buyer"] = "C4"
    find(books, "keys", order="O2")["buyer"] = "C4"
    for table in ("allocations", "payments"):
        for row in books[table]:
            if row["order"] == "O2":
                row["buyer"] = "C4"
    for parcel in books["parcels"]:
        if parcel["order"] == "O2":
            parcel["history"] = [[state, NOW - 10] for state, _ in parcel["history"]]


def erased_and_buying(books: Snapshot, find: Find) -> None:
    find(books, "orders", order="O7")["placed_at"] = NOW - 10
    find(books, "orders", order="O7")["buyer"] = "C4"
    find(books, "keys", order="O7")["buyer"] = "C4"
    for table in ("allocations", "payments"):
        for row in books[table]:
            if row["order"] == "O7":
                row["buyer"] = "C4"


def erased_and_on_an_old_waybill(books: Snapshot, find: Find) -> None:
    buyer = find(books, "orders", order="O4")["buyer"]
    books["erasures"][0].update(customer=buyer, erased_at=NOW - 15.5)


def under_a_destroyed_key(books: Snapshot, find: Find) -> None:
    books["master_keys"][0]["data_keys"], books["master_keys"][1]["data_keys"] = 1, 2


def never_retired(books: Snapshot, find: Find) -> None:
    books["master_keys"][0].update(state="retiring")


def rotation_that_does_not_end(books: Snapshot, find: Find) -> None:
    books["master_keys"][0].update(state="retiring", data_keys=1)
    books["master_keys"][1]["data_keys"] = 2
    books["personal_data"][0].update(is_rotating=True, rotating_since=NOW - 61.0)


def looked_for_too_little(books: Snapshot, find: Find) -> None:
    books["personal_data"][0]["customers"] = 5
    books["master_keys"][1]["data_keys"] = 4


def two_active(books: Snapshot, find: Find) -> None:
    books["master_keys"][0].update(state="active")


def erased_with_a_data_key(books: Snapshot, find: Find) -> None:
    books["master_keys"][1]["data_keys"] = 4


PLANTS: list[tuple[Callable[[Snapshot, Find], None], str, str, str]] = [
    (
        address_in_a_remark,
        "no_seeded_value_in_the_clear",
        "snapshot.orders[1].remark.courier[0]",
        "a customer's address in the clear: 浙江省杭州市****",
    ),
    (
        name_on_a_waybill,
        "no_seeded_value_in_the_clear waybills_are_masked",
        "snapshot.parcels[0].waybill.name, O2-0",
        "shows more than a mask: name",
    ),
    (whole_address_of_a_stranger, "waybills_are_masked", "O2-0", "shows more than a mask: address"),
    (street_before_the_mask, "waybills_are_masked", "O2-0", "shows more than a mask: address"),
    (key_given_out_without_a_row, "every_clear_read_is_logged", "access log", "6 data keys were given out, 5 reads"),
    (row_taken_out, "every_clear_read_is_logged", "row 5", "Row 5 of the access log follows row 3"),
    (log_cut_short, "every_clear_read_is_logged", "access log", "The last row is number 4, 5 clear reads"),
    (log_emptied, "every_clear_read_is_logged", "access log", "5 clear reads are counted, and no row is there"),
    (read_for_no_reason, "every_clear_read_is_logged", "row 5", "for 'curiosity', which is no reason"),
    (erased_and_read, "the_erased_are_not_read", "C4", "C4 was read in the clear 10.0 s after being erased, row 4"),
    (erased_and_on_a_new_waybill, "the_erased_are_on_no_new_waybill", "O2-0, O2-1", "made 30.0 s after its buyer"),
    (
        erased_and_on_an_old_waybill,
        "the_erased_are_on_no_waybill_that_arrived",
        "O4-0, O4-1",
        "ended 15.5 s ago, and still shows its buyer",
    ),
    (erased_and_buying, "the_erased_buy_nothing", "O7", "placed 30.0 s after its buyer C4 was erased"),
    (under_a_destroyed_key, "retired_keys_are_empty", "K1", "1 data keys are wrapped by K1, which is destroyed"),
    (never_retired, "retired_keys_are_empty", "K1", "no rotation is under way"),
    (rotation_that_does_not_end, "rotations_end", "master keys", "a rotation is under way for 61 s"),
    (looked_for_too_little, "every_value_is_looked_for", "scan", "12 values of 5 customers"),
    (two_active, "retired_keys_are_empty", "master keys", "2 master keys are active: K1, K2"),
    (erased_with_a_data_key, "retired_keys_are_empty", "master keys", "of whom 1 are erased, have 4 data keys"),
]


@pytest.mark.parametrize(("plant", "invariants", "subjects", "words"), PLANTS, ids=[row[0].__name__ for row in PLANTS])
def test_a_planted_fault_is_named_and_no_other_rule_fires(
    guarded: Snapshot,
    find: Find,
    plant: Callable[[Snapshot, Find], None],
    invariants: str,
    subjects: str,
    words: str,
) -> None:
    assert audit(guarded, evidence()).violations == ()
    plant(guarded, find)
    found = within(audit(guarded, evidence()).violations)
    assert {violation.invariant for violation in found} == set(invariants.split())
    assert {violation.subject for violation in found} == set(subjects.split(", "))
    assert any(words in violation.message for violation in found), [violation.message for violation in found]
    for value in (WANG.name, WANG.phone, WANG.address):
        assert not any(value in violation.message for violation in found)


def test_every_rule_of_the_file_has_a_planted_fault() -> None:
    assert {name for _, invariants, _, _ in PLANTS for name in invariants.split()} == {rule.__name__ for rule in RULES}


def test_a_value_in_the_log_is_named_with_its_line(guarded: Snapshot) -> None:
    report = audit(guarded, evidence("all is well", f"could not deliver to {WANG.name}", "all is well again"))
    (violation,) = report.violations
    assert violation.subject == "log line 2"
    assert violation.message == "log line 2 shows a customer's name in the clear: 王**."


def test_a_key_being_retired_is_right_while_it_is_rotated(guarded: Snapshot) -> None:
    guarded["master_keys"][0].update(state="retiring", data_keys=1)
    guarded["master_keys"][1]["data_keys"] = 2
    guarded["personal_data"][0].update(is_rotating=True, rotating_since=NOW - 60.0)
    assert audit(guarded, evidence()).violations == ()


def test_a_parcel_made_before_the_erasure_keeps_its_mask(guarded: Snapshot, find: Find) -> None:
    erased_and_on_a_new_waybill(guarded, find)
    for parcel in guarded["parcels"]:
        if parcel["order"] == "O2":
            parcel["history"] = [[state, NOW - 41] for state, _ in parcel["history"]]
    assert audit(guarded, evidence()).violations == ()


def test_a_parcel_that_arrived_a_moment_ago_may_keep_its_mask_and_one_under_way_its_own(
    guarded: Snapshot, find: Find
) -> None:
    erased_and_on_an_old_waybill(guarded, find)
    guarded["erasures"][0]["erased_at"] = NOW - 15.0
    assert audit(guarded, evidence()).violations == ()
    guarded["erasures"][0].update(customer=find(guarded, "orders", order="O3")["buyer"], erased_at=NOW - 90.0)
    assert find(guarded, "parcels", parcel="O3-0")["state"] == "in_transit"
    assert audit(guarded, evidence()).violations == ()


def test_the_figures_tell_what_was_read_and_looked_at(guarded: Snapshot) -> None:
    (report,) = [each for each in audit(guarded, evidence("a", "b")).systems if each.system == "data protection"]
    assert report.figures == {
        "clear reads by customer for export": 4,
        "clear reads by operator for support": 1,
        "exports": 4,
        "key rotations": 1,
        "erasures": 1,
        "waybills emptied": 2,
        "values looked for": 12,
        "log lines scanned": 2,
        "leaks": 0,
    }


def test_a_log_nobody_could_read_is_told_as_such(guarded: Snapshot) -> None:
    traces = evidence().traces
    (report,) = [
        each
        for each in audit(guarded, Evidence(traces, {"metrics": ["a"], "log": None})).systems
        if each.system == "data protection"
    ]
    assert report.figures["log"] == "not scanned: it goes to no file"
    assert report.figures["metrics lines scanned"] == 1


def test_without_evidence_nothing_is_looked_for_and_the_figures_say_so(guarded: Snapshot, find: Find) -> None:
    address_in_a_remark(guarded, find)
    report = audit(guarded)
    assert report.violations == ()
    (own,) = [each for each in report.systems if each.system == "data protection"]
    assert own.figures["values looked for"] == 0
