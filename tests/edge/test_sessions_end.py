"""A session that the shop no longer knows: sign in again, once, and say whose fault it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from loadtests.http.client import Client
from loadtests.shop.storefront import Storefront

UNKNOWN = '{"error": {"code": "unauthenticated", "message": "who are you?"}}'


@pytest.fixture
def crowd(shop: Any, make_crowd: Callable[..., Any]) -> Any:
    return make_crowd(shop.host, shop.shop)


@pytest.fixture
def front(crowd: Any) -> Iterator[Storefront]:
    client = Client(crowd.host, request_event=crowd.environment.events.request)
    yield Storefront(client, crowd.festival, "C0000007")
    client.close()


@pytest.mark.parametrize(("lasts_s", "outcome"), [(3600.0, "failed"), (1.0, "refused")])
def test_a_session_refused_before_its_time_is_the_shops_failure_and_after_it_is_not(
    shop: Any, crowd: Any, front: Storefront, lasts_s: float, outcome: str
) -> None:
    shop.lie(operation="POST /customers/sessions", patch=[[["expires_at"], time.time() + lasts_s]], times=1)
    assert front.sign_in() is not None
    shop.lie(operation="GET /carts/mine", status=401, raw=UNKNOWN, times=1)
    assert front.open_cart() is not None
    assert crowd.outcomes("GET /carts/mine") == [outcome, "ok"]
    assert crowd.outcomes("POST /customers/sessions") == ["ok", "ok"]


def test_a_shop_that_knows_nobody_is_asked_twice_and_no_more(shop: Any, crowd: Any, front: Storefront) -> None:
    assert front.sign_in() is not None
    shop.lie(operation="GET /carts/mine", status=401, raw=UNKNOWN)
    assert front.open_cart() is None
    assert crowd.outcomes("GET /carts/mine") == ["failed", "failed"]
    assert crowd.outcomes("POST /customers/sessions") == ["ok", "ok"]


def test_the_new_token_goes_with_what_follows(shop: Any, front: Storefront) -> None:
    first = front.sign_in()
    shop.lie(operation="GET /carts/mine", status=401, raw=UNKNOWN, times=1)
    assert first is not None and front.open_cart() is not None
    sent = [request["headers"].get("Authorization") for request in shop.seen()]
    assert sent[0] == f"Bearer {first.token}"
    assert sent[1] is None  # signing in
    assert sent[2] not in (None, sent[0])
