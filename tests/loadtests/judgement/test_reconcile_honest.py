"""A shop that keeps its word is never accused, whatever becomes of its answers on their way to the buyers."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.judgement.reconcile import reconcile
from loadtests.record.journal import Entry, as_entries

RUN = "20171111T000000-double11"
BUYER = "C0000042"

Record = dict[str, Any]


def told(step: str, state: str, **more: Any) -> Record:
    return {"at": 1.0, "buyer": BUYER, "step": step, "state": state, "amount_fen": 19900} | more


@st.composite
def honest_runs(draw: st.DrawFn) -> tuple[list[Entry], Record, frozenset[int]]:
    """A shop that does what it says, and a network, a crowd and a killed worker that lose any of its answers."""
    lines: list[Record] = []
    books: Record = {"orders": [], "payments": [], "bank": []}
    lost_workers = frozenset(draw(st.sets(st.integers(0, 2))))
    for n in range(draw(st.integers(0, 6))):
        worker = draw(st.integers(0, 2))
        mine = _honest_buyer(draw, books, f"{RUN}/{worker}/{n}", n)
        lines += mine[: draw(st.integers(0, len(mine)))] if worker in lost_workers else mine
    return as_entries(lines), books, lost_workers


def _honest_buyer(draw: st.DrawFn, books: Record, key: str, n: int) -> list[Record]:
    lines: list[Record] = []
    order, final_no = f"O{n}", draw(st.booleans())
    made = False
    for _ in range(draw(st.integers(1, 4))):
        lines.append(told("order", "trying", key=key))
        arrived = draw(st.booleans())
        if arrived and not final_no and not made:
            made = True
            books["orders"].append(
                {"order": order, "buyer": BUYER, "key": key, "state": "placed", "payable_fen": 19900}
            )
        if not arrived or draw(st.booleans()):  # lost on the way there, or on the way back
            if draw(st.booleans()):
                lines.append(told("order", "unknown", key=key))
        elif draw(st.booleans()):
            lines.append(told("order", "placed" if made else "refused", key=key, order=order, code="sold_out"))
        elif made:  # another try of the same key was in the shop when this one came
            lines.append(told("order", "refused", key=key, code="request_in_progress"))
    if lines[-1]["state"] == "placed":
        lines += _honest_payment(draw, books, f"{key}00", order, n)
    return lines


def _honest_payment(draw: st.DrawFn, books: Record, key: str, order: str, n: int) -> list[Record]:
    payment = f"P{n}"
    state = draw(st.sampled_from(["absent", "pending", "posted", "voided", "refunding", "refunded"]))
    lines = [told("pay", "trying", key=key, order=order)]
    if state != "absent":
        captured_fen = 19900 if state in ("posted", "refunding", "refunded") else 0
        row = {"payment": payment, "order": order, "key": key, "amount_fen": 19900, "state": state}
        books["payments"].append(row)
        refunded_fen = captured_fen if state == "refunded" else 0
        books["bank"].append({"payment": payment, "captured_fen": captured_fen, "refunded_fen": refunded_fen})
        books["orders"][-1]["state"] = {"posted": "paid", "refunded": "refunded"}.get(state, "placed")
    if state == "absent" or draw(st.booleans()):
        return [*lines, told("pay", "unknown", key=key, order=order)]
    lines.append(told("pay", "pending", key=key, order=order, payment=payment))
    if state != "pending" and draw(st.booleans()):
        seen = "declined" if state == "voided" else "paid"
        lines.append(told("pay", seen, key=key, order=order, payment=payment))
    return lines


@given(honest_runs())
@settings(max_examples=300)
def test_an_honest_shop_is_never_accused_whatever_answers_are_lost(
    run: tuple[list[Entry], Record, frozenset[int]],
) -> None:
    entries, books, lost_workers = run
    assert reconcile(RUN, entries, books, lost_workers).violations == ()
