"""How a system's day went: nothing is lost between the books' instants and the stretches a chart draws."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_platform.audit import audit
from mock_platform.audit.auditor import SYSTEMS
from mock_platform.audit.courses import COURSES, STRETCHES_MOST, WINDOW_S, Course, courses
from mock_platform.audit.exported_books import Books
from tests.mock_platform.audit.conftest import NOW, PACKED_AFTER_S

Snapshot = dict[str, Any]


def told(snapshot: Snapshot) -> Mapping[str, dict[str, Course]]:
    return {system: {course.name: course for course in went} for system, went in courses(Books(snapshot)).items()}


def at(course: Course, instant: float) -> int:
    return course.values[int((instant - course.begins_at) // course.every_s)]


def test_a_backlog_grows_and_drains(new_books: Any) -> None:
    """Twenty parcels are made at 10.0 to 11.9 s, ten a second, and sorted 15.0 s later, ten a second."""
    books = new_books()
    for _ in range(20):
        books.order("delivered")
    went = told(books.snapshot())["logistics"]
    made_at = NOW - 100 + PACKED_AFTER_S
    assert [at(went["parcels to sort"], made_at + second) for second in (0, 1, 2, 14, 15, 16, 17)] == [
        10, 20, 20, 20, 20, 10, 0,
    ]  # fmt: skip
    assert max(went["parcels on their way"].values) == 20


def test_units_of_a_flash_sale_go_and_come_back(new_books: Any) -> None:
    books = new_books()
    sale = books.sale(allotment=10)
    books.order("paid", [books.line(quantity=3, place=f"flash:{sale}")], flash_sale=sale)
    books.order("cancelled", [books.line(quantity=2, place=f"flash:{sale}")], flash_sale=sale)
    (course,) = told(books.snapshot())["flash sale"].values()
    assert course.kind == "level"
    assert course.values[-1] == 7


def test_what_waits_for_money_and_for_the_bank(clean: Snapshot) -> None:
    """All seven orders were placed at once; five seconds later six of them were paid or ended."""
    went = told(clean)
    waiting = went["checkout"]["orders awaiting payment"]
    assert [at(waiting, NOW - 100), at(waiting, NOW - 94)] == [7, 1]
    bank = went["payment"]["payments with the bank"]
    assert [at(bank, NOW - 100), at(bank, NOW - 94)] == [5, 0]


def test_every_system_named_here_is_audited_and_each_course_is_of_a_known_system(clean: Snapshot) -> None:
    assert set(COURSES) <= set(SYSTEMS)
    for report in audit(clean).systems:
        assert {course.name for course in report.courses} <= {name for name, _, _ in COURSES.get(report.system, ())}
    assert audit(clean).as_dict()["systems"][0]["courses"][0]["name"] == "orders awaiting payment"


def test_books_in_which_nothing_happened_have_no_course(new_books: Any) -> None:
    assert courses(Books(new_books().snapshot())) == {}


def test_a_history_that_says_nothing_stops_nobody(new_books: Any) -> None:
    books = new_books()
    sale = books.sale()
    books.order("cancelled", [books.line(place=f"flash:{sale}")], flash_sale=sale)
    books.rows["orders"][-1]["history"] = []
    assert told(books.snapshot())["flash sale"]


Stays = st.lists(st.tuples(st.floats(0, 20_000), st.floats(0, 20_000)), min_size=1, max_size=40)


@given(Stays)
def test_the_highest_of_a_level_is_the_true_one_however_long_the_stretches(stays: list[tuple[float, float]]) -> None:
    """Of what lies within the window; what was there before it is where the level begins."""
    row = {"buyer": "C1", "amount_fen": 1, "state": "posted"}
    payments = [
        {**row, "payment": f"P{n}", "order": f"O{n}", "key": f"k{n}",
         "history": [["pending", NOW + from_s], ["posted", NOW + from_s + lasts_s]]}
        for n, (from_s, lasts_s) in enumerate(stays)
    ]  # fmt: skip
    course = told({**EMPTY, "payments": payments})["payment"]["payments with the bank"]
    steps = sorted(step for from_s, lasts_s in stays for step in ((NOW + from_s, 1), (NOW + from_s + lasts_s, -1)))
    levels = list(accumulate(change for _, change in steps))
    within = [level for (instant, _), level in zip(steps, levels, strict=True) if instant >= course.begins_at]
    before = [level for (instant, _), level in zip(steps, levels, strict=True) if instant < course.begins_at]
    assert max(course.values) == max([*within, *before[-1:]])
    assert len(course.values) <= STRETCHES_MOST + 1
    assert course.every_s >= 1.0 and course.every_s * len(course.values) <= WINDOW_S + 2 * course.every_s


@given(st.lists(st.floats(0, 7_000), min_size=1, max_size=60))
def test_a_flow_loses_nothing(placed: list[float]) -> None:
    orders = [
        {"order": f"O{n}", "buyer": "till", "key": f"k{n}", "state": "collected", "payable_fen": 1, "flash_sale": None,
         "placed_at": NOW + at_s, "lines": [], "history": [["collected", NOW + at_s]], "tender": "cash"}
        for n, at_s in enumerate(placed)
    ]  # fmt: skip
    assert sum(told({**EMPTY, "orders": orders})["outlets"]["till sales"].values) == len(placed)


EMPTY: Snapshot = {
    "schema": 1, "taken_at": NOW, "settings": {"grace_s": 1.0},
    **{name: [] for name in ("stock", "allocations", "flash_sales", "orders", "payments", "bank", "parcels", "ledger",
                             "keys")},
    "pending": {"events": [], "payments": 0, "holds": 0},
}  # fmt: skip


@pytest.mark.parametrize("system", ["checkout", "flash sale", "payment"])
def test_figures_of_what_was_bought(clean: Snapshot, system: str) -> None:
    """O1 placed, O2 to O4 and O7 paid, O5 cancelled, O6 refunded; O7 bought 2 of F1's 10."""
    figures = next(report.figures for report in audit(clean).systems if report.system == system)
    assert (
        figures
        == {
            "checkout": {
                "placed_orders": 7,
                "paid_orders": 5,
                "ended_unpaid_orders": 1,
                "bought_units": 14,
                "placed_to_paid_median_s": 5.0,
                "refused_tries": 0,
                "refused_as_sold_out_tries": 0,
            },
            "flash sale": {
                "flash_sales": 1,
                "allotted_units": 10,
                "sold_units": 2,
                "sold_out_sales": 0,
                "first_sold_out_after_s": "none",
                "last_sold_out_after_s": "none",
            },
            "payment": {
                "asked_payments": 5,
                "posted_payments": 5,
                "declined_payments": 0,
                "captured_yuan": 70.0,
                "refunded_payments": 1,
                "refunded_yuan": 15.0,
                "bank_answered_median_s": 5.0,
                "bank_answered_slowest_s": 5.0,
            },
        }[system]
    )


def test_how_soon_a_sale_was_sold_out_counts_from_its_opening(new_books: Any) -> None:
    """The last of its units went 2.5 s after it opened; an order that ended later gave nothing that is missing."""
    books = new_books()
    sale = books.sale(allotment=4, limit=4)
    for after_s, state in ((1.0, "paid"), (2.5, "paid"), (9.0, "cancelled")):
        books.order(state, [books.line(place=f"flash:{sale}")], flash_sale=sale)
        books.rows["orders"][-1]["placed_at"] = NOW - 110 + after_s
    figures = next(report.figures for report in audit(books.snapshot()).systems if report.system == "flash sale")
    assert (figures["sold_units"], figures["sold_out_sales"], figures["last_sold_out_after_s"]) == (4, 1, 2.5)
