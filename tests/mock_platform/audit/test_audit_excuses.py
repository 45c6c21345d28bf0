"""What is still under way is excused for exactly as long as somebody will act on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_platform.audit import audit
from tests.mock_platform.audit.planting import within

Snapshot = dict[str, Any]
Find = Callable[..., Any]

BANK = "bank_account_is_captured_less_refunded"
MERCHANT = "merchant_account_is_live_sales"


def test_no_excuse_outlives_its_event(clean: Snapshot, find: Find) -> None:
    """What is forgiven while an event is pending is a violation once nobody will act on it."""
    payment = find(clean, "payments", payment="P6")
    payment["state"] = "refunding"
    payment["history"].pop()
    find(clean, "bank", order="O6")["refunded_fen"] = 0
    clean["pending"]["events"].append({"event": "O6:refund_requested", "kind": "refund_requested", "order": "O6"})
    clean["ledger"].remove(find(clean, "ledger", entry="O6:refunded"))
    assert within(audit(clean).violations) == ()
    clean["pending"]["events"].clear()
    assert {found.invariant for found in within(audit(clean).violations)} == {"refunded_is_captured", MERCHANT}


def test_an_event_that_waits_excuses_nothing_once_its_work_is_booked(clean: Snapshot, find: Find) -> None:
    clean["pending"]["events"].append({"event": "O6:refund_requested", "kind": "refund_requested", "order": "O6"})
    assert audit(clean).violations == ()
    find(clean, "ledger", entry="O6:refunded")["legs"].pop()
    assert {found.invariant for found in audit(clean).violations} == {"ledger_sums_to_zero", MERCHANT}


@pytest.mark.parametrize(
    ("state", "pending", "excused"), [("pending", 1, True), ("pending", 0, False), ("voided", 1, False)]
)
def test_a_capture_is_excused_while_the_banks_word_is_awaited_and_no_longer(
    clean: Snapshot, find: Find, state: str, pending: int, excused: bool
) -> None:
    row = {"payment": "P5", "order": "O5", "buyer": "C4", "key": "p", "amount_fen": 1500, "state": state}
    states = ["pending"] if state == "pending" else ["pending", "voided"]
    clean["payments"].append(row | {"history": [[name, 1.0] for name in states]})
    clean["bank"].append(find(clean, "bank", order="O2") | {"payment": "P5", "order": "O5"})
    clean["pending"]["payments"] = pending
    expected = set() if excused else {"bank_and_shop_agree", BANK}
    assert {found.invariant for found in within(audit(clean).violations)} == expected
