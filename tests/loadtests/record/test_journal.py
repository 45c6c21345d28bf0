"""The journal is read back as it was written, and folds into what a buyer can honestly believe."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.record.journal import Entry, JournalError, as_entries, decode, encode, fold

KEY = "r1/0/1"


def entry(state: str, **told: Any) -> Entry:
    plain = {"at": 1.0, "buyer": "C0000001", "key": KEY, "step": "order", "state": state, "amount_fen": 500}
    return as_entries([plain | told])[0]


TRY, UNKNOWN = entry("trying"), entry("unknown")
PLACED = entry("placed", order="O1")
SOLD_OUT, BUSY = entry("refused", code="sold_out"), entry("refused", code="overloaded")
IN_PROGRESS = entry("refused", code="request_in_progress")
PAY = entry("trying", step="pay", order="O1")
PENDING = entry("pending", step="pay", order="O1", payment="P1")
PAID = entry("paid", step="pay", order="O1", payment="P1")
DECLINED = entry("declined", step="pay", order="O1", payment="P1", code="insufficient_funds")

entries_strategy = st.builds(
    Entry,
    at=st.floats(0, 1e6),
    buyer=st.text(max_size=5),
    key=st.text(max_size=5),
    step=st.sampled_from(["order", "pay"]),
    state=st.sampled_from(["trying", "placed", "refused", "pending", "paid", "declined", "unknown"]),
    order=st.none() | st.text(max_size=5),
    payment=st.none() | st.text(max_size=5),
    amount_fen=st.integers(0, 2**53),
    code=st.none() | st.text(max_size=5),
    replayed=st.booleans(),
)


@given(st.lists(entries_strategy, max_size=8))
@settings(max_examples=60)
def test_what_is_written_is_read_back(entries: list[Entry]) -> None:
    assert decode(encode(entries)) == entries


@given(st.lists(entries_strategy, min_size=1, max_size=4), st.data())
@settings(max_examples=60)
def test_a_journal_cut_anywhere_loses_at_most_its_last_line(entries: list[Entry], data: st.DataObject) -> None:
    written = encode(entries)
    cut = data.draw(st.integers(0, len(written)))
    whole_lines = written[:cut].count(b"\n")
    assert decode(written[:cut]) in (entries[:whole_lines], entries[: whole_lines + 1])


def test_a_line_torn_in_the_middle_is_named_by_its_number() -> None:
    written = encode([TRY]) + encode([PLACED])[:30] + b"\n" + encode([PAY])
    with pytest.raises(JournalError, match=r"^Line 2 of the journal is torn: .+\.$"):
        decode(written)


def test_a_last_line_that_was_ended_is_not_excused_as_torn() -> None:
    with pytest.raises(JournalError, match="Line 2"):
        decode(encode([TRY]) + b'{"at":1.0,"bu\n')


def test_a_line_that_is_no_entry_is_named_with_its_field() -> None:
    line = b'{"at":1.0,"buyer":"C1","key":"r/0/1","step":"order","state":"hopeful"}'
    with pytest.raises(JournalError, match=r"Line 1 of the journal is no entry: .*\$\.state"):
        decode(line)
    with pytest.raises(JournalError, match=r"Line 1 .*`buyer`"):
        as_entries([{"at": 1.0}])


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        ([TRY], "unknown"),
        ([TRY, UNKNOWN], "unknown"),
        ([TRY, PLACED], "placed"),
        ([TRY, SOLD_OUT], "refused"),
        ([TRY, BUSY], "refused"),
        ([TRY, BUSY, TRY], "unknown"),
        ([TRY, BUSY, TRY, PLACED], "placed"),
        ([TRY, UNKNOWN, TRY, PLACED], "placed"),
        ([TRY, PLACED, TRY, UNKNOWN], "placed"),
        ([TRY, PLACED, TRY], "placed"),
        ([TRY, PLACED, TRY, entry("placed", order="O1", replayed=True)], "placed"),
        ([TRY, SOLD_OUT, TRY, SOLD_OUT], "refused"),
        ([PAY, PENDING, PAID, PAID], "paid"),
        ([TRY, PLACED, TRY, BUSY], "placed"),
        ([TRY, UNKNOWN, TRY, SOLD_OUT], "refused"),
        # A passing refusal speaks of its own try: the earlier one, never answered, may have made the order.
        ([TRY, UNKNOWN, TRY, BUSY], "unknown"),
        ([TRY, TRY, BUSY], "unknown"),
        ([TRY, UNKNOWN, BUSY], "unknown"),
        ([BUSY, TRY], "unknown"),
        # Somebody else holds the key: that one's answer is still to come.
        ([TRY, IN_PROGRESS], "unknown"),
        ([TRY, TRY, IN_PROGRESS, PLACED], "placed"),
        ([PAY, PENDING], "pending"),
        ([PAY, PENDING, UNKNOWN], "pending"),
        ([PAY, PENDING, PAID], "paid"),
        ([PAY, PENDING, DECLINED], "declined"),
        ([PAY, UNKNOWN], "unknown"),
    ],
)
def test_a_buyer_believes_the_last_answer_that_settled_the_key(lines: list[Entry], state: str) -> None:
    belief = fold(lines)[KEY]
    assert belief.state == state
    assert not belief.changed_answer
    assert belief.orders in ((), ("O1",))


def test_a_belief_carries_what_the_buyer_was_told() -> None:
    belief = fold([PAY, PENDING, DECLINED])[KEY]
    assert (belief.step, belief.order, belief.payment) == ("pay", "O1", "P1")
    assert (belief.amount_fen, belief.code, belief.buyer) == (500, "insufficient_funds", "C0000001")


def test_an_unanswered_try_still_knows_what_it_was_going_to_pay() -> None:
    assert fold([TRY, entry("unknown", amount_fen=0)])[KEY].amount_fen == 500


def test_keys_are_folded_apart_and_in_their_first_order() -> None:
    other = entry("trying", key="r1/0/2")
    beliefs = fold([other, TRY, PLACED])
    assert list(beliefs) == ["r1/0/2", KEY]
    assert [belief.state for belief in beliefs.values()] == ["unknown", "placed"]


def test_two_orders_told_for_one_key_are_both_remembered() -> None:
    assert fold([TRY, PLACED, TRY, entry("placed", order="O2")])[KEY].orders == ("O1", "O2")


@pytest.mark.parametrize("lines", [[PLACED, SOLD_OUT], [SOLD_OUT, PLACED], [PAID, DECLINED], [DECLINED, PAID]])
def test_a_yes_and_a_lasting_no_under_one_key_is_a_changed_answer(lines: list[Entry]) -> None:
    belief = fold(lines)[KEY]
    assert belief.changed_answer
    assert belief.state in ("placed", "paid")
