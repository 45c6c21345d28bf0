"""Pick-up buyers and till clerks in the real mock platform: every body keeps its promises, and so do the books."""

from __future__ import annotations

import time
from typing import Any

import gevent
import pytest

from loadtests.judgement.reconcile import reconcile
from loadtests.plan.arrivals import Schedule, Stage
from loadtests.record.journal import as_entries
from loadtests.scenarios.pickup_buyer import PickupBuyer
from loadtests.scenarios.till_clerk import TillClerk
from loadtests.shop.outlet_setup import set_up_outlets
from loadtests.shop.run_clock import RunClock
from loadtests.shop.target import Target

COUNTER = "POST /outlets/{outlet}/pickups"
TILL = "POST /outlets/{outlet}/sales"
PICKUP = "GET /orders/{order}/pickup"


class Fetches(PickupBuyer):
    choose_s = checkout_s = way_s = 0.03
    look_again_s = 0.1
    never_comes_share = gives_up_share = wrong_code_share = elsewhere_share = 0.0
    twice_share = 1.0


class NeverComes(Fetches):
    never_comes_share = 1.0


class GivesUp(Fetches):
    gives_up_share = 1.0


class Mistypes(Fetches):
    wrong_code_share = 1.0
    twice_share = 0.0


class GoesElsewhere(Fetches):
    elsewhere_share = 1.0
    twice_share = 0.0


class BusyClerk(TillClerk):
    serve_s = 0.02
    twice_share = 0.5


@pytest.fixture
def town(platform: Target, make_crowd: Any, crowd: Any) -> Any:
    clock = RunClock(time.time(), Schedule((Stage("daytime", 60.0, 1.0, 1.0),)))
    shop = {**crowd.shop, "outlets": set_up_outlets(platform, clock)}
    return make_crowd(crowd.host, shop, run_id=f"{crowd.run_id}o")


def assert_books(platform: Target, town: Any) -> dict[str, Any]:
    assert platform.settle(10.0)["events"] == 0
    snapshot: dict[str, Any] = platform.admin("GET", "/exports/snapshot")
    assert reconcile(town.run_id, as_entries(town.festival.journal), snapshot).violations == ()
    assert platform.admin("GET", "/exports/audit")["violations"] == []
    return snapshot


def states(town: Any, snapshot: dict[str, Any]) -> list[str]:
    return [order["state"] for order in snapshot["orders"] if order["key"].startswith(f"{town.run_id}/")]


def told(town: Any, step: str) -> list[str]:
    """What the journal says of these steps, in order."""
    return [entry["state"] for entry in town.festival.journal if entry["step"] == step]


def forget(town: Any, snapshot: dict[str, Any], table: str, state: str) -> None:
    """The shop's rows of this run's orders say that nothing had happened yet."""
    ours = {order["order"] for order in snapshot["orders"] if order["key"].startswith(f"{town.run_id}/")}
    for row in snapshot[table]:
        if row["order"] in ours:
            row["state"] = state


def named(town: Any, snapshot: dict[str, Any]) -> set[str]:
    violations = reconcile(town.run_id, as_entries(town.festival.journal), snapshot).violations
    return {violation.invariant for violation in violations}


def test_goods_are_fetched_once_however_often_the_clerk_taps(platform: Target, town: Any) -> None:
    town.send(Fetches, *range(15))
    assert town.failures() == []
    assert town.outcomes(COUNTER).count("ok") == 30
    assert town.outcomes(COUNTER).count("refused") == 15, "the spent code, under another key"
    snapshot = assert_books(platform, town)
    assert states(town, snapshot) == ["collected"] * 15
    assert told(town, "collect").count("collected") == 30, "each hand-over, and the same key again"
    forget(town, snapshot, "pickups", "waiting")
    assert named(town, snapshot) == {"lost_collection"}


def test_who_never_comes_leaves_goods_that_wait_and_who_gives_up_is_paid_back(platform: Target, town: Any) -> None:
    town.send(NeverComes, *range(5))
    town.send(GivesUp, *range(10, 15))
    assert town.failures() == []
    assert town.outcomes(COUNTER) == []
    snapshot = assert_books(platform, town)
    assert sorted(states(town, snapshot)) == ["paid"] * 5 + ["refunded"] * 5
    assert sorted(told(town, "refund")) == ["refunded"] * 5 + ["trying"] * 5
    forget(town, snapshot, "orders", "paid")
    assert named(town, snapshot) == {"lost_refund"}


def test_a_mistyped_code_is_refused_and_the_right_one_is_not(platform: Target, town: Any) -> None:
    town.send(Mistypes, *range(8))
    assert town.failures() == []
    assert sorted(town.outcomes(COUNTER)) == ["ok"] * 8 + ["refused"] * 8
    assert states(town, assert_books(platform, town)) == ["collected"] * 8


def test_a_code_brought_to_another_outlet_is_refused_there_and_good_in_its_own(platform: Target, town: Any) -> None:
    town.send(GoesElsewhere, *range(8))
    assert town.failures() == []
    assert sorted(town.outcomes(COUNTER)) == ["ok"] * 8 + ["refused"] * 8
    assert states(town, assert_books(platform, town)) == ["collected"] * 8


def test_tills_ring_up_while_the_web_sells_from_the_same_shelves(platform: Target, town: Any) -> None:
    town.shop["outlets"]["outlets"][3:] = []
    clerks = gevent.spawn(town.send, BusyClerk, *range(40))
    buyers = gevent.spawn(town.send, Fetches, *range(100, 130))
    gevent.joinall([clerks, buyers], raise_error=True)
    assert town.failures() == []
    assert set(town.outcomes(TILL)) <= {"ok", "refused"} and town.outcomes(TILL).count("ok") > 40
    snapshot = assert_books(platform, town)
    sales = [order for order in snapshot["orders"] if order["key"].startswith(town.run_id) and order["tender"]]
    fetched = [order for order in snapshot["orders"] if order["key"].startswith(town.run_id) and not order["tender"]]
    assert sales and fetched
    business = town.business()
    assert business.gmv_fen == sum(order["payable_fen"] for order in (*sales, *fetched))


def test_without_a_set_up_there_is_no_counter_to_come_to(crowd: Any) -> None:
    crowd.send(TillClerk, 1)
    crowd.send(PickupBuyer, 2)
    assert crowd.failures() == []
    assert crowd.outcomes(TILL) == crowd.outcomes(COUNTER) == []
