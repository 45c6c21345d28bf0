"""A presale's windows and parts, and what an order of it costs now, later and for good."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mock_platform.domain import changes, ledger
from mock_platform.domain.errors import (
    AlreadyPaid,
    AmountMismatch,
    BalanceClosed,
    BalanceNotOpen,
    IllegalTransition,
    MalformedRequest,
    SaleClosed,
    SaleNotOpen,
    ShopError,
)
from mock_platform.domain.ledger import Entry
from mock_platform.domain.order import Line, Order, OrderState, new_order
from mock_platform.domain.payment import Instalment, Outcome, Payment, new_payment
from mock_platform.domain.presale import Presale, check_presale
from mock_platform.domain.reservation import presale_place

PRESALE = Presale("A1", "S1", 900, 100, 4, 2, 10.0, 20.0, 30.0, 40.0, 25.0)


def order_of(quantity: int = 1, price_fen: int = 900, deposit_fen: int = 100) -> Order:
    return new_order(
        "O1",
        "C1",
        "k1",
        (Line("S1", presale_place("A1"), quantity, price_fen, "M1"),),
        at=10.0,
        payment_window_s=60.0,
        presale="A1",
        deposit_fen=quantity * deposit_fen,
        balance_opens_at=30.0,
        balance_closes_at=40.0,
        refundable_until=25.0,
    )


def asked(order: Order, name: str, at: float) -> Payment:
    return new_payment(name, order, f"{name}-key", order.due_fen, "card", at)


def spoken(order: Order, payment: Payment, at: float, outcome: Outcome = Outcome.POSTED) -> changes.Changes:
    found = changes.bank_spoke(order, payment, outcome, None, at)
    assert found is not None and found.order is not None
    return found


def deposited(order: Order) -> tuple[Order, Payment]:
    done = spoken(order, asked(order, "P1", 11.0), 12.0)
    assert done.order is not None and done.payment is not None
    return done.order, done.payment


@pytest.mark.parametrize(
    ("now", "state", "refusal"),
    [
        (9.9, "upcoming", SaleNotOpen),
        (10.0, "deposits", None),
        (19.9, "deposits", None),
        (20.0, "waiting", SaleClosed),
        (30.0, "balance", SaleClosed),
        (39.9, "balance", SaleClosed),
        (40.0, "closed", SaleClosed),
    ],
)
def test_a_presale_takes_deposits_in_their_window_alone(
    now: float, state: str, refusal: type[ShopError] | None
) -> None:
    assert PRESALE.state(now) == state
    if refusal is None:
        PRESALE.admit(now)
        return
    with pytest.raises(refusal):
        PRESALE.admit(now)


@pytest.mark.parametrize(
    "wrong",
    [
        {"price_fen": 0},
        {"deposit_fen": 0},
        {"deposit_fen": 900},
        {"allotment": 0},
        {"limit_per_buyer": 0},
        {"deposit_closes_at": 10.0},
        {"balance_opens_at": 19.9},
        {"balance_closes_at": 30.0},
        {"balance_closes_at": float("inf")},
        {"balance_opens_at": float("nan")},
        {"refundable_until": 9.0},
        {"refundable_until": 41.0},
    ],
)
def test_a_presale_whose_parts_contradict_each_other_is_malformed(wrong: dict[str, Any]) -> None:
    check_presale(PRESALE)
    with pytest.raises(MalformedRequest):
        check_presale(replace(PRESALE, **wrong))


def test_the_balance_may_open_as_deposits_close() -> None:
    check_presale(replace(PRESALE, balance_opens_at=PRESALE.deposit_closes_at))


@given(quantity=st.integers(1, 99), price_fen=st.integers(2, 10**9), share=st.floats(0.0, 1.0))
def test_deposit_and_balance_are_the_price_to_the_fen(quantity: int, price_fen: int, share: float) -> None:
    deposit_fen = min(price_fen - 1, max(1, int(price_fen * share)))
    order = order_of(quantity, price_fen, deposit_fen)
    first = asked(order, "P1", 11.0)
    order, _ = deposited(order)
    second = asked(order, "P2", 31.0)
    assert (first.instalment, second.instalment) == (Instalment.DEPOSIT, Instalment.BALANCE)
    assert first.amount_fen + second.amount_fen == order.payable_fen == quantity * price_fen
    assert first.amount_fen == quantity * deposit_fen
    done = spoken(replace(order, payment="P2"), second, 32.0)
    assert done.order is not None
    assert (done.order.state, done.order.due_fen, done.order.payments) == (OrderState.PAID, 0, ("P1", "P2"))


@pytest.mark.parametrize(
    ("at", "amount_fen", "refusal"),
    [
        (29.9, 800, BalanceNotOpen),
        (40.0, 800, BalanceClosed),
        (30.0, 900, AmountMismatch),
        (30.0, 100, AmountMismatch),
        (39.9, 801, AmountMismatch),
    ],
)
def test_a_balance_is_paid_in_its_window_and_exactly(at: float, amount_fen: int, refusal: type[ShopError]) -> None:
    order, _ = deposited(order_of())
    with pytest.raises(refusal):
        new_payment("P2", order, "p2", amount_fen, "card", at)
    assert new_payment("P2", order, "p2", 800, "card", 30.0).instalment is Instalment.BALANCE


def test_there_is_one_payment_at_a_time() -> None:
    order = replace(order_of(), payment="P0")
    with pytest.raises(AlreadyPaid):
        asked(order, "P1", 11.0)
    order, _ = deposited(order_of())
    with pytest.raises(AlreadyPaid):
        new_payment("P2", replace(order, payment="P1"), "p2", 800, "card", 31.0)


def test_an_order_given_up_cannot_be_paid_and_its_buyer_is_told_why() -> None:
    order, payment = deposited(order_of())
    gone = changes.cancelled(order, 15.0, payment).order
    assert gone is not None
    with pytest.raises(IllegalTransition):
        new_payment("P2", gone, "p2", 800, "card", 31.0)
    with pytest.raises(BalanceClosed):
        new_payment("P2", gone, "p2", 800, "card", 40.0)


def test_a_declined_deposit_cancels_and_a_declined_balance_may_be_tried_again() -> None:
    order = order_of()
    done = spoken(order, asked(order, "P1", 11.0), 12.0, Outcome.DECLINED)
    assert done.order is not None and done.order.state is OrderState.CANCELLED
    order, _ = deposited(order)
    done = spoken(replace(order, payment="P2"), asked(order, "P2", 31.0), 32.0, Outcome.DECLINED)
    assert done.order is not None and done.payment is not None
    assert (done.order.state, done.order.payment, done.payment.state) == (OrderState.DEPOSITED, None, "voided")
    assert (done.entries, done.events) == ((), ())
    assert asked(done.order, "P3", 33.0).amount_fen == 800


@pytest.mark.parametrize(("at", "forfeited_fen"), [(24.9, 0), (25.0, 100), (39.0, 100), (40.0, 100)])
def test_a_deposit_goes_back_until_an_instant_and_is_forfeited_from_then_on(at: float, forfeited_fen: int) -> None:
    order, payment = deposited(order_of())
    done = changes.cancelled(order, at, payment)
    assert done.order is not None
    assert done.order.forfeited_fen == forfeited_fen
    assert (done.payment is None) == bool(forfeited_fen), "the deposit's payment moves only if it goes back"


def test_a_deposit_never_goes_back_without_its_payment() -> None:
    order, _ = deposited(order_of())
    with pytest.raises(ValueError, match="its payment is not there"):
        changes.cancelled(order, 24.9)
    assert changes.cancelled(order, 40.0).payment is None


def test_a_deposit_that_comes_after_the_balance_closed_goes_back() -> None:
    order = order_of()
    done = spoken(order, asked(order, "P1", 11.0), 40.0)
    assert done.order is not None and done.payment is not None
    assert (done.order.state, done.payment.state) == (OrderState.CANCELLED, "refunding")
    assert done.order.forfeited_fen == 0


def balances(*entries: Entry) -> dict[str, int]:
    sums: dict[str, int] = {}
    for entry in entries:
        for leg in entry.legs:
            sums[leg.account] = sums.get(leg.account, 0) + leg.amount_fen
    return {account: fen for account, fen in sums.items() if fen}


BOUGHT = (ledger.placed, ledger.deposited, ledger.paid)


@given(quantity=st.integers(1, 99), price_fen=st.integers(2, 10**9), share=st.floats(0.0, 1.0))
@pytest.mark.parametrize(
    ("story", "left"),
    [
        (BOUGHT[:2], {"bank": "deposit", "receivable/O1": "balance", "merchant/M1": "-price"}),
        (BOUGHT, {"bank": "price", "merchant/M1": "-price"}),
        ((*BOUGHT[:2], ledger.forfeited), {"bank": "deposit", "forfeits/M1": "-deposit"}),
        (
            (*BOUGHT[:2], ledger.forfeited, ledger.paid, ledger.returned),
            {"bank": "deposit", "forfeits/M1": "-deposit"},
        ),
        ((*BOUGHT[:2], ledger.cancelled, ledger.deposit_returned), {}),
        ((ledger.placed, ledger.cancelled, ledger.deposited, ledger.deposit_returned), {}),
        ((*BOUGHT, ledger.cancelled, ledger.returned, ledger.deposit_returned), {}),
    ],
    ids=["deposited", "paid", "forfeited", "balance too late", "given up in time", "deposit too late", "refunded"],
)
def test_every_story_of_a_presale_leaves_the_right_accounts(
    story: tuple[Any, ...], left: dict[str, str], quantity: int, price_fen: int, share: float
) -> None:
    deposit_fen = min(price_fen - 1, max(1, int(price_fen * share)))
    order = order_of(quantity, price_fen, deposit_fen)
    fen = {"deposit": order.deposit_fen, "balance": order.balance_fen, "price": order.payable_fen}
    expected = {account: -fen[what[1:]] if what[0] == "-" else fen[what] for account, what in left.items()}
    assert balances(*(book(order, 1.0) for book in story)) == expected
