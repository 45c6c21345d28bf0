"""Every fault of orders, payments and the ledger, planted alone in clean books, is named, and no other rule fires."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_platform.audit import INVARIANTS, audit
from mock_platform.audit.ledger_rules import RULES as LEDGER_RULES
from mock_platform.audit.money_rules import RULES as MONEY_RULES
from mock_platform.audit.order_rules import RULES as ORDER_RULES
from mock_platform.audit.parcel_rules import RULES as PARCEL_RULES
from mock_platform.audit.privacy_rules import RULES as PRIVACY_RULES
from mock_platform.audit.stock_rules import RULES as STOCK_RULES
from tests.mock_platform.audit.conftest import NOW
from tests.mock_platform.audit.planting import within

Snapshot = dict[str, Any]
Find = Callable[..., Any]


def ledger_row_twice(books: Snapshot, find: Find) -> None:
    """The same entry again, of an order that is cancelled: what it says is zero, but it is there twice."""
    entry = {"entry": "O5:cancelled", "order": "O5", "at": NOW, "legs": []}
    books["ledger"].append(entry)


def illegal_move(books: Snapshot, find: Find) -> None:
    find(books, "orders", order="O4")["history"].pop(2)


def illegal_payment_move(books: Snapshot, find: Find) -> None:
    find(books, "payments", payment="P6")["history"].pop(1)


def illegal_parcel_move(books: Snapshot, find: Find) -> None:
    find(books, "parcels", parcel="O4-0")["history"].pop(1)


def born_paid(books: Snapshot, find: Find) -> None:
    find(books, "orders", order="O2")["history"].pop(0)


def history_ends_elsewhere(books: Snapshot, find: Find) -> None:
    find(books, "orders", order="O3")["history"].pop()


def no_history(books: Snapshot, find: Find) -> None:
    find(books, "orders", order="O1")["history"] = []


def time_runs_backwards(books: Snapshot, find: Find) -> None:
    find(books, "orders", order="O3")["history"][1][1] -= 20


def wrong_sum(books: Snapshot, find: Find) -> None:
    """Its lines say less than it costs; it was paid and booked as it costs, so only the merchants' sum differs."""
    find(books, "orders", order="O2")["lines"][0]["unit_price_fen"] = 499


def doubled_order(books: Snapshot, find: Find) -> None:
    """A second order under O5's key, cancelled and never paid: an order can be doubled and hurt nothing else."""
    books["orders"].append(find(books, "orders", order="O5") | {"order": "O8"})


def lost_order(books: Snapshot, find: Find) -> None:
    books["orders"].remove(find(books, "orders", order="O5"))


def refused_yet_made(books: Snapshot, find: Find) -> None:
    find(books, "keys", order="O1")["refusal"] = "sold_out"


def finished_with_nothing(books: Snapshot, find: Find) -> None:
    books["keys"].append({"key": "k", "buyer": "C1", "state": "finished", "order": None, "refusal": None})


def key_of_another_order(books: Snapshot, find: Find) -> None:
    books["keys"].append({"key": "k", "buyer": "C1", "state": "finished", "order": "O1", "refusal": None})


def forgotten_key(books: Snapshot, find: Find) -> None:
    books["keys"].remove(find(books, "keys", order="O1"))


def refused_key(books: Snapshot, find: Find) -> None:
    find(books, "keys", order="O1").update(order=None, refusal="sold_out")


def unfinished_key(books: Snapshot, find: Find) -> None:
    find(books, "keys", order="O1")["state"] = "claimed"


def charged_twice(books: Snapshot, find: Find) -> None:
    row = find(books, "bank", order="O2")
    row["captures"], row["captured_fen"] = 2, 3000


def paid_twice(books: Snapshot, find: Find) -> None:
    books["payments"].append(find(books, "payments", payment="P2") | {"payment": "P22"})
    books["bank"].append(find(books, "bank", payment="P2") | {"payment": "P22"})


def captured_too_much(books: Snapshot, find: Find) -> None:
    find(books, "bank", order="O2")["captured_fen"] += 1


def forfeit_of_nobody(books: Snapshot, find: Find) -> None:
    """A merchant keeps a deposit of an order that had none."""
    legs = [{"account": "forfeits/M1", "amount_fen": -100}, {"account": "nobody", "amount_fen": 100}]
    books["ledger"].append({"entry": "O5:forfeited", "order": "O5", "at": NOW, "legs": legs})


def asked_for_too_much(books: Snapshot, find: Find) -> None:
    books["payments"].append(
        find(books, "payments", payment="P2")
        | {
            "payment": "P5",
            "order": "O5",
            "amount_fen": 1,
            "state": "voided",
            "history": [["pending", 1], ["voided", 2]],
        }
    )


def posted_without_a_capture(books: Snapshot, find: Find) -> None:
    books["bank"].remove(find(books, "bank", order="O2"))


def posted_though_declined(books: Snapshot, find: Find) -> None:
    find(books, "bank", order="O2").update(captures=0, captured_fen=0)


def captured_and_never_posted(books: Snapshot, find: Find) -> None:
    row = {"payment": "P5", "order": "O5", "buyer": "C4", "key": "p", "amount_fen": 1500, "state": "voided"}
    books["payments"].append(row | {"history": [["pending", 1.0], ["voided", 2.0]]})
    books["bank"].append(find(books, "bank", order="O2") | {"payment": "P5", "order": "O5"})


def captured_and_unknown(books: Snapshot, find: Find) -> None:
    books["bank"].append(find(books, "bank", order="O2") | {"payment": "P5", "order": "O5"})


def paid_with_nothing(books: Snapshot, find: Find) -> None:
    """Shipped, and nobody paid; the ledger says so, too."""
    books["payments"].remove(find(books, "payments", order="O3"))
    books["bank"].remove(find(books, "bank", order="O3"))
    books["ledger"].remove(find(books, "ledger", entry="O3:paid"))


def paid_and_cancelled(books: Snapshot, find: Find) -> None:
    """A late payment that stays with the shop."""
    books["payments"].append(find(books, "payments", payment="P2") | {"payment": "P5", "order": "O5"})
    books["bank"].append(find(books, "bank", order="O2") | {"payment": "P5", "order": "O5"})
    books["ledger"].append(find(books, "ledger", entry="O2:paid") | {"entry": "O5:paid", "order": "O5"})


def payment_of_nobody(books: Snapshot, find: Find) -> None:
    books["payments"].append(find(books, "payments", payment="P2") | {"payment": "P99", "order": "O99"})
    books["payments"][-1] |= {"state": "voided", "history": [["pending", 1.0], ["voided", 2.0]]}


def gave_back_too_little(books: Snapshot, find: Find) -> None:
    find(books, "bank", order="O6")["refunded_fen"] -= 1


def gave_back_too_much(books: Snapshot, find: Find) -> None:
    find(books, "bank", order="O6")["refunded_fen"] += 1


def gave_back_unasked(books: Snapshot, find: Find) -> None:
    find(books, "bank", order="O2")["refunded_fen"] = 1500


def refund_forgotten(books: Snapshot, find: Find) -> None:
    """Still refunding, and no event that would have the bank pay: the money is nobody's business any more."""
    find(books, "payments", payment="P6").update(state="refunding")
    find(books, "payments", payment="P6")["history"].pop()


def refunded_but_never_paid(books: Snapshot, find: Find) -> None:
    for name in ("payments", "bank"):
        books[name].remove(find(books, name, order="O6"))
    for what in ("paid", "refunded"):
        books["ledger"].remove(find(books, "ledger", entry=f"O6:{what}"))


def lopsided_entry(books: Snapshot, find: Find) -> None:
    entry = find(books, "ledger", entry="O5:placed")
    entry["legs"].append({"account": "stamps", "amount_fen": 5})


def receivable_left_open(books: Snapshot, find: Find) -> None:
    find(books, "ledger", entry="O5:cancelled")["legs"][0]["amount_fen"] = 0
    find(books, "ledger", entry="O5:cancelled")["legs"].append({"account": "stamps", "amount_fen": -1500})


def payment_never_booked(books: Snapshot, find: Find) -> None:
    books["ledger"].remove(find(books, "ledger", entry="O2:paid"))


def merchant_paid_the_wrong_one(books: Snapshot, find: Find) -> None:
    legs = find(books, "ledger", entry="O1:placed")["legs"]
    legs[1]["amount_fen"], legs[2]["amount_fen"] = legs[2]["amount_fen"], legs[1]["amount_fen"]


BANK = "bank_account_is_captured_less_refunded"
MERCHANT = "merchant_account_is_live_sales"
OWED = "receivable_is_what_is_owed"
PLANTS: list[tuple[Callable[[Snapshot, Find], None], str, str, list[str]]] = [
    (ledger_row_twice, "every_row_is_there_once", "O5:cancelled", ["ledger entry O5:cancelled"]),
    (illegal_move, "legal_moves_only", "O4", ["Order O4 went from paid to delivered"]),
    (illegal_payment_move, "legal_moves_only", "P6", ["Payment P6 went from pending to refunding"]),
    (illegal_parcel_move, "legal_moves_only", "O4-0", ["Parcel O4-0 went from created to packed"]),
    (born_paid, "legal_moves_only", "O2", ["Order O2 begins as paid"]),
    (history_ends_elsewhere, "legal_moves_only", "O3", ["is shipped, but its history ends with paid"]),
    (no_history, "legal_moves_only", "O1", ["begins as nothing"]),
    (time_runs_backwards, "history_runs_forward", "O3", ["became paid 15.000 s before it was placed"]),
    (wrong_sum, f"payable_is_the_sum_of_lines {MERCHANT}", "O2", ["1500 fen, its lines sum to 1498 fen"]),
    (doubled_order, "one_order_per_key orders_have_a_finished_key", "run/0/5 O8", ["made 2 orders: O5, O8"]),
    (lost_order, "finished_keys_have_an_answer", "run/0/5", ["of buyer C4 made order O5, which does not exist"]),
    (refused_yet_made, "finished_keys_have_an_answer", "run/0/1", ["was refused, yet its order O1 exists"]),
    (finished_with_nothing, "finished_keys_have_an_answer", "k", ["neither an order nor a refusal"]),
    (key_of_another_order, "finished_keys_have_an_answer", "k", ["order O1, which buyer C0 made under key run/0/1"]),
    (forgotten_key, "orders_have_a_finished_key", "O1", ["key run/0/1 of buyer C0, which is unknown"]),
    (refused_key, "orders_have_a_finished_key", "O1", ["was made under key run/0/1, which was refused"]),
    (unfinished_key, "orders_have_a_finished_key", "O1", ["run/0/1 of buyer C0 is only claimed"]),
    (charged_twice, f"at_most_one_capture {BANK}", "O2", ["order O2 2 times, 3000 fen in all: P2 2 times"]),
    (paid_twice, f"at_most_one_capture {BANK}", "O2", ["O2 was paid 2 times: P2, P22", "P2 1 times, P22 1 times"]),
    (captured_too_much, f"captured_is_payable {BANK}", "O2", ["took 1501 fen for payment P2", "1500 fen were due"]),
    (
        forfeit_of_nobody,
        "forfeits_are_deposits_given_up_too_late",
        "O5",
        ["cancelled, means 0 fen on forfeits/M1, the ledger says -100 fen"],
    ),
    (asked_for_too_much, "captured_is_payable", "O5", ["P5 asks for 1 fen, order O5 costs 1500 fen"]),
    (
        posted_without_a_capture,
        f"bank_and_shop_agree {BANK}",
        "O2",
        ["P2", "1500 fen is posted, the bank captured nothing"],
    ),
    (posted_though_declined, f"bank_and_shop_agree {BANK}", "O2", ["P2", "is posted, the bank captured nothing"]),
    (captured_and_never_posted, f"bank_and_shop_agree {BANK}", "O5", ["took 1500 fen for payment P5", "is voided"]),
    (captured_and_unknown, f"bank_and_shop_agree {BANK}", "O5", ["P5", "unknown to the shop"]),
    (paid_with_nothing, f"paid_orders_have_a_posted_payment {OWED}", "O3", ["1500 fen is shipped, but no payment"]),
    (paid_and_cancelled, f"paid_orders_have_a_posted_payment {OWED}", "O5", ["is cancelled, yet payment P5"]),
    (payment_of_nobody, "paid_orders_have_a_posted_payment", "O99", ["O99 does not exist", "P99 over 1500 fen"]),
    (gave_back_too_little, f"refunded_is_captured {BANK}", "O6", ["gave back 1499 of 1500 fen"]),
    (gave_back_too_much, f"refunded_is_captured {BANK}", "O6", ["gave back 1501 of 1500 fen"]),
    (gave_back_unasked, f"refunded_is_captured {BANK}", "O2", ["gave back 1500 of 1500 fen", "nobody asked"]),
    (refund_forgotten, "refunded_is_captured", "O6", ["P6 over 1500 fen is refunding, but nothing is under way"]),
    (refunded_but_never_paid, f"refunded_is_captured {OWED} {MERCHANT}", "O6", ["no payment that was ever posted"]),
    (lopsided_entry, "ledger_sums_to_zero", "O5:placed", ["off by 5 fen", "stamps +5", "receivable/O5 +1500"]),
    (receivable_left_open, OWED, "O5", ["cancelled, means 0 fen on receivable/O5, the ledger says 1500 fen"]),
    (payment_never_booked, f"{BANK} {OWED}", "O2", ["keeps 1500 fen of order O2, the ledger says 0 fen"]),
    (merchant_paid_the_wrong_one, MERCHANT, "O1", ["means -1000 fen on merchant/M1, the ledger says -500 fen"]),
]


@pytest.mark.parametrize(("plant", "invariants", "subjects", "words"), PLANTS, ids=[row[0].__name__ for row in PLANTS])
def test_a_planted_fault_is_named_and_no_other_rule_fires(
    clean: Snapshot,
    find: Find,
    plant: Callable[[Snapshot, Find], None],
    invariants: str,
    subjects: str,
    words: list[str],
) -> None:
    assert audit(clean).violations == ()
    plant(clean, find)
    found = within(audit(clean).violations)
    assert {violation.invariant for violation in found} == set(invariants.split())
    assert {violation.subject for violation in found} == set(subjects.split())
    for word in words:
        assert any(word in violation.message for violation in found), [violation.message for violation in found]


def test_every_rule_of_these_files_has_a_planted_fault() -> None:
    rules = (*ORDER_RULES, *MONEY_RULES, *LEDGER_RULES)
    assert {invariants.split()[0] for _, invariants, _, _ in PLANTS} == {rule.__name__ for rule in rules}


def test_every_rule_is_run() -> None:
    rules = (*STOCK_RULES, *PARCEL_RULES, *PRIVACY_RULES, *ORDER_RULES, *MONEY_RULES, *LEDGER_RULES)
    assert {rule.__name__ for rule in rules} <= set(INVARIANTS)
    assert len(INVARIANTS) == len(set(INVARIANTS)), "no two rules share a name"
