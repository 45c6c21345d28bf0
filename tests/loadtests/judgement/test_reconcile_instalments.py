"""An order paid in two instalments: each is a payment of its own key, and each is held to what its buyer was told."""

from __future__ import annotations

from typing import Any

import pytest

from loadtests.judgement.reconcile import Reconciliation, reconcile
from loadtests.record.journal import as_entries

RUN, BUYER = "20171111T000000-double11", "C0000042"
ORDER_KEY, DEPOSIT_KEY, BALANCE_KEY = (f"{RUN}/1/{number}" for number in (7, 8, 9))
PRICE_FEN, DEPOSIT_FEN = 19_900, 1_990

Record = dict[str, Any]


def told(key: str, step: str, state: str, amount_fen: int, **more: Any) -> Record:
    row = {"at": 1.0, "buyer": BUYER, "key": key, "step": step, "state": state, "amount_fen": amount_fen, "order": "O1"}
    return row | more


def journal(*, balance: bool) -> list[Record]:
    """Placed, the deposit seen paid on one visit, and on another perhaps the balance."""
    lines = [
        told(ORDER_KEY, "order", "placed", PRICE_FEN),
        told(DEPOSIT_KEY, "pay", "pending", DEPOSIT_FEN, payment="P1"),
        told(DEPOSIT_KEY, "pay", "paid", DEPOSIT_FEN, payment="P1"),
    ]
    if balance:
        lines.append(told(BALANCE_KEY, "pay", "paid", PRICE_FEN - DEPOSIT_FEN, payment="P2"))
    return lines


def export(order_state: str, *, balance: str | None = None, deposit: str = "posted") -> Record:
    payments = [("P1", DEPOSIT_KEY, "deposit", DEPOSIT_FEN, deposit)]
    if balance is not None:
        payments.append(("P2", BALANCE_KEY, "balance", PRICE_FEN - DEPOSIT_FEN, balance))
    return {
        "schema": 1,
        "orders": [
            {"order": "O1", "buyer": BUYER, "key": ORDER_KEY, "state": order_state, "payable_fen": PRICE_FEN},
        ],
        "payments": [
            {"payment": name, "order": "O1", "key": key, "amount_fen": fen, "state": state, "instalment": instalment}
            for name, key, instalment, fen, state in payments
        ],
        "bank": [
            {"payment": name, "captured_fen": fen if state == "posted" else 0, "refunded_fen": 0}
            for name, _, _, fen, state in payments
        ],
    }


def judge(lines: list[Record], books: Record) -> Reconciliation:
    return reconcile(RUN, as_entries(lines), books)


@pytest.mark.parametrize(
    ("lines", "books", "explained"),
    [
        (journal(balance=True), export("delivered", balance="posted"), {}),
        (journal(balance=False), export("paid", balance="posted"), {}),
        (journal(balance=False), export("deposited"), {"deposit_without_balance": 1}),
        (journal(balance=False), export("cancelled"), {"deposit_without_balance": 1}),
        (journal(balance=False), export("cancelled", deposit="refunded"), {"paid_then_refunded": 1}),
    ],
    ids=["both paid", "another visit's balance", "waiting", "forfeited", "given back"],
)
def test_a_promise_kept_in_two_instalments_is_no_violation(
    lines: list[Record], books: Record, explained: dict[str, int]
) -> None:
    result = judge(lines, books)
    assert result.violations == ()
    assert result.explained == {"orders_tried": 1, "payments_tried": 1 + len(lines) - 3, **explained}


@pytest.mark.parametrize(
    ("lines", "books", "invariant", "subject"),
    [
        (journal(balance=True), export("deposited", balance="posted"), "lost_payment", BALANCE_KEY),
        (journal(balance=True), export("cancelled", balance="posted"), "lost_payment", BALANCE_KEY),
        (journal(balance=True), export("deposited", balance="voided"), "lost_payment", BALANCE_KEY),
        (journal(balance=True), export("paid"), "lost_payment", BALANCE_KEY),
        (journal(balance=False), export("placed"), "lost_payment", DEPOSIT_KEY),
        (journal(balance=False), export("deposited", deposit="voided"), "lost_payment", DEPOSIT_KEY),
    ],
)
def test_an_instalment_that_its_order_forgot_is_named(
    lines: list[Record], books: Record, invariant: str, subject: str
) -> None:
    assert (invariant, subject) in [(found.invariant, found.subject) for found in judge(lines, books).violations]


@pytest.mark.parametrize("code", ["balance_not_open", "balance_closed"])
def test_a_balance_that_was_refused_and_yet_taken_is_named(code: str) -> None:
    refused = told(BALANCE_KEY, "pay", "refused", PRICE_FEN - DEPOSIT_FEN, code=code)
    result = judge([*journal(balance=False), refused], export("paid", balance="posted"))
    assert [found.invariant for found in result.violations] == ["charge_despite_refusal"]


def test_an_instalment_of_another_amount_is_named() -> None:
    books = export("deposited")
    books["payments"][0]["amount_fen"] = PRICE_FEN
    result = judge(journal(balance=False), books)
    assert [found.invariant for found in result.violations] == ["wrong_amount"]
