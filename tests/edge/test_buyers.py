"""How those who came to buy behave, against a tiny shop whose answers the test chooses."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from loadtests.plan.arrivals import Schedule, Stage
from loadtests.scenarios.cart_loaded_buyer import CartLoadedBuyer
from loadtests.scenarios.flash_sale_hunter import FlashSaleHunter
from loadtests.scenarios.impatient_buyer import ImpatientBuyer


@pytest.fixture
def crowd(shop: Any, make_crowd: Callable[..., Any]) -> Any:
    return make_crowd(shop.host, shop.shop)


class Quick:
    """Without the pauses: what is tested is what they do, not how long they muse."""

    try_again_s = checkout_s = think_s = reaction_s = 0.01
    first_poll_s = 0.01


class QuickBuyer(Quick, CartLoadedBuyer):
    pass


class QuickHunter(Quick, FlashSaleHunter):
    second_share = 0.0


class QuickImpatient(Quick, ImpatientBuyer):
    hang_up_share = 0.0
    tap_twice_share = 0.0


def refusal(code: str) -> str:
    return f'{{"error": {{"code": "{code}", "message": "no"}}}}'


def names(shop: Any) -> list[str]:
    return [request["operation"] for request in shop.seen()]


def states(crowd: Any, step: str) -> list[list[str]]:
    return list(crowd.beliefs(step).values())


# -- buyers ------------------------------------------------------------------------------------------------------------


def test_a_buyer_with_a_full_cart_submits_pays_and_looks_at_the_order(shop: Any, crowd: Any) -> None:
    crowd.send(QuickBuyer, *range(8))
    assert states(crowd, "order") == [["trying", "placed"]] * 8
    assert states(crowd, "pay") == [["trying", "pending", "paid"]] * 8
    business = crowd.business()
    assert (business.orders, business.payments, business.gmv_fen) == (8, 8, 8 * (102 + 2 * 103))
    assert crowd.outcomes("GET /orders/{order}") == ["ok"] * 8
    assert crowd.failures() == []


def test_a_buyer_with_an_empty_cart_fills_it_first(shop: Any, crowd: Any) -> None:
    shop.lie(operation="GET /carts/mine", patch=[[["lines"], []], [["total_fen"], 0]])
    crowd.send(QuickBuyer, 1)
    assert 1 <= names(shop).count("PUT /carts/mine/lines/{sku}") <= 3
    assert states(crowd, "order") == [["trying", "placed"]]


@pytest.mark.parametrize("code", ["sold_out", "overloaded", "price_changed"])
def test_what_a_buyer_does_when_the_shop_says_no(shop: Any, crowd: Any, code: str) -> None:
    keys, carts = {"sold_out": (1, 1), "overloaded": (1, 1), "price_changed": (2, 2)}[code]
    tries = {"sold_out": 1, "overloaded": QuickBuyer.tries, "price_changed": 2}[code]
    status = 503 if code == "overloaded" else 409
    shop.lie(operation="POST /orders", status=status, raw=refusal(code))
    crowd.send(QuickBuyer, 1)
    assert len(crowd.beliefs("order")) == keys
    assert names(shop).count("GET /carts/mine") == carts
    assert crowd.outcomes("POST /orders") == ["refused"] * tries
    assert crowd.beliefs("pay") == {}


def test_before_midnight_carts_are_refreshed_and_orders_come_as_the_clock_strikes(
    shop: Any, make_crowd: Callable[..., Any]
) -> None:
    stages = (Stage("countdown", 1.5, 1.0, 1.0), Stage("zero_hour", 60.0, 1.0, 1.0))
    crowd = make_crowd(shop.host, shop.shop, schedule=Schedule(stages))

    class Restless(QuickBuyer):
        refresh_s = 0.3

    crowd.send(Restless, *range(6))
    assert names(shop).count("GET /carts/mine") > 12
    tried_at = [e["at"] for e in crowd.festival.journal if e["step"] == "order" and e["state"] == "trying"]
    assert len(tried_at) == 6
    assert all(1.5 <= at < 2.0 for at in tried_at)
    assert set(crowd.festival.business) == {"zero_hour"}


# -- hunters -----------------------------------------------------------------------------------------------------------


def test_a_hunter_buys_one_unit_at_the_sale_price(crowd: Any) -> None:
    crowd.send(QuickHunter, 1)
    assert crowd.business().gmv_fen == 50
    assert crowd.failures() == []


@pytest.mark.parametrize("code", ["sold_out", "limit_per_buyer", "sale_closed"])
def test_a_hunter_who_comes_too_late_is_refused_and_looks_at_something_else(shop: Any, crowd: Any, code: str) -> None:
    shop.lie(operation="POST /orders", status=409, raw=refusal(code))
    crowd.send(QuickHunter, 1)
    assert crowd.outcomes("POST /orders") == ["refused"]
    assert names(shop)[-1] == "GET /skus/{sku}"
    assert crowd.failures() == []


def test_a_hunter_who_is_early_tries_again_with_another_key(shop: Any, crowd: Any) -> None:
    shop.lie(operation="POST /orders", status=409, raw=refusal("sale_not_open"), times=2)
    crowd.send(QuickHunter, 1)
    assert states(crowd, "order") == [["trying", "refused"], ["trying", "refused"], ["trying", "placed"]]


def test_a_hunter_waits_for_a_sale_that_opens_soon(shop: Any, crowd: Any) -> None:
    opens_at = time.time() + 1.0
    upcoming = [["flash_sales", 0, "state"], "upcoming"]
    shop.lie(operation="GET /flash-sales", patch=[upcoming, [["flash_sales", 0, "opens_at"], opens_at]])
    opens_s = opens_at - time.time() + crowd.festival.run_s()
    crowd.send(QuickHunter, 1)
    [tried_at] = [e["at"] for e in crowd.festival.journal if e["step"] == "order" and e["state"] == "trying"]
    assert opens_s <= tried_at < opens_s + 0.5


def test_a_hunter_does_not_wait_for_tomorrow(shop: Any, crowd: Any) -> None:
    upcoming = [["flash_sales", 0, "state"], "upcoming"]
    times = [[["flash_sales", 0, "opens_at"], time.time() + 900], [["flash_sales", 0, "closes_at"], time.time() + 999]]
    shop.lie(operation="GET /flash-sales", patch=[upcoming, *times])
    crowd.send(QuickHunter, 1)
    assert crowd.festival.journal == []
    assert names(shop)[-1] == "GET /skus/{sku}"


# -- the impatient -----------------------------------------------------------------------------------------------------


def test_a_hang_up_is_followed_by_the_same_request_which_is_then_judged(shop: Any, crowd: Any) -> None:
    class Rash(QuickImpatient):
        hang_up_share = 1.0
        hang_up_after_s = (0.02, 0.03)

    shop.lie(operation="POST /orders", delay_s=0.2, times=1)
    crowd.send(Rash, 1)
    assert states(crowd, "order") == [["trying", "unknown", "trying", "placed"]]
    assert crowd.outcomes("POST /orders") == ["refused", "ok"]
    assert crowd.business().orders == 1
    assert crowd.failures() == []


def test_a_tap_twice_is_one_order_and_one_payment(crowd: Any) -> None:
    class Nervous(QuickImpatient):
        tap_twice_share = 1.0

    crowd.send(Nervous, *range(5))
    assert states(crowd, "order") == [["trying", "placed", "trying", "placed"]] * 5
    assert crowd.business().orders == crowd.business().payments == 5
    assert crowd.failures() == []


def test_a_shop_slower_than_patience_fails_and_is_asked_a_bounded_number_of_times(shop: Any, crowd: Any) -> None:
    class Short(QuickImpatient):
        patience_s = (0.05, 0.06)

    shop.lie(operation="POST /orders", delay_s=0.5)
    crowd.send(Short, 1)
    assert crowd.outcomes("POST /orders") == ["failed"] * Short.tries
    assert states(crowd, "order") == [["trying", "unknown"] * Short.tries]
    assert crowd.beliefs("pay") == {}


def test_the_impatient_take_a_lasting_no_for_an_answer(shop: Any, crowd: Any) -> None:
    shop.lie(operation="POST /orders", status=409, raw=refusal("sold_out"))
    crowd.send(QuickImpatient, 1)
    assert crowd.outcomes("POST /orders") == ["refused"]
