"""How each kind of shopper behaves, against a tiny shop whose answers the test chooses."""

from __future__ import annotations

import math
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import gevent
import pytest

from loadtests.plan.arrivals import Schedule, Stage
from loadtests.plan.profile import Wanted
from loadtests.scenarios.cart_loaded_buyer import CartLoadedBuyer
from loadtests.scenarios.festival_shopper import LONGEST, FestivalShopper
from loadtests.scenarios.window_shopper import WindowShopper
from loadtests.shop.answers import Session
from loadtests.shop.storefront import Storefront


@pytest.fixture
def crowd(shop: Any, make_crowd: Callable[..., Any]) -> Any:
    return make_crowd(shop.host, shop.shop)


class Quick:
    """Without the pauses: what is tested is what they do, not how long they muse."""

    try_again_s = checkout_s = think_s = reaction_s = 0.01
    first_poll_s = 0.01


class QuickWindowShopper(Quick, WindowShopper):
    pass


class QuickBuyer(Quick, CartLoadedBuyer):
    pass


def refusal(code: str) -> str:
    return f'{{"error": {{"code": "{code}", "message": "no"}}}}'


def names(shop: Any) -> list[str]:
    return [request["operation"] for request in shop.seen()]


def alone(steps: Callable[[], Any]) -> Any:
    """On a greenlet of their own, as every user of Locust is."""
    return gevent.spawn(steps).get(timeout=10)


# -- everybody ---------------------------------------------------------------------------------------------------------


class Glance(FestivalShopper):
    def stay(self) -> None:
        self.shop.open_cart()


def test_each_visit_is_somebody_new_chosen_by_its_own_chance(shop: Any, crowd: Any) -> None:
    crowd.send(Glance, *range(20))
    asked = [request["headers"] for request in shop.seen() if request["operation"] == "GET /carts/mine"]
    tokens = [headers["Authorization"] for headers in asked]
    customers = {token.removeprefix("Bearer ").split("/")[0] for token in tokens}
    assert len(tokens) == 20
    assert len(customers) > 10
    expected = {f"C{random.Random(seed).randint(1, 50):07d}" for seed in range(20)}
    assert customers == expected


def test_a_shopper_carries_nothing_over_from_the_last_visit(shop: Any, crowd: Any) -> None:
    user = crowd.shopper(Glance)
    shop.lie(operation="GET /carts/mine", headers={"Set-Cookie": "last=visit; Path=/"})
    alone(lambda: (user.visit_the_shop(), user.visit_the_shop()))
    signing_in = [request for request in shop.seen() if request["operation"] == "POST /customers/sessions"]
    assert len(signing_in) == 2
    for request in signing_in:
        assert "Authorization" not in request["headers"]
        assert "Cookie" not in request["headers"]
        assert request["headers"]["X-Zerohour-Run"] == "run"


def test_a_token_never_outlives_its_visit_even_where_an_adapter_forgets_it(shop: Any, crowd: Any) -> None:
    class Careless(Storefront):
        def sign_in(self) -> Session | None:
            return Session(self.buyer, "forgotten", 0.0)

    class Forgetful(Glance):
        adapter = Careless

    user = crowd.shopper(Forgetful)
    user.client.headers["Authorization"] = "Bearer of the last visit"
    alone(user.visit_the_shop)
    [asked] = shop.seen()
    assert "Authorization" not in asked["headers"]


def test_nobody_stays_who_could_not_sign_in(shop: Any, crowd: Any) -> None:
    shop.lie(operation="POST /customers/sessions", status=503, raw=refusal("overloaded"))
    crowd.send(QuickBuyer, 1)
    assert crowd.outcomes("POST /customers/sessions") == ["refused"]
    assert names(shop) == ["POST /customers/sessions"]


def test_without_a_turnstile_every_visit_is_another(shop: Any, crowd: Any) -> None:
    user = crowd.shopper(Glance)
    visits = alone(lambda: [(user.visit_the_shop(), user._own_visit.index) for _ in range(3)])
    assert len({index for _, index in visits}) == 3
    assert user.closes_in_s() == math.inf


def test_pauses_have_their_mean_and_a_bound(crowd: Any) -> None:
    user = crowd.shopper(Glance)
    user.rng = random.Random(11)
    pauses = [user.pause_s(2.0) for _ in range(5000)]
    assert statistics.mean(pauses) == pytest.approx(2.0, rel=0.07)
    assert max(pauses) <= LONGEST * 2.0
    assert min(pauses) > 0.0


@pytest.mark.parametrize(("mean", "most"), [(4.0, 100), (0.5, 100), (0.0, 5)])
def test_counts_have_their_mean_and_a_bound(crowd: Any, mean: float, most: int) -> None:
    user = crowd.shopper(Glance)
    user.rng = random.Random(11)
    counts = [user.some(mean, most) for _ in range(5000)]
    assert statistics.mean(counts) == pytest.approx(mean, rel=0.1)
    assert max(user.some(mean, 2) for _ in range(500)) <= 2


def test_what_is_wanted_is_zipfs_law_and_one_hot_item(crowd: Any) -> None:
    """Of 30 items: counted over visits, as the profile has it and as it is when the profile says nothing."""
    for wanted in (Wanted(), Wanted(zipf_exponent=0.6, hot_share=0.3)):
        crowd.festival.wanted = wanted
        user = crowd.shopper(Glance)
        ranks: Counter[str] = Counter()
        for seed in range(600):
            user.rng = random.Random(seed)
            ranks.update(user.wanted_sku() for _ in range(10))
        zipf = [rank**-wanted.zipf_exponent for rank in range(1, 31)]
        for rank in (1, 2, 3, 10, 30):
            share = (1 - wanted.hot_share) * zipf[rank - 1] / sum(zipf) + (wanted.hot_share if rank == 1 else 0)
            seen = ranks[user.adapter.sku(rank)] / ranks.total()
            assert seen == pytest.approx(share, abs=4 * math.sqrt(share / ranks.total())), (wanted, rank)
        assert ranks.total() == sum(ranks[user.adapter.sku(rank)] for rank in range(1, 31))


# -- window shoppers ---------------------------------------------------------------------------------------------------


def test_window_shoppers_look_search_and_never_buy(shop: Any, crowd: Any) -> None:
    crowd.send(QuickWindowShopper, *range(30))
    asked = Counter(names(shop))
    assert set(asked) >= {"GET /skus", "GET /skus?q=", "GET /skus/{sku}"}
    assert not set(asked) & {"POST /orders", "POST /payments", "GET /carts/mine"}
    assert asked["GET /skus"] == 30
    assert 60 <= asked["GET /skus/{sku}"] <= 200
    assert crowd.festival.journal == []
    assert crowd.failures() == []


def test_a_window_shopper_leaves_when_the_festival_closes(shop: Any, make_crowd: Callable[..., Any]) -> None:
    crowd = make_crowd(shop.host, shop.shop, schedule=Schedule((Stage("evening", 0.3, 1.0, 1.0),)))
    began_at = time.monotonic()
    crowd.send(WindowShopper, *range(10))
    assert time.monotonic() - began_at < 1.5
    assert len(crowd.outcomes("GET /skus/{sku}")) < 15


def test_a_window_shopper_leaves_at_the_first_failure(shop: Any, crowd: Any) -> None:
    shop.lie(operation="GET /skus", raw="{}")
    crowd.send(QuickWindowShopper, 1)
    assert names(shop) == ["POST /customers/sessions", "GET /skus"]
    shop.lie(operation="GET /skus/{sku}", raw="{}")
    crowd.send(QuickWindowShopper, *range(10))
    assert names(shop).count("GET /skus/{sku}") == 10
