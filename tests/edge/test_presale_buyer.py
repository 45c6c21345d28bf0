"""Presale buyers against the real platform: deposits, balances in their window, and the books that agree with them."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import gevent
import pytest

from loadtests.judgement.reconcile import reconcile
from loadtests.plan.arrivals import Schedule, Stage
from loadtests.plan.balances import Balances
from loadtests.record.journal import as_entries
from loadtests.scenarios.presale_buyer import PresaleBuyer
from loadtests.shop.presale_setup import set_up_presales, windows
from loadtests.shop.run_clock import RunClock
from loadtests.shop.target import Target

OPENS_S, CLOSES_S = 2.5, 6.0


class Quick(PresaleBuyer):
    checkout_s = try_again_s = 0.01
    first_poll_s = 0.02
    refund_share = forfeit_share = early_share = twice_share = 0.0


class PaysTwice(Quick):
    twice_share = 1.0


class GivesUp(Quick):
    refund_share = 1.0


class TooEager(Quick):
    early_share = 1.0


class NeverComesBack(Quick):
    forfeit_share = 1.0


def clock(day: float = 100.0, countdown_s: float = 8.0) -> RunClock:
    stages = (Stage("countdown", countdown_s, 1, 1), Stage("presale_balance", 10, 1, 1), Stage("overnight", day, 1, 1))
    return RunClock(time.time(), Schedule(stages))


@pytest.fixture
def presale(platform: Target) -> Any:
    """The only presale of this shop that takes deposits now: balances open in a moment, and close soon after."""
    now = time.time()
    return platform.admin(
        "POST",
        "/presales",
        {
            "sku": "S0000009",
            "price_fen": 10_000,
            "deposit_fen": 1_234,
            "allotment": 500,
            "limit_per_buyer": 2,
            "deposit_opens_at": now - 1,
            "deposit_closes_at": now + OPENS_S,
            "balance_opens_at": now + OPENS_S,
            "balance_closes_at": now + CLOSES_S,
            "refundable_until": now + OPENS_S,
        },
    )


def wait_until(instant: float) -> None:
    gevent.sleep(max(0.0, instant - time.time()))


def states(crowd: Any, step: str) -> list[list[str]]:
    return list(crowd.beliefs(step).values())


def books(platform: Target, crowd: Any) -> Any:
    platform.settle(10)
    report = platform.admin("GET", "/exports/audit")
    assert report["violations"] == []
    run = reconcile(crowd.run_id, as_entries(crowd.festival.journal), platform.admin("GET", "/exports/snapshot"))
    assert run.violations == ()
    return run.explained


def test_a_depositor_comes_back_when_balances_open_and_somebody_forgets(platform: Target, crowd: Any, presale: Any):
    crowd.send(Quick, *range(6))
    crowd.send(NeverComesBack, 90, 91)
    crowd.send(TooEager, 80)
    assert len(crowd.festival.deposits) == 7
    assert crowd.business().gmv_fen == 0, "a deposit is no paid order"
    assert crowd.outcomes("POST /payments").count("refused") == 1, "the one who was too eager"
    early = [entry for entry in crowd.festival.journal if entry["code"] == "balance_not_open"]
    assert len(early) == 1

    wait_until(presale["balance_opens_at"] + 0.05)
    crowd.send(Quick, *range(10, 17))
    assert not crowd.festival.deposits
    sold = [entry for entry in crowd.festival.journal if entry["step"] == "order" and entry["state"] == "placed"]
    forgotten_fen = sum(entry["amount_fen"] for entry in sold[6:8])
    assert crowd.business().gmv_fen == sum(entry["amount_fen"] for entry in sold) - forgotten_fen
    paid = [belief for belief in states(crowd, "pay") if belief[-1] == "paid"]
    assert len(paid) == 9 + 7
    wait_until(presale["balance_closes_at"] + 1.0)
    assert books(platform, crowd)["deposit_without_balance"] == 2
    assert crowd.failures() == []


def test_a_balance_paid_from_two_devices_at_once_is_taken_once(platform: Target, crowd: Any, presale: Any):
    crowd.send(Quick, *range(5))
    wait_until(presale["balance_opens_at"] + 0.05)
    crowd.send(PaysTwice, *range(20, 25))
    refused = [entry["code"] for entry in crowd.festival.journal if entry["state"] == "refused"]
    assert refused == ["already_paid"] * 5
    orders = platform.admin("GET", "/exports/snapshot")["orders"]
    mine = [order for order in orders if order["presale"] == presale["presale"]]
    assert crowd.business().gmv_fen == sum(order["payable_fen"] for order in mine)
    assert books(platform, crowd).get("deposit_without_balance", 0) == 0
    assert crowd.failures() == []


def test_who_gives_up_in_time_has_the_deposit_back(platform: Target, crowd: Any, presale: Any):
    crowd.send(GivesUp, *range(3))
    assert crowd.outcomes("POST /orders/{order}/cancellations") == ["ok"] * 3
    assert not crowd.festival.deposits
    assert books(platform, crowd)["paid_then_refunded"] == 3
    assert crowd.failures() == []


def test_who_comes_too_late_is_told_so(platform: Target, crowd: Any, presale: Any):
    crowd.send(Quick, 1, 2)
    wait_until(presale["balance_closes_at"] + 0.3)
    crowd.send(Quick, 3)
    assert crowd.outcomes("POST /payments") == ["ok", "ok", "refused"]
    assert crowd.festival.journal[-1]["code"] in ("balance_closed", "illegal_transition")
    assert books(platform, crowd)["deposit_without_balance"] == 2
    assert crowd.failures() == []


def test_without_any_presale_open_somebody_looks_around(crowd: Any):
    crowd.send(Quick, 5)
    assert crowd.outcomes("GET /presales") == ["ok"]
    assert crowd.failures() == []


def test_windows_follow_the_phases_of_the_run(platform: Target):
    run = clock()
    assert windows(run) == (run.opens_at + 8.0, run.opens_at + 8.0, run.opens_at + 18.0)
    half = RunClock(100.0, Schedule((Stage("steady", 20.0, 1, 1),)))
    assert windows(half) == (110.0, 110.0, 120.0)


def test_windows_follow_the_profile_where_it_says_when_balances_open():
    run = clock()
    at_length = replace(run, balances=Balances(opens_s=12.0, lasts_s=4.0))
    assert windows(at_length) == (run.opens_at + 8.0, run.opens_at + 12.0, run.opens_at + 16.0)
    before_the_eve_ends = replace(run, balances=Balances(opens_s=5.0, lasts_s=20.0))
    assert windows(before_the_eve_ends) == (run.opens_at + 5.0, run.opens_at + 5.0, run.opens_at + 25.0)
    steady = RunClock(100.0, Schedule((Stage("steady", 20.0, 1, 1),)), balances=Balances(5.0, 10.0))
    assert windows(steady) == (105.0, 105.0, 115.0)


def test_setting_up_twice_makes_no_presale_twice(platform: Target):
    run = clock()
    before = len(platform.admin("GET", "/presales")["presales"])
    made = set_up_presales(platform, run)
    assert set_up_presales(platform, run) == made
    listed = platform.admin("GET", "/presales")["presales"]
    assert len(listed) == before + len(made)
    assert {each["sku"]: each["state"] for each in listed[before:]} == dict.fromkeys(
        ("S0000004", "S0000005", "S0000006", "S0000007"), "deposits"
    )
    moved = set_up_presales(platform, replace(run, balances=Balances(12.0, 4.0)), skus=["S0000004"])
    assert moved[0] not in made, "the hump is a parameter"
    [there] = [each for each in platform.admin("GET", "/presales")["presales"] if each["presale"] == moved[0]]
    assert (there["balance_opens_at"], there["balance_closes_at"]) == (run.opens_at + 12, run.opens_at + 16)
    assert there["refundable_until"] == there["balance_opens_at"]
