"""An honest shop is never accused: not in any state an order can be in, nor for what is still under way."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_platform.audit import INVARIANTS, AuditError, audit
from mock_platform.audit.auditor import VIOLATIONS_NAMED

Books = Any
NewBooks = Callable[[], Any]


def late_payment_refunding(books: Books, repaid: bool) -> None:
    order = books.order("cancelled", payment="refunding")
    books.event("refund_requested", order)
    if repaid:
        books.rows["bank"][-1]["refunded_fen"] = books.rows["bank"][-1]["captured_fen"]


def refunding(books: Books, repaid: bool) -> None:
    order = books.order("refunded", payment="refunding")
    books.event("refund_requested", order)
    books.hold(order, "C1", books.rows["orders"][-1]["lines"], "sold")
    if repaid:
        books.rows["bank"][-1]["refunded_fen"] = books.rows["bank"][-1]["captured_fen"]


def just_cancelled(books: Books, state: str) -> None:
    order = books.order("cancelled")
    books.event("order_cancelled", order)
    books.hold(order, "C1", books.rows["orders"][-1]["lines"], state)


def not_heard_from_the_bank(books: Books, captured: bool) -> None:
    books.order("placed", payment="pending")
    if captured:
        books.rows["bank"][-1] |= {"captures": 1, "captured_fen": books.rows["bank"][-1]["captured_fen"] or 1000}


def all_in_one_instant(books: Books) -> None:
    books.order("refunded")
    for row in (books.rows["orders"][-1], books.rows["payments"][-1]):
        row["history"] = [[state, row["history"][0][1]] for state, _ in row["history"]]


def just_paid(books: Books) -> None:
    books.event("order_paid", books.order("paid", packed=False))


def flash_order(books: Books, quantity: int) -> None:
    sale = books.sale(limit=4)
    for buyer in ("C1", "C2"):
        line = books.line(quantity=quantity, place=f"flash:{sale}")
        books.order("paid", [line], buyer=buyer, flash_sale=sale)


def sold_out(books: Books) -> None:
    sale = books.sale(allotment=2)
    books.order("paid", [books.line(place=f"flash:{sale}")], flash_sale=sale)


def checkout_under_way(books: Books) -> None:
    """Keys claimed and units held, and no order yet; or refused; or given back by expiry."""
    books.key("C1", "run/0/a", "claimed", "O-to-be")
    books.hold("O-to-be", "C1", [books.line()], "held")
    books.key("C1", "run/0/b", refusal={"code": "sold_out", "message": "none left"})
    books.key("C1", "run/0/c", refusal="sold_out", order="O-never")


LINES = [("S1", 2, "M1"), ("S2", 1, "M2"), ("S3", 3, "M1")]
HONEST: dict[str, Callable[[Books], Any]] = {
    **{
        f"{state}, {count} lines": lambda books, state=state, count=count: books.order(
            state, [books.line(sku, quantity, merchant=merchant) for sku, quantity, merchant in LINES[:count]]
        )
        for state in ("placed", "paid", "shipped", "delivered", "cancelled", "refunded")
        for count in (1, 2, 3)
    },
    "held, not sold yet": lambda books: books.order("placed", allocated="held"),
    "declined": lambda books: books.order("cancelled", payment="voided"),
    "paid too late and paid back": lambda books: books.order("cancelled", payment="refunded"),
    "paid too late": lambda books: late_payment_refunding(books, repaid=False),
    "paid too late, repaid, not booked": lambda books: late_payment_refunding(books, repaid=True),
    "cancelled while the bank decides": lambda books: books.order("cancelled", payment="pending"),
    "refunding": lambda books: refunding(books, repaid=False),
    "refunding, repaid, not booked": lambda books: refunding(books, repaid=True),
    "just cancelled": lambda books: just_cancelled(books, "sold"),
    "just cancelled, held": lambda books: just_cancelled(books, "held"),
    "asked the bank": lambda books: not_heard_from_the_bank(books, captured=False),
    "captured, callback lost": lambda books: not_heard_from_the_bank(books, captured=True),
    "just paid": just_paid,
    "all in one instant": all_in_one_instant,
    "flash": lambda books: flash_order(books, 1),
    "flash, up to the limit": lambda books: flash_order(books, 4),
    "flash, to the last unit": sold_out,
    "checkout under way": checkout_under_way,
}


@pytest.mark.parametrize("scene", HONEST)
def test_honest_books_are_clean(new_books: NewBooks, scene: str) -> None:
    books = new_books()
    HONEST[scene](books)
    report = audit(books.snapshot())
    assert report.violations == ()


@given(scenes=st.lists(st.sampled_from(list(HONEST)), max_size=12), restocked=st.integers(0, 30))
@settings(max_examples=150)
def test_any_mix_of_honest_books_is_clean(new_books: NewBooks, scenes: list[str], restocked: int) -> None:
    books = new_books()
    once = {"checkout under way"}  # its keys have fixed names
    for scene in [scene for scene in scenes if scene not in once] + sorted(once & set(scenes)):
        HONEST[scene](books)
    books.restocked["S1", "web"] = 100 + restocked
    report = audit(books.snapshot())
    assert report.violations == ()
    assert report.checked == len(INVARIANTS) == len(report.invariants)


def test_an_empty_shop_is_clean_and_says_what_was_checked(new_books: NewBooks) -> None:
    report = audit(new_books().snapshot()).as_dict()
    assert report["violations"] == []
    assert report["checked"] == len(report["invariants"]) == len(set(report["invariants"])) >= 20


def test_a_report_is_the_same_however_the_export_is_ordered(new_books: NewBooks) -> None:
    books = new_books()
    for state in ("placed", "paid", "refunded") * 10:
        books.order(state)
    snapshot = books.snapshot()
    for order in snapshot["orders"]:
        order["payable_fen"] += 1
    first = audit(snapshot)
    for name in ("orders", "ledger", "payments", "allocations", "keys"):
        random.Random(11).shuffle(snapshot[name])
    assert audit(snapshot) == first
    assert first.violations


def test_one_cause_does_not_bury_the_others(new_books: NewBooks) -> None:
    books = new_books()
    for _ in range(100):
        books.order("cancelled")
    snapshot = books.snapshot()
    for order in snapshot["orders"]:
        order["payable_fen"] += 1
    snapshot["stock"][0]["free"] += 1
    report = audit(snapshot)
    sums = [violation for violation in report.violations if violation.invariant == "payable_is_the_sum_of_lines"]
    assert len(sums) == VIOLATIONS_NAMED + 1
    assert sums[-1].message == f"{100 - VIOLATIONS_NAMED} more violations like these."
    assert "stock_adds_up" in {violation.invariant for violation in report.violations}


def test_an_audit_leaves_the_snapshot_as_it_was(new_books: NewBooks) -> None:
    books = new_books()
    books.order("paid")
    before = repr(books.snapshot())
    snapshot = books.snapshot()
    audit(snapshot)
    assert repr(snapshot) == before


def lack(*path: Any) -> Callable[[Any], None]:
    def take(snapshot: Any) -> None:
        for step in path[:-1]:
            snapshot = snapshot[step]
        del snapshot[path[-1]]

    return take


def spoil(value: Any, *path: Any) -> Callable[[Any], None]:
    def put(snapshot: Any) -> None:
        for step in path[:-1]:
            snapshot = snapshot[step]
        snapshot[path[-1]] = value

    return put


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lack("orders"), "missing required field `orders`"),
        (lack("taken_at"), "missing required field `taken_at`"),
        (lack("settings", "grace_s"), r"`grace_s` - at `\$\.settings`"),
        (lack("stock", 0, "free"), r"`free` - at `\$\.stock"),
        (lack("orders", 0, "lines", 0, "place"), r"`place` - at `\$\.orders"),
        (spoil("many", "stock", 0, "sold"), r"Expected `int`, got `str` - at `\$\.stock.*\.sold`"),
        (spoil("lost", "allocations", 0, "state"), "Invalid enum value 'lost'"),
        (spoil(None, "ledger"), "Expected `array`, got `null`"),
        (spoil(2, "schema"), "its schema is 2, this audit reads 1"),
    ],
)
def test_a_snapshot_that_cannot_be_read_is_refused_in_one_sentence(
    new_books: NewBooks, damage: Callable[[Any], None], says: str
) -> None:
    books = new_books()
    books.order("paid")
    snapshot = books.snapshot()
    damage(snapshot)
    with pytest.raises(AuditError, match=rf"^The snapshot cannot be audited: .*{says}.*\.$"):
        audit(snapshot)


def test_something_that_is_no_snapshot_at_all_is_refused() -> None:
    with pytest.raises(AuditError, match="Expected `object`, got `array`"):
        audit([])  # type: ignore[arg-type]
