"""Clerks at work in the real mock platform: every body keeps its promises, and the books agree with what they did."""

from __future__ import annotations

import time
from typing import Any

import gevent
import pytest

from loadtests.judgement.reconcile import reconcile
from loadtests.plan.arrivals import Schedule, Stage
from loadtests.record.journal import as_entries
from loadtests.scenarios.cart_loaded_buyer import CartLoadedBuyer
from loadtests.scenarios.merchant_clerk import MerchantClerk
from loadtests.shop.marketplace_answers import Sale, Sales, SoldLine, broken_sales
from loadtests.shop.marketplace_desk import MarketplaceDesk
from loadtests.shop.marketplace_setup import set_up_marketplace
from loadtests.shop.run_clock import RunClock
from loadtests.shop.target import Target


class BusyClerk(MerchantClerk):
    newcomer_share = 0.0
    reprice_share = 1.0
    list_share = 0.5
    repeat_share = 1.0
    look_s = 0.03


class Newcomer(MerchantClerk):
    newcomer_share = 1.0
    look_s = 0.03


class QuickBuyer(CartLoadedBuyer):
    checkout_s = 0.03


@pytest.fixture
def market(platform: Target, make_crowd: Any, crowd: Any) -> Any:
    clock = RunClock(time.time(), Schedule((Stage("daytime", 60.0, 1.0, 1.0),)))
    shop = {**crowd.shop, "marketplace": set_up_marketplace(platform, clock)}
    return make_crowd(crowd.host, shop, run_id=f"{crowd.run_id}m")


def test_clerks_do_their_work_and_every_body_keeps_its_promises(platform: Target, market: Any) -> None:
    before = {row["restock"] for row in platform.admin("GET", "/exports/snapshot")["restocks"]}
    market.send(BusyClerk, *range(30))
    assert market.failures() == []
    for operation in ("PUT /merchants/mine/skus/{sku}/price", "GET /merchants/mine/skus/{sku}/price"):
        assert market.outcomes(operation) == ["ok"] * 30
    assert market.outcomes("POST /merchants/mine/skus/{sku}/restocks") == ["ok"] * 60
    restocks = platform.admin("GET", "/exports/snapshot")["restocks"]
    assert len({row["restock"] for row in restocks} - before) == 30
    assert platform.admin("GET", "/exports/audit")["violations"] == []


def test_who_comes_onto_the_platform_during_the_run_lists_something(platform: Target, market: Any) -> None:
    market.send(Newcomer, *range(5))
    assert market.failures() == []
    assert market.outcomes("POST /merchants") == ["ok"] * 5
    assert market.outcomes("POST /merchants/sessions").count("ok") == 5
    assert market.outcomes("POST /merchants/mine/skus") == ["ok"] * 5


def wait_for_statements(platform: Target, run_id: str) -> None:
    """Until the parcels of this run have come to the door and closed batches say what is owed for all of them."""
    ends_at = time.monotonic() + 15.0
    while time.monotonic() < ends_at:
        snapshot = platform.admin("GET", "/exports/snapshot")
        stated = {batch["settlement"] for batch in snapshot["settlements"] if batch["statements"]}
        ours = [order for order in snapshot["orders"] if order["key"].startswith(run_id)]
        waiting = {order["state"] for order in ours} & {"placed", "paid", "shipped"}
        if not waiting and {order["settlement"] for order in ours if order["state"] == "delivered"} <= stated:
            return
        gevent.sleep(0.2)
    pytest.fail("not everything was delivered and settled")


def test_buyers_in_the_midst_of_repricing_pay_what_they_were_shown(platform: Target, market: Any) -> None:
    class Impulsive(BusyClerk):
        list_share = 0.0

    clerks = gevent.spawn(market.send, Impulsive, *range(40))
    buyers = gevent.spawn(market.send, QuickBuyer, *range(100, 140))
    gevent.joinall([clerks, buyers], raise_error=True)
    assert market.failures() == []
    assert set(market.outcomes("POST /orders")) <= {"ok", "refused"}
    platform.settle(10.0)
    snapshot = platform.admin("GET", "/exports/snapshot")
    assert reconcile(market.run_id, as_entries(market.festival.journal), snapshot).violations == ()
    assert platform.admin("GET", "/exports/audit")["violations"] == []
    wait_for_statements(platform, market.run_id)
    market.send(BusyClerk, *range(60, 100))
    stated = [entry for entry in market.festival.journal if entry["step"] == "settle"]
    later = platform.admin("GET", "/exports/snapshot")
    assert stated and reconcile(market.run_id, as_entries(market.festival.journal), later).violations == ()
    for statement in (row for batch in later["settlements"] for row in batch["statements"]):
        statement["net_fen"] += 1
    found = reconcile(market.run_id, as_entries(market.festival.journal), later).violations
    assert {violation.invariant for violation in found} == {"wrong_statement"}


def test_without_a_set_up_every_clerk_is_a_newcomer(crowd: Any) -> None:
    crowd.send(Newcomer, 1)
    assert crowd.failures() == []
    assert crowd.outcomes("POST /merchants") == ["ok"]


def test_a_desk_signs_in_with_the_right_secret_only(market: Any, crowd: Any) -> None:
    first, second = market.shop["marketplace"]["merchants"][:2]
    client = market.shopper(BusyClerk).client
    assert MarketplaceDesk(client, market.festival, first["merchant"], second["secret"]).sign_in() is None
    assert market.failures() == [("POST /merchants/sessions", "401 unauthenticated")]


@pytest.mark.parametrize(
    ("change", "promise"),
    [
        ({"merchant": "M2"}, "a merchant was shown another's orders"),
        ({"lines": []}, "a merchant was shown an order without a line of theirs"),
        ({"sku": "S2"}, "a merchant was shown another's line"),
        ({"buyer": "C0000001"}, "a merchant was shown who the buyer is"),
        ({"due_fen": 1}, "what is due is not the sum of its lines"),
        ({"total": 2}, "the page is not full"),
    ],
)
def test_a_shop_that_shows_too_much_or_adds_up_wrong_has_broken_a_promise(change: dict[str, Any], promise: str) -> None:
    line = SoldLine(change.get("sku", "S1"), 1, 500, 500)
    sale = Sale("O1", change.get("buyer", "C0****01"), "paid", change.get("lines", [line]), change.get("due_fen", 500))
    sales = Sales(change.get("merchant", "M1"), [sale], 1, 1, change.get("total", 1))
    broken = broken_sales(sales, "M1", {"S1": "M1", "S2": "M2"}, 1, 20)
    assert broken is not None and broken.promise == promise
    honest = Sales("M1", [Sale("O1", "C0****01", "paid", [SoldLine("S1", 1, 500, 500)], 500)], 1, 1, 1)
    assert broken_sales(honest, "M1", {"S1": "M1", "S2": "M2"}, 1, 20) is None
