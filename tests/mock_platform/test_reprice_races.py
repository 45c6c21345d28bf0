"""A merchant reprices while buyers buy: whatever the order of events, nobody pays another price than the one shown."""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import suppress
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_platform.audit import audit
from mock_platform.domain.errors import PriceChanged, SoldOut
from mock_platform.domain.order import Order, WantedLine
from mock_platform.domain.purchase import Purchase
from tests.mock_platform.core_world import HOLD_S, LOCK_S
from tests.mock_platform.interruptions import Suspending, cut_off, run
from tests.mock_platform.market_world import Market

WAS_FEN, IS_FEN = 1_000, 1_050


def asked(price_fen: int, **wish: Any) -> Purchase:
    return Purchase("C1", (WantedLine("S1", 2, price_fen),), **wish)


def ended(work: Coroutine[Any, Any, Any]) -> Any:
    """What a buyer was told: the order, or the refusal."""
    try:
        return run(work)[0]
    except PriceChanged as refused:
        return refused


@pytest.mark.parametrize("back_again", [False, True])
def test_at_whichever_moment_of_a_checkout_the_price_changes_the_buyer_pays_the_one_shown_or_nothing(
    back_again: bool,
) -> None:
    ends = set()
    for moment in count(1):
        market = Market(core=Suspending)
        work = market.checkout.place("k1", asked(WAS_FEN))
        try:
            for _ in range(moment):
                work.send(None)
        except StopIteration:
            break
        market.clock.advance(0.5)
        run(market.merchandising.reprice("M1", "S1", IS_FEN))
        if back_again:
            run(market.merchandising.reprice("M1", "S1", WAS_FEN))
        told = ended(work)
        ends.add(type(told))
        if isinstance(told, Order):
            assert told.payable_fen == 2 * WAS_FEN
        again = ended(market.checkout.place("k1", asked(WAS_FEN)))
        assert (type(again), getattr(again, "order", None)) == (type(told), getattr(told, "order", None))
        assert audit(run(market.snapshot())).violations == ()
    assert moment > 6 and ends == ({Order} if back_again else {Order, PriceChanged})


def test_cut_off_and_taken_over_after_the_price_has_changed_a_key_makes_no_order_at_the_new_price() -> None:
    for moment in count(1):
        market = Market(core=Suspending)
        interrupted = cut_off(market.checkout.place("k1", asked(WAS_FEN)), moment)
        run(market.merchandising.reprice("M1", "S1", IS_FEN))
        market.clock.advance(LOCK_S + 1.0)
        told = ended(market.checkout.place("k1", asked(WAS_FEN)))
        assert isinstance(told, PriceChanged) or told.payable_fen == 2 * WAS_FEN
        market.clock.advance(HOLD_S)
        run(market.expiry.sweep())
        assert audit(run(market.snapshot())).violations == ()
        if not interrupted:
            assert moment > 6
            return


def test_what_was_quoted_is_what_is_paid_or_the_buyer_is_told() -> None:
    market = Market()
    quoted = run(market.checkout.quote(asked(WAS_FEN)))
    payable_fen = sum(line.total_fen for line in quoted.lines)
    run(market.merchandising.reprice("M1", "S1", IS_FEN))
    with pytest.raises(PriceChanged):
        run(market.checkout.place("k1", asked(WAS_FEN, payable_fen=payable_fen)))
    with pytest.raises(PriceChanged):
        run(market.checkout.place("k2", asked(IS_FEN, payable_fen=payable_fen)))
    with pytest.raises(PriceChanged):
        run(market.checkout.quote(asked(WAS_FEN)))
    assert ended(market.checkout.place("k3", asked(IS_FEN, payable_fen=2 * IS_FEN))).payable_fen == 2 * IS_FEN


def test_a_cart_shows_the_price_in_force_and_one_looked_at_before_buys_nothing() -> None:
    market = Market()
    (before, *_) = run(market.shopping.cart("C1")).lines
    run(market.merchandising.reprice("M1", "S1", IS_FEN))
    (after, *_) = run(market.shopping.cart("C1")).lines
    assert (before.unit_price_fen, after.unit_price_fen) == (WAS_FEN, IS_FEN)
    told = ended(market.checkout.place("k1", Purchase("C1", (WantedLine("S1", 1, before.unit_price_fen),))))
    assert isinstance(told, PriceChanged)


PRICES = st.sampled_from([900, 1_000, 1_050])
ACTS = st.one_of(
    st.tuples(st.just("reprice"), PRICES),
    st.tuples(st.just("buy"), PRICES),
    st.tuples(st.just("go on"), st.integers(0, 9)),
    st.tuples(st.just("cut off"), st.integers(0, 9)),
    st.tuples(st.just("wait"), st.sampled_from([0, 1, 3])),
)


@given(st.lists(ACTS, max_size=40))
def test_many_buyers_and_many_prices_in_any_order_and_the_audit_finds_every_order_at_a_price_it_was_shown(
    acts: list[tuple[str, int]],
) -> None:
    market = Market(core=Suspending)
    shown: dict[str, int] = {}
    under_way: list[Coroutine[Any, Any, Any]] = []
    for number, (act, value) in enumerate(acts):
        if act == "reprice":
            run(market.merchandising.reprice("M1", "S1", value))
        elif act == "buy":
            shown[f"k{number}"] = value
            under_way.append(market.checkout.place(f"k{number}", Purchase("C1", (WantedLine("S1", 1, value),))))
        elif act == "wait":
            market.clock.advance(float(value))
        elif under_way:
            work = under_way.pop(value % len(under_way))
            try:
                if act == "cut off":
                    cut_off(work, 1)
                    continue
                for _ in range(value):
                    work.send(None)
            except (StopIteration, PriceChanged, SoldOut):
                continue
            under_way.append(work)
    for work in under_way:
        with suppress(PriceChanged, SoldOut):
            run(work)
    orders = run(market.orders.books()).orders
    assert all(order.lines[0].unit_price_fen == shown[order.key] for order in orders)
    market.clock.advance(HOLD_S)
    run(market.expiry.sweep())
    assert audit(run(market.snapshot())).violations == ()
