"""What a merchant gets: fees line by line, to the fen, and statements that sum what their orders brought."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_platform.domain import changes, ledger
from mock_platform.domain.order import Line, Order, OrderState
from mock_platform.domain.payout import Batch, BatchState, closed, fee_fen_of, shares_of

LINES = st.lists(
    st.builds(
        lambda quantity, price_fen, off, paid, merchant: Line(
            "S1",
            "web",
            quantity,
            price_fen,
            merchant,
            quantity * price_fen * off // 10,
            quantity * price_fen * paid // 20,
        ),
        st.integers(1, 99),
        st.integers(1, 10**7),
        st.integers(0, 10),
        st.integers(0, 10),
        st.sampled_from(("M1", "M2", "M3")),
    ),
    min_size=1,
    max_size=6,
)
RATES = st.integers(0, 10_000)


def order(lines: list[Line], name: str = "O1") -> Order:
    return Order(name, "C1", "k", tuple(lines), 0, None, 0.0, 60.0, OrderState.DELIVERED, (("delivered", 9.0),))


@pytest.mark.parametrize(
    ("worth_fen", "rate", "fee_fen"),
    [(10_000, 200, 200), (25, 200, 0), (75, 200, 2), (125, 200, 2), (26, 200, 1), (1, 10_000, 1), (10**12, 1, 10**8)],
)
def test_a_fee_is_rounded_to_the_fen_half_to_even(worth_fen: int, rate: int, fee_fen: int) -> None:
    assert fee_fen_of(worth_fen, rate) == fee_fen == round(Fraction(worth_fen * rate, 10_000))


@given(LINES, RATES)
def test_shares_are_all_there_is_and_none_is_less_than_nothing(lines: list[Line], rate: int) -> None:
    shares = shares_of(order(lines), rate)
    assert sum(share.net_fen + share.fee_fen for share in shares) == sum(line.merchant_fen for line in lines)
    assert all(0 <= share.net_fen <= share.gross_fen for share in shares)
    assert sum(share.fee_fen for share in shares) == sum(fee_fen_of(line.merchant_fen, rate) for line in lines)


@given(LINES, RATES)
def test_the_entry_of_a_settled_order_sums_to_zero_and_clears_its_merchants(lines: list[Line], rate: int) -> None:
    sold = order(lines)
    entry = ledger.settled(sold, shares_of(sold, rate), 9.0)
    balances: dict[str, int] = {}
    for leg in entry.legs:
        balances[leg.account] = balances.get(leg.account, 0) + leg.amount_fen
    assert sum(balances.values()) == 0
    for merchant, gross_fen in sold.merchant_totals_fen().items():
        assert balances[f"merchant/{merchant}"] == gross_fen


@given(st.lists(LINES, max_size=5), RATES)
def test_statements_sum_what_the_orders_of_the_batch_brought(baskets: list[list[Line]], rate: int) -> None:
    orders = [order(lines, f"O{number}") for number, lines in enumerate(baskets)]
    batch = closed(Batch("B1", 1.0), orders, rate, 2.0)
    assert batch.state is BatchState.CLOSED
    assert batch.orders == tuple(each.order for each in orders)
    shares = [share for each in orders for share in shares_of(each, rate)]
    for statement in batch.statements:
        own = [share for share in shares if share.merchant == statement.merchant]
        assert statement.orders == len(own)
        assert statement.gross_fen == sum(share.gross_fen for share in own)
        assert statement.net_fen == statement.gross_fen - statement.fee_fen == sum(share.net_fen for share in own)
    assert {statement.merchant for statement in batch.statements} == {share.merchant for share in shares}


def given_up(refundable_until: float, deposit_fen: int = 150) -> Order:
    """A presale's order, cancelled at 9.0 with its deposit paid."""
    history = (("placed", 0.0), ("deposited", 1.0), ("cancelled", 9.0))
    return Order(
        "O1", "C1", "k", (Line("S1", "presale:Y1", 1, 900, "M1"),), 900, None, 0.0, 60.0, OrderState.CANCELLED, history,
        presale="Y1", deposit_fen=deposit_fen, deposited_by="P1", refundable_until=refundable_until,
    )  # fmt: skip


@given(st.integers(1, 899), RATES)
def test_a_forfeited_deposit_is_its_merchants_once_and_whole_whatever_the_fee(deposit_fen: int, rate: int) -> None:
    lost = given_up(5.0, deposit_fen)
    shares = shares_of(lost, rate)
    settled = changes.settled(lost, "B1", shares, 9.5)
    assert settled is not None and settled.order is not None
    (entry,) = settled.entries
    assert [(leg.account, leg.amount_fen) for leg in entry.legs] == [
        ("forfeits/M1", deposit_fen),
        ("payout/M1", -deposit_fen),
    ]
    assert changes.settled(settled.order, "B2", shares, 9.9) is None
    (statement,) = closed(Batch("B1", 1.0), [settled.order], rate, 9.9).statements
    assert (statement.orders, statement.gross_fen, statement.fee_fen, statement.net_fen) == (
        1,
        deposit_fen,
        0,
        deposit_fen,
    )


def test_a_deposit_that_went_back_is_nobodys_due() -> None:
    assert changes.settled(given_up(10.0), "B1", shares_of(given_up(10.0), 200), 9.5) is None
