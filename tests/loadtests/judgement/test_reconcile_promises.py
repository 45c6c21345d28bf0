"""Money back, goods handed over, coupons, settlements: every way to break such a promise is found and named."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.judgement.reconcile import Reconciliation, reconcile
from loadtests.judgement.reconcile_promises import INVARIANTS
from loadtests.record.journal import as_entries

RUN = "20171111T000000-double11"
Record = dict[str, Any]


def told(step: str, state: str, n: int, **more: Any) -> Record:
    key = f"{RUN}/{more.pop('worker', 1)}/{n}"
    return {"at": 1.0, "buyer": "C1", "key": key, "step": step, "state": state, "amount_fen": 900} | more


def bought(n: int) -> list[Record]:
    return [told("order", "trying", n), told("order", "placed", n, order=f"O{n}")]


def journal() -> list[Record]:
    """O1 is given up and paid back, O2 is fetched; a coupon is claimed, asked for twice; a settlement is stated."""
    coupon = told("claim", "claimed", 7, subject="K1")
    return [
        *bought(1),
        *bought(2),
        told("refund", "trying", 3, order="O1"),
        told("refund", "refunded", 3, order="O1"),
        told("collect", "trying", 4, order="O2", buyer="till/D1"),
        told("collect", "collected", 4, order="O2", buyer="till/D1"),
        told("claim", "trying", 7),
        coupon,
        coupon | {"replayed": True},
        told("settle", "stated", 8, buyer="M1", subject="B1", amount_fen=882),
    ]


def row(n: int, state: str) -> Record:
    key = f"{RUN}/1/{n}"
    return {"order": f"O{n}", "buyer": "C1", "key": key, "state": state, "payable_fen": 900, "outlet": "D1"}


def export() -> Record:
    paid = {"key": "k", "amount_fen": 900}
    return {
        "orders": [row(1, "refunded"), row(2, "collected")],
        "payments": [
            {"payment": "P1", "order": "O1", "state": "refunded", **paid},
            {"payment": "P2", "order": "O2", "state": "posted", **paid},
        ],
        "bank": [
            {"payment": "P1", "captured_fen": 900, "refunded_fen": 900},
            {"payment": "P2", "captured_fen": 900, "refunded_fen": 0},
        ],
        "pickups": [{"order": "O1", "state": "withdrawn"}, {"order": "O2", "state": "collected"}],
        "coupons": [{"coupon": "K1", "buyer": "C1"}],
        "settlements": [{"settlement": "B1", "statements": [{"merchant": "M1", "net_fen": 882}]}],
    }


def judge(lines: list[Record], books: Record, lost: frozenset[int] = frozenset()) -> Reconciliation:
    return reconcile(RUN, as_entries(lines), books, lost)


def test_kept_promises_are_no_violations_and_are_counted() -> None:
    result = judge(journal(), export())
    assert result.violations == ()
    assert result.explained == {
        "orders_tried": 2, "payments_tried": 0, "refunds_tried": 1, "collections_tried": 1, "claims_tried": 1
    } | {"payments_tried": 0}  # fmt: skip


def refund_forgotten(lines: list[Record], books: Record) -> None:
    books["orders"][0]["state"] = "paid"
    books["pickups"][0]["state"] = "waiting"


def refund_without_money(lines: list[Record], books: Record) -> None:
    books["payments"][0]["state"] = "posted"


def refund_of_an_order_nobody_knows(lines: list[Record], books: Record) -> None:
    del lines[:2], books["orders"][0]


def refunded_for_less(lines: list[Record], books: Record) -> None:
    books["bank"][0]["refunded_fen"] = 899


def refunded_unasked(lines: list[Record], books: Record) -> None:
    del lines[4:6]


def handed_over_and_forgotten(lines: list[Record], books: Record) -> None:
    books["orders"][1]["state"] = "paid"
    books["pickups"][1]["state"] = "waiting"


def goods_still_waiting(lines: list[Record], books: Record) -> None:
    books["pickups"][1]["state"] = "waiting"


def handed_over_twice(lines: list[Record], books: Record) -> None:
    lines.append(told("collect", "collected", 9, order="O2", buyer="till/D1"))


def fetched_from_nobody(lines: list[Record], books: Record) -> None:
    del lines[6:8]


def coupon_forgotten(lines: list[Record], books: Record) -> None:
    books["coupons"].clear()


def coupon_given_to_another(lines: list[Record], books: Record) -> None:
    books["coupons"][0]["buyer"] = "C2"


def two_coupons_for_one_claim(lines: list[Record], books: Record) -> None:
    lines.append(told("claim", "claimed", 7, subject="K2"))
    books["coupons"].append({"coupon": "K2", "buyer": "C1"})


def one_coupon_for_two_claims(lines: list[Record], books: Record) -> None:
    lines.append(told("claim", "claimed", 9, subject="K1"))


def statement_taken_back(lines: list[Record], books: Record) -> None:
    books["settlements"][0]["statements"].clear()


def statement_changed(lines: list[Record], books: Record) -> None:
    books["settlements"][0]["statements"][0]["net_fen"] = 881


BREAKS: list[tuple[Callable[[list[Record], Record], None], str, str, str]] = [
    (refund_forgotten, "lost_refund", f"{RUN}/1/3", "order O1 over 900 fen is paid back"),
    (refund_without_money, "lost_refund", f"{RUN}/1/3", "its payments are posted"),
    (refund_of_an_order_nobody_knows, "lost_refund", f"{RUN}/1/3", "has no such order"),
    (refunded_for_less, "wrong_refund", f"{RUN}/1/3", "the bank gave back 899 fen"),
    (refunded_unasked, "phantom_refund", f"{RUN}/1/1", "Order O1 of buyer C1 is paid back, which nobody"),
    (handed_over_and_forgotten, "lost_collection", f"{RUN}/1/4", "order as paid, its goods as waiting"),
    (goods_still_waiting, "lost_collection", f"{RUN}/1/4", "order as collected, its goods as waiting"),
    (handed_over_twice, "doubled_collection", "O2", "2 times"),
    (fetched_from_nobody, "phantom_collection", f"{RUN}/1/2", "Order O2 of buyer C1 was fetched"),
    (coupon_forgotten, "lost_coupon", f"{RUN}/1/7", "told coupon K1"),
    (coupon_given_to_another, "lost_coupon", f"{RUN}/1/7", "it as buyer C2's"),
    (two_coupons_for_one_claim, "doubled_coupon", f"{RUN}/1/7", "claimed 2 coupons: K1 and K2"),
    (one_coupon_for_two_claims, "doubled_coupon", "K1", "given out 2 times"),
    (statement_taken_back, "lost_statement", "B1", "Merchant M1 was told of 882 fen"),
    (statement_changed, "wrong_statement", "B1", "the export has 881 fen"),
]


@pytest.mark.parametrize(("break_it", "invariant", "subject", "words"), BREAKS, ids=[row[0].__name__ for row in BREAKS])
def test_a_broken_promise_is_named(
    break_it: Callable[[list[Record], Record], None], invariant: str, subject: str, words: str
) -> None:
    lines, books = journal(), export()
    break_it(lines, books)
    (violation,) = judge(lines, books).violations
    assert (violation.invariant, violation.subject) == (invariant, subject)
    assert words in violation.message and violation.message.endswith(".")


def test_every_invariant_is_broken_by_a_test() -> None:
    assert {invariant for _, invariant, _, _ in BREAKS} == set(INVARIANTS)


@given(heard=st.lists(st.booleans(), min_size=12, max_size=12))
def test_answers_that_got_lost_accuse_nobody(heard: list[bool]) -> None:
    """Of each promise either the answer came or it did not; that it was tried stands written down before."""
    lines = [line for line, came in zip(journal(), heard, strict=True) if came or line["state"] == "trying"]
    assert judge(lines, export()).violations == ()


@pytest.mark.parametrize("broken", [refunded_unasked, fetched_from_nobody])
def test_a_lost_worker_excuses_what_it_could_not_write_down(broken: Callable[[list[Record], Record], None]) -> None:
    lines, books = journal(), export()
    broken(lines, books)
    assert judge(lines, books, frozenset({1})).violations == ()
    assert len(judge(lines, books, frozenset({2})).violations) == 1


@pytest.mark.parametrize("state", ["refunding", "refunded"])
def test_money_on_its_way_back_is_a_kept_promise(state: str) -> None:
    books = copy.deepcopy(export())
    books["payments"][0]["state"] = state
    books["bank"][0]["refunded_fen"] = 0 if state == "refunding" else 900
    assert judge(journal(), books).violations == ()


def test_what_nobody_fetched_is_paid_back_by_the_shop_itself() -> None:
    lines, books = journal(), export()
    refunded_unasked(lines, books)
    books["pickups"][0]["state"] = "expired"
    assert judge(lines, books).violations == ()
