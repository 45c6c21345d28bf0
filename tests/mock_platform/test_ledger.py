"""The ledger: an entry that does not balance cannot be written, and every order's entries end where they should."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_platform.domain import ledger
from mock_platform.domain.ledger import Entry, Leg
from mock_platform.domain.order import Line, Order, new_order
from mock_platform.domain.reservation import WEB

LINES = st.lists(
    st.builds(
        Line,
        sku=st.uuids().map(str),
        place=st.just(WEB),
        quantity=st.integers(1, 99),
        unit_price_fen=st.integers(1, 10**9),
        merchant=st.sampled_from(["M1", "M2", "M3"]),
    ),
    min_size=1,
    max_size=6,
)


def order_of(lines: Sequence[Line]) -> Order:
    return new_order("O1", "C1", "k1", tuple(lines), flash_sale=None, at=1.0, payment_window_s=60.0)


def balances(*entries: Entry) -> dict[str, int]:
    sums: dict[str, int] = {}
    for entry in entries:
        for leg in entry.legs:
            sums[leg.account] = sums.get(leg.account, 0) + leg.amount_fen
    return {account: fen for account, fen in sums.items() if fen}


@pytest.mark.parametrize("legs", [(), (Leg("bank", 1),), (Leg("bank", 5), Leg("merchant/M1", -4))])
def test_an_entry_off_by_a_fen_cannot_be_built(legs: tuple[Leg, ...]) -> None:
    with pytest.raises(ValueError, match="is off by"):
        Entry("E1", "O1", 1.0, legs)


@given(LINES)
def test_after_payment_the_bank_has_what_the_merchants_are_owed(lines: list[Line]) -> None:
    order = order_of(lines)
    left = balances(ledger.placed(order, 1.0), ledger.paid(order, 2.0))
    assert left.pop("bank") == order.payable_fen
    assert left == {f"merchant/{merchant}": -fen for merchant, fen in order.merchant_totals_fen().items()}


Book = Callable[[Order, float], Entry]


@given(LINES)
@pytest.mark.parametrize(
    "story",
    [
        (ledger.placed, ledger.cancelled),
        (ledger.placed, ledger.paid, ledger.refunded),
        (ledger.placed, ledger.cancelled, ledger.paid, ledger.returned),
    ],
    ids=["cancelled", "refunded", "paid too late"],
)
def test_an_order_that_came_to_nothing_leaves_nothing(story: tuple[Book, ...], lines: list[Line]) -> None:
    order = order_of(lines)
    assert balances(*(book(order, 1.0) for book in story)) == {}
