"""How much buyers put in an order where the run's shape has curves; without curves they buy their whole cart."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest

from loadtests.crowd.visit import Visit
from loadtests.plan.arrivals import Schedule
from loadtests.scenarios.buyer import EVERY_FEN, SAVES_FEN
from loadtests.scenarios.cart_loaded_buyer import CartLoadedBuyer
from loadtests.shapes.double11_2017 import PHASE_ENDS_S
from loadtests.shapes.double11_2017_crowd import Crowd
from loadtests.shop.answers import Cart, CartLine

CURVES = Crowd(100.0, 100.0, dict.fromkeys(PHASE_ENDS_S, 1.0))
DAYTIME_S = 80.0


def cart(*prices_fen: int) -> Cart:
    lines = [CartLine(f"S{i:07d}", "tea", 1, price_fen) for i, price_fen in enumerate(prices_fen, 1)]
    return Cart(lines, sum(prices_fen))


@pytest.fixture
def buyer(make_crowd: Callable[..., Any]) -> Iterator[Any]:
    """One with a visit of its own, at even arrivals, in the daytime of a shape with curves."""
    sent = make_crowd("http://127.0.0.1:1", {"customers": 50, "skus": 30, "categories": []})
    sent.festival.schedule = Schedule([part.stage for part in CURVES.stages], "even", 11)
    sent.festival.crowd = CURVES
    sent.festival.clock = lambda: sent.festival.opened_at + DAYTIME_S
    shopper = sent.shopper(CartLoadedBuyer)
    gevent.getcurrent().visit = None
    shopper.visit = shopper._begin()
    shopper.rng = shopper.visit.rng
    yield shopper
    gevent.getcurrent().visit = None


def bought_fen(buyer: Any, full: Cart, visits: int) -> list[int]:
    found = []
    for index in range(visits):
        buyer.visit = Visit(index, "daytime", "CartLoadedBuyer", None, index)
        found.append(buyer.within_basket(full).total_fen)
    return found


def test_without_curves_the_whole_cart_is_bought(buyer: Any) -> None:
    buyer.festival.crowd = None
    full = cart(90_000, 1_000)
    assert buyer.within_basket(full) is full


def test_an_average_order_is_what_was_published(buyer: Any) -> None:
    spent = bought_fen(buyer, cart(5_900, 1_990), 500)
    assert statistics.mean(spent) == pytest.approx(buyer.basket_fen * CURVES.basket(DAYTIME_S), rel=0.02)
    assert statistics.pstdev(spent) > 0.3 * statistics.mean(spent)


def test_at_midnight_it_is_nearly_twice_as_much(buyer: Any) -> None:
    by_day = statistics.mean(bought_fen(buyer, cart(5_900, 2_990), 200))
    buyer.festival.clock = lambda: buyer.festival.opened_at + 12.0
    assert statistics.mean(bought_fen(buyer, cart(5_900, 2_990), 200)) / by_day == pytest.approx(
        1.946 / 0.943, rel=0.03
    )


def test_what_promotions_save_at_midnight_is_spent_as_well(buyer: Any) -> None:
    buyer.festival.clock = lambda: buyer.festival.opened_at + 12.0
    buyer.festival.shop = {"promotions": {"campaigns": []}}
    listed = bought_fen(buyer, cart(5_900, 2_990), 500)
    paid = [fen - fen // EVERY_FEN * SAVES_FEN for fen in listed]
    assert statistics.mean(paid) == pytest.approx(buyer.basket_fen * CURVES.basket(12.0), rel=0.03)


def test_somebody_whose_goods_are_all_dearer_buys_one_of_the_cheapest(buyer: Any) -> None:
    kept = buyer.within_basket(cart(900_000, 400_000))
    assert [(line.sku, line.quantity) for line in kept.lines] == [("S0000002", 1)]
    assert kept.total_fen == 400_000


def test_what_prices_leave_over_the_next_buyers_spend(buyer: Any) -> None:
    """Goods at 170 yuan: one unit or two are not the basket meant, but a few buyers in a row spend what they should."""
    meant_fen = buyer.basket_fen * CURVES.basket(DAYTIME_S)
    for begins in (0, 100, 200):
        spent = bought_fen(buyer, cart(17_000), 12)
        assert sum(spent) == pytest.approx(12 * meant_fen, abs=1.5 * 17_000), begins


def test_one_very_dear_thing_is_nobody_elses_business_for_long(buyer: Any) -> None:
    buyer.within_basket(cart(9_000_000))
    assert buyer.festival.unspent == ("daytime", -buyer.basket_fen)
    meant_fen = buyer.basket_fen * CURVES.basket(DAYTIME_S)
    buyer.visit = Visit(1, "daytime", "CartLoadedBuyer", None, 1)
    assert buyer.carried_fen(meant_fen) == -meant_fen / 2, "each gives up no more than half"
    buyer.festival.clock = lambda: buyer.festival.opened_at + 90.0
    assert buyer.carried_fen(meant_fen) == 0, "it is evening: every second stands for less"


def test_those_who_wait_for_midnight_leave_nothing_to_one_another(buyer: Any) -> None:
    buyer.festival.clock = lambda: buyer.festival.opened_at + 5.0
    buyer.festival.unspent = ("countdown", 40_000.0)
    first = buyer.within_basket(cart(5_900, 1_990))
    assert buyer.within_basket(cart(5_900, 1_990)) == first, "they look again and again, and mean the same"
    assert buyer.festival.unspent == ("countdown", 40_000.0)


def test_arrivals_by_chance_spend_by_chance(buyer: Any) -> None:
    buyer.festival.schedule = Schedule([part.stage for part in CURVES.stages], "poisson", 11)
    buyer.festival.unspent = ("daytime", 40_000.0)
    spent = bought_fen(buyer, cart(5_900, 1_990), 400)
    assert buyer.festival.unspent == ("daytime", 40_000.0)
    assert statistics.mean(spent) == pytest.approx(buyer.basket_fen * CURVES.basket(DAYTIME_S), rel=0.06)


def test_every_tenth_visit_is_not_by_phone(buyer: Any) -> None:
    held = []
    for _ in range(500):
        buyer.come_in = lambda: False
        buyer.visit_the_shop()
        held.append(buyer.client.headers["X-Client"])
    assert held.count("phone") / len(held) == pytest.approx(0.9, abs=0.01)
    assert set(held) == {"phone", "web"}
