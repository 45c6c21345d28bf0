"""Every way a shop can break its word to a buyer is found and named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from loadtests.judgement import reconcile_promises
from loadtests.judgement.export import ExportError
from loadtests.judgement.reconcile import INVARIANTS, VIOLATIONS_NAMED, Reconciliation, reconcile
from loadtests.record.journal import as_entries

RUN = "20171111T000000-double11"
BUYER = "C0000042"
ORDER_KEY, PAY_KEY = f"{RUN}/1/7", f"{RUN}/1/8"

Record = dict[str, Any]


def told(step: str, state: str, **more: Any) -> Record:
    key = ORDER_KEY if step == "order" else PAY_KEY
    return {"at": 1.0, "buyer": BUYER, "key": key, "step": step, "state": state, "amount_fen": 19900} | more


def journal() -> list[Record]:
    """One buyer places one order and sees it paid."""
    return [
        told("order", "trying"),
        told("order", "placed", order="O1"),
        told("pay", "trying", order="O1"),
        told("pay", "pending", order="O1", payment="P1"),
        told("pay", "paid", order="O1", payment="P1"),
    ]


def export() -> Record:
    return {
        "schema": 1,
        "orders": [
            {"order": "O1", "buyer": BUYER, "key": ORDER_KEY, "state": "paid", "payable_fen": 19900},
            {"order": "O9", "buyer": BUYER, "key": "by hand/0/1", "state": "placed", "payable_fen": 100},
        ],
        "payments": [{"payment": "P1", "order": "O1", "key": PAY_KEY, "amount_fen": 19900, "state": "posted"}],
        "bank": [{"payment": "P1", "order": "O1", "captures": 1, "captured_fen": 19900, "refunded_fen": 0}],
    }


def judge(lines: list[Record], books: Record, lost_workers: frozenset[int] = frozenset()) -> Reconciliation:
    return reconcile(RUN, as_entries(lines), books, lost_workers)


def found(result: Reconciliation) -> list[tuple[str, str]]:
    return [(violation.invariant, violation.subject) for violation in result.violations]


def test_a_kept_promise_is_no_violation_and_other_runs_orders_are_not_ours() -> None:
    result = judge(journal(), export())
    assert result.violations == ()
    assert result.explained == {"orders_tried": 1, "payments_tried": 1}
    assert result.checked == len(INVARIANTS) == len(result.as_dict()["invariants"])


# Each break is done to the journal and the books of the kept promise above.


def lose_the_order(lines: list[Record], books: Record) -> None:
    del lines[2:], books["orders"][0], books["payments"][:], books["bank"][:]


def give_the_order_to_another(lines: list[Record], books: Record) -> None:
    books["orders"][0]["buyer"] = "C0000043"


def put_another_order_under_the_key(lines: list[Record], books: Record) -> None:
    del lines[2:]
    books["orders"][0]["order"] = "O2"


def double_the_order(lines: list[Record], books: Record) -> None:
    books["orders"].append(books["orders"][0] | {"order": "O2"})


def tell_two_orders(lines: list[Record], books: Record) -> None:
    lines.insert(2, told("order", "placed", order="O2"))


def invent_an_order(lines: list[Record], books: Record) -> None:
    books["orders"].append(books["orders"][0] | {"order": "O3", "key": f"{RUN}/2/1"})


def change_the_amount(lines: list[Record], books: Record) -> None:
    books["orders"][0]["payable_fen"] = 19901


def change_the_amount_nobody_told(lines: list[Record], books: Record) -> None:
    lines[1] = told("order", "unknown")
    books["orders"][0]["payable_fen"] = 19901


def change_the_amount_of_the_payment(lines: list[Record], books: Record) -> None:
    books["payments"][0]["amount_fen"] = 19901


def order_despite_refusal(lines: list[Record], books: Record) -> None:
    lines[1:] = [told("order", "refused", code="sold_out")]


def forget_that_it_was_paid(lines: list[Record], books: Record) -> None:
    books["orders"][0]["state"] = "cancelled"


def forget_the_payment(lines: list[Record], books: Record) -> None:
    books["payments"].clear()


def void_the_payment_after_all(lines: list[Record], books: Record) -> None:
    books["payments"][0]["state"] = "voided"


def charge_though_declined(lines: list[Record], books: Record) -> None:
    lines[4] = told("pay", "declined", order="O1", payment="P1", code="insufficient_funds")


def charge_at_the_bank_alone_though_declined(lines: list[Record], books: Record) -> None:
    charge_though_declined(lines, books)
    books["payments"][0]["state"] = "voided"


def charge_though_refused(lines: list[Record], books: Record) -> None:
    lines[3:] = [told("pay", "refused", order="O1", code="already_paid")]


def say_yes_then_no(lines: list[Record], books: Record) -> None:
    lines.insert(2, told("order", "refused", code="sold_out"))


def say_paid_then_declined(lines: list[Record], books: Record) -> None:
    lines.append(told("pay", "declined", order="O1", payment="P1"))


BREAKS: list[tuple[Callable[[list[Record], Record], None], str, str, list[str]]] = [
    (lose_the_order, "lost_order", ORDER_KEY, [BUYER, "O1", "19900 fen", "has none"]),
    (give_the_order_to_another, "lost_order", ORDER_KEY, [BUYER, "O1 of buyer C0000043"]),
    (put_another_order_under_the_key, "lost_order", ORDER_KEY, ["was told order O1", "has O2 of buyer"]),
    (double_the_order, "doubled_order", ORDER_KEY, ["O1 (19900 fen) and O2 (19900 fen)", BUYER]),
    (tell_two_orders, "doubled_order", ORDER_KEY, ["told O1 and O2", "has O1 (19900 fen)"]),
    (invent_an_order, "phantom_order", f"{RUN}/2/1", ["O3", "19900 fen", BUYER]),
    (change_the_amount, "wrong_amount", ORDER_KEY, ["was told 19900 fen", "O1 over 19901 fen"]),
    (change_the_amount_nobody_told, "wrong_amount", ORDER_KEY, ["asked for 19900 fen", "over 19901 fen"]),
    (change_the_amount_of_the_payment, "wrong_amount", PAY_KEY, ["with 19900 fen", "P1 over 19901 fen"]),
    (order_despite_refusal, "order_despite_refusal", ORDER_KEY, ["sold_out", "O1", "19900 fen"]),
    (forget_that_it_was_paid, "lost_payment", PAY_KEY, ["O1", "19900 fen", "cancelled"]),
    (forget_the_payment, "lost_payment", PAY_KEY, ["O1", "no such payment"]),
    (void_the_payment_after_all, "lost_payment", PAY_KEY, ["O1", "P1 as voided"]),
    (charge_though_declined, "charge_despite_refusal", PAY_KEY, ["insufficient_funds", "P1 took 19900 fen"]),
    (charge_at_the_bank_alone_though_declined, "charge_despite_refusal", PAY_KEY, ["P1 took 19900 fen"]),
    (charge_though_refused, "charge_despite_refusal", PAY_KEY, ["already_paid", "O1", "P1 took 19900 fen"]),
    (say_yes_then_no, "changed_answer", ORDER_KEY, [BUYER, ORDER_KEY]),
    (say_paid_then_declined, "changed_answer", PAY_KEY, [BUYER, PAY_KEY]),
]


@pytest.mark.parametrize(
    ("break_it", "invariant", "subject", "words"), BREAKS, ids=lambda value: getattr(value, "__name__", str(value)[:40])
)
def test_a_broken_promise_is_named(
    break_it: Callable[[list[Record], Record], None], invariant: str, subject: str, words: list[str]
) -> None:
    lines, books = journal(), export()
    break_it(lines, books)
    result = judge(lines, books)
    assert found(result) == [(invariant, subject)]
    for word in words:
        assert word in result.violations[0].message
    assert result.as_dict()["violations"][0]["invariant"] == invariant


def test_every_invariant_is_broken_by_a_test() -> None:
    """Those of refunds, hand-overs, coupons and settlements are broken in test_reconcile_promises.py."""
    assert {invariant for _, invariant, _, _ in BREAKS} == set(INVARIANTS) - set(reconcile_promises.INVARIANTS)


def test_an_order_that_vanished_with_its_payment_is_lost_twice() -> None:
    books = export()
    del books["orders"][0]
    assert found(judge(journal(), books)) == [("lost_order", ORDER_KEY), ("lost_payment", PAY_KEY)]


@pytest.mark.parametrize("state", ["refunding", "refunded"])
def test_a_payment_that_came_after_its_order_was_cancelled_is_given_back_not_lost(state: str) -> None:
    books = export()
    books["orders"][0]["state"] = "cancelled"
    books["payments"][0]["state"] = state
    result = judge(journal(), books)
    assert result.violations == ()
    assert result.explained["paid_then_refunded"] == 1


def test_a_declined_payment_that_is_being_given_back_is_no_charge() -> None:
    lines, books = journal(), export()
    charge_though_declined(lines, books)
    books["payments"][0]["state"] = "refunding"
    assert judge(lines, books).violations == ()


@pytest.mark.parametrize(("in_the_books", "name"), [(True, "placed"), (False, "not_placed")])
def test_an_answer_that_never_came_is_looked_up_and_counted(in_the_books: bool, name: str) -> None:
    books = export()
    if not in_the_books:
        del books["orders"][0]
    result = judge([told("order", "trying"), told("order", "unknown")], books)
    assert result.violations == ()
    assert result.explained[f"unknown_order_{name}"] == 1


@pytest.mark.parametrize(("state", "name"), [("posted", "charged"), ("voided", "not_charged")])
def test_a_payment_whose_end_nobody_saw_is_looked_up_and_counted(state: str, name: str) -> None:
    books = export()
    books["payments"][0]["state"] = state
    books["bank"][0]["captured_fen"] = 19900 if state == "posted" else 0
    result = judge(journal()[:4], books)
    assert result.violations == ()
    assert result.explained[f"unknown_payment_{name}"] == 1


def test_a_lost_worker_excuses_what_it_could_not_write_down_and_it_is_counted() -> None:
    lines, books = [told("order", "refused", code="overloaded")], export()
    books["orders"].append(books["orders"][0] | {"order": "O3", "key": f"{RUN}/1/9"})
    assert found(judge(lines, books)) == [
        ("phantom_order", f"{RUN}/1/9"),
        ("order_despite_refusal", ORDER_KEY),
    ]
    result = judge(lines, books, frozenset({1}))
    assert result.violations == ()
    assert result.explained["lost_worker_orders"] == 2


def test_a_lost_worker_does_not_excuse_other_workers_or_broken_promises() -> None:
    books = export()
    books["orders"][0] |= {"order": "O3", "key": f"{RUN}/11/1"}
    assert found(judge(journal()[:2], books, frozenset({1}))) == [
        ("lost_order", ORDER_KEY),
        ("phantom_order", f"{RUN}/11/1"),
    ]


def test_a_lost_worker_excuses_a_charge_it_may_have_learned_of_too_late() -> None:
    lines, books = journal(), export()
    charge_though_refused(lines, books)
    result = judge(lines, books, frozenset({1}))
    assert result.violations == ()
    assert result.explained["lost_worker_payments"] == 1


def test_an_order_under_the_runs_name_that_no_worker_made_is_never_excused() -> None:
    books = export()
    books["orders"].append(books["orders"][0] | {"order": "O3", "key": f"{RUN}/by hand"})
    assert found(judge(journal(), books, frozenset({1, 2}))) == [("phantom_order", f"{RUN}/by hand")]


def test_a_declined_payment_the_bank_never_heard_of_is_no_charge() -> None:
    lines, books = journal(), export()
    charge_though_declined(lines, books)
    books["payments"][0]["state"] = "voided"
    books["bank"].clear()
    assert judge(lines, books).violations == ()


def test_a_buyer_who_did_not_know_the_price_is_not_told_a_wrong_one() -> None:
    assert judge([told("order", "unknown", amount_fen=0)], export()).violations == ()


def test_a_lost_table_is_named_in_part_and_counted_in_full() -> None:
    lines = [told("order", "placed", key=f"{RUN}/0/{n}", order=f"O{n}") for n in range(100)]
    result = judge(lines, export() | {"orders": []})
    assert len(result.violations) == VIOLATIONS_NAMED + 1
    assert result.violations[-1].message == f"{100 - VIOLATIONS_NAMED} more violations like these."


def test_the_order_of_the_books_does_not_change_the_report() -> None:
    lines, books = journal(), export()
    books["orders"] += [books["orders"][0] | {"order": f"O{n}", "key": f"{RUN}/2/{n}"} for n in range(5)]
    turned = books | {"orders": books["orders"][::-1]}
    assert judge(lines, books) == judge(lines, turned)


@pytest.mark.parametrize("missing", ["orders", "payments", "bank"])
def test_an_export_that_lacks_a_list_is_refused_in_one_sentence(missing: str) -> None:
    books = export()
    del books[missing]
    with pytest.raises(ExportError, match=f"cannot be held against the journal: .*`{missing}`"):
        judge(journal(), books)
