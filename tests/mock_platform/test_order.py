"""An order moves as its table says, and knows what it costs."""

from __future__ import annotations

import itertools

import pytest

from mock_platform.domain.errors import IllegalTransition, MalformedRequest
from mock_platform.domain.money import FEN_MAX
from mock_platform.domain.order import LIVE, MOVES, Line, Order, OrderState, WantedLine, check_wanted, new_order
from mock_platform.domain.reservation import WEB

LINES = (Line("S1", WEB, 2, 1_000, "M1"), Line("S2", WEB, 1, 250, "M2"), Line("S3", WEB, 3, 10, "M1"))
ALLOWED = {
    ("placed", "paid"),
    ("placed", "cancelled"),
    ("placed", "deposited"),
    ("deposited", "paid"),
    ("deposited", "cancelled"),
    ("paid", "shipped"),
    ("paid", "collected"),
    ("paid", "refunded"),
    ("shipped", "delivered"),
}


def placed() -> Order:
    return new_order("O1", "C1", "k1", LINES, flash_sale=None, at=100.0, payment_window_s=60.0)


def in_state(state: OrderState) -> Order:
    order = placed()
    route = {"paid": ["paid"], "shipped": ["paid", "shipped"], "delivered": ["paid", "shipped", "delivered"]}
    for step in route.get(state.value, [] if state is OrderState.PLACED else [state.value]):
        if step in ("refunded", "collected"):
            order = order.moved(OrderState.PAID, 101.0)
        order = order.moved(OrderState(step), 102.0)
    return order


def test_a_new_order_costs_its_lines_and_is_payable_for_the_window() -> None:
    order = placed()
    assert (order.payable_fen, order.pay_before, order.state) == (2_280, 160.0, OrderState.PLACED)
    assert order.history == (("placed", 100.0),)
    assert order.merchant_totals_fen() == {"M1": 2_030, "M2": 250}


@pytest.mark.parametrize(("state", "to"), [*itertools.product(OrderState, repeat=2)])
def test_every_move_is_in_the_table_or_refused(state: OrderState, to: OrderState) -> None:
    order = in_state(state)
    if (state.value, to.value) not in ALLOWED:
        with pytest.raises(IllegalTransition):
            order.moved(to, 200.0)
        return
    moved = order.moved(to, 200.0)
    assert (moved.state, moved.history[-1]) == (to, (to.value, 200.0))
    assert order.state is state, "the order before it moved is untouched"


def test_units_are_free_again_only_after_an_end_without_delivery() -> None:
    assert set(MOVES) - LIVE == {OrderState.CANCELLED, OrderState.REFUNDED}


@pytest.mark.parametrize(
    "wanted",
    [
        [],
        [WantedLine("S1", 0, 100)],
        [WantedLine("S1", 100, 100)],
        [WantedLine("S1", 1, 0)],
        [WantedLine("S1", 1, -5)],
        [WantedLine("S1", 1, 100), WantedLine("S1", 2, 100)],
        [WantedLine(f"S{number}", 1, 100) for number in range(51)],
        [WantedLine("S1", 1, FEN_MAX)],
        [WantedLine("S1", 99, FEN_MAX // 98)],
        [WantedLine(f"S{number}", 1, FEN_MAX // 2) for number in range(2)],
    ],
)
def test_an_order_nobody_could_mean_is_malformed(wanted: list[WantedLine]) -> None:
    with pytest.raises(MalformedRequest):
        check_wanted(wanted)


def test_the_largest_order_is_no_mistake() -> None:
    check_wanted([WantedLine(f"S{number}", 99, 100) for number in range(50)])
    check_wanted([WantedLine("S1", 1, FEN_MAX - 2), WantedLine("S2", 1, 1)])
