"""Limits of what may be sent from abroad, at and around their bounds, and the table of a declaration's moves."""

from __future__ import annotations

from datetime import datetime
from math import nextafter

import pytest

from mock_platform.domain.currency import ExchangeRate
from mock_platform.domain.customs import (
    CHINA,
    ORDER_LIMIT_FEN,
    YEARLY_LIMIT_FEN,
    at_rate,
    check_order,
    check_year,
    imported_sku,
    unit_duty_fen,
    year_of,
)
from mock_platform.domain.declaration import MOVES, UNDER_WAY, Declaration, DeclarationState
from mock_platform.domain.errors import IllegalTransition, OrderLimit, YearlyLimit
from mock_platform.domain.order import Line
from mock_platform.domain.sku import Sku


def line(quantity: int, unit_price_fen: int, sku: str = "I1") -> Line:
    return Line(sku, "web", quantity, unit_price_fen, "X1")


@pytest.mark.parametrize(
    "lines",
    [
        [line(1, ORDER_LIMIT_FEN)],
        [line(2, ORDER_LIMIT_FEN // 2)],
        [line(1, ORDER_LIMIT_FEN - 1), line(1, 1, "I2")],
        [line(1, ORDER_LIMIT_FEN + 1)],  # one single unit that nobody can divide
        [line(1, 10 * ORDER_LIMIT_FEN)],
    ],
)
def test_an_order_within_the_limit_or_of_one_unit_is_let_in(lines: list[Line]) -> None:
    check_order(lines)


@pytest.mark.parametrize(
    "lines",
    [
        [line(2, ORDER_LIMIT_FEN // 2 + 1)],
        [line(1, ORDER_LIMIT_FEN), line(1, 1, "I2")],
        [line(2, ORDER_LIMIT_FEN + 1)],
    ],
)
def test_a_larger_order_that_could_be_divided_is_refused(lines: list[Line]) -> None:
    with pytest.raises(OrderLimit, match=r"more than 5,000.00 an order"):
        check_order(lines)


def test_the_year_ends_at_26_000_yuan() -> None:
    check_year(YEARLY_LIMIT_FEN - 100, 100)
    with pytest.raises(YearlyLimit, match=r"1.00 are left"):
        check_year(YEARLY_LIMIT_FEN - 100, 101)


def test_a_year_is_chinas() -> None:
    midnight = datetime(2018, 1, 1, tzinfo=CHINA).timestamp()
    assert (year_of(midnight - 0.001), year_of(midnight)) == (2017, 2018)
    assert year_of(nextafter(midnight, 0.0)) == 2017, "the last instant that a clock can tell"


@pytest.mark.parametrize(("price_fen", "duty_fen"), [(ORDER_LIMIT_FEN, 45_500), (ORDER_LIMIT_FEN + 100, 121_524)])
def test_a_unit_beyond_an_orders_limit_pays_in_full(price_fen: int, duty_fen: int) -> None:
    assert unit_duty_fen(price_fen, "鞋靴箱包") == duty_fen


def test_a_new_rate_changes_price_and_duty_and_nothing_abroad() -> None:
    old, new = ExchangeRate("USD", 6_500_000, 1.0), ExchangeRate("USD", 6_600_000, 2.0)
    sku = imported_sku(Sku("I2", "phone", "数码", "X1", 1), "US", 10_000, old)
    moved = at_rate(sku, new)
    assert (sku.price_fen, moved.price_fen) == (65_000, 66_000)
    assert sku.imported is not None and moved.imported is not None
    assert (moved.imported.price_minor, moved.imported.rate_micro_yuan, moved.imported.rated_at) == (
        10_000,
        6_600_000,
        2.0,
    )
    assert moved.imported.duty_fen == 6_006
    assert at_rate(moved, old) == sku


@pytest.mark.parametrize("state", DeclarationState)
@pytest.mark.parametrize("to", DeclarationState)
def test_a_declaration_moves_by_its_table_alone(state: DeclarationState, to: DeclarationState) -> None:
    declaration = Declaration("D", "O", "C1", 1, 1, state, ((state.value, 1.0),))
    if to in MOVES[state]:
        moved = declaration.moved(to, 2.0)
        assert (moved.state, moved.history[-1]) == (to, (to.value, 2.0))
    else:
        with pytest.raises(IllegalTransition):
            declaration.moved(to, 2.0)


def test_customs_speak_once() -> None:
    assert {state for state in DeclarationState if not MOVES[state]} == set(DeclarationState) - UNDER_WAY
