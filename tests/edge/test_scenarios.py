"""Every kind of shopper in the real mock platform: what they believe is what its books say, and the audit is clean."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import gevent
import pytest

from loadtests.judgement.reconcile import reconcile
from loadtests.locustfile import plain_festival
from loadtests.plan.arrivals import Schedule, Stage
from loadtests.record.journal import as_entries
from loadtests.scenarios.cart_loaded_buyer import CartLoadedBuyer
from loadtests.scenarios.flash_sale_hunter import FlashSaleHunter
from loadtests.scenarios.impatient_buyer import ImpatientBuyer
from loadtests.scenarios.window_shopper import WindowShopper
from loadtests.shop.festival_setup import open_flash_sales
from loadtests.shop.target import Target

LOCUSTFILE = Path(__file__).parents[2] / "loadtests" / "locustfile.py"


def own(crowd: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["key"].startswith(f"{crowd.run_id}/")]


def books(platform: Target, crowd: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """This run's orders and payments, once nothing moves any more; the audit and the journal must agree with them."""
    platform.settle(10.0)
    snapshot = platform.admin("GET", "/exports/snapshot")
    assert reconcile(crowd.run_id, as_entries(crowd.festival.journal), snapshot).violations == ()
    assert platform.admin("GET", "/exports/audit")["violations"] == []
    return own(crowd, snapshot["orders"]), own(crowd, snapshot["payments"])


class QuickWindowShopper(WindowShopper):
    think_s = 0.05


class QuickBuyer(CartLoadedBuyer):
    checkout_s = 0.05
    track_share = 1.0


def test_before_any_sale_is_set_up_hunters_look_at_something_else(platform: Target, crowd: Any) -> None:
    assert platform.admin("GET", "/flash-sales") == {"flash_sales": []}
    crowd.send(FlashSaleHunter, *range(3))
    assert crowd.festival.journal == []
    assert crowd.outcomes("GET /skus/{sku}") == ["ok"] * 3


def test_window_shoppers_find_what_they_look_for_and_buy_nothing(platform: Target, crowd: Any) -> None:
    crowd.send(QuickWindowShopper, *range(40))
    assert crowd.failures() == []
    assert len(crowd.outcomes("GET /skus")) == 40
    assert len(crowd.outcomes("GET /skus?q=")) >= 20
    assert len(crowd.outcomes("GET /skus/{sku}")) >= 80
    assert crowd.outcomes("PUT /carts/mine/lines/{sku}")
    assert crowd.festival.journal == []
    assert books(platform, crowd) == ([], [])


def test_buyers_are_charged_what_they_were_shown_and_know_it(platform: Target, crowd: Any) -> None:
    crowd.send(QuickBuyer, *range(25))
    assert crowd.failures() == []
    orders, payments = books(platform, crowd)
    business = crowd.business()
    assert business.orders == len(orders) == 25
    assert business.payments == len(payments) == 25
    assert business.gmv_fen == sum(order["payable_fen"] for order in orders)
    assert {payment["state"] for payment in payments} == {"posted"}
    assert len(crowd.outcomes("GET /shipments")) == 25


def test_the_stroke_of_midnight_falls_on_all_at_once(platform: Target, make_crowd: Any, crowd: Any) -> None:
    stages = (Stage("countdown", 1.0, 1.0, 1.0), Stage("zero_hour", 60.0, 1.0, 1.0))
    waiting = make_crowd(crowd.host, crowd.shop, schedule=Schedule(stages), run_id=f"{crowd.run_id}m")
    waiting.send(QuickBuyer, *range(15))
    orders, _ = books(platform, waiting)
    assert len(orders) == 15
    assert set(waiting.festival.business) == {"zero_hour"}
    assert waiting.failures() == []


def test_hunters_get_the_allotment_and_not_one_more(platform: Target, crowd: Any) -> None:
    opens_at = time.time() + 1.0
    [sale] = open_flash_sales(
        platform, opens_at=opens_at, closes_at=opens_at + 8.0, skus=["S0000004"], allotment=5, limit_per_buyer=1
    )
    crowd.send(FlashSaleHunter, *range(20))
    orders, _ = books(platform, crowd)
    assert len(orders) == 5 == crowd.business().orders
    assert {order["flash_sale"] for order in orders} == {sale}
    assert min(order["placed_at"] for order in orders) >= opens_at
    assert Counter(crowd.outcomes("POST /orders"))["refused"] >= 15
    assert crowd.failures() == []


def test_setting_up_the_flash_sales_twice_makes_them_once(platform: Target) -> None:
    window = {"opens_at": time.time() + 3600, "closes_at": time.time() + 7200}
    first = open_flash_sales(platform, **window)
    assert len(set(first)) == 3
    assert open_flash_sales(platform, **window) == first
    sales = {s["flash_sale"]: s for s in platform.admin("GET", "/flash-sales")["flash_sales"]}
    price_fen = platform.admin("GET", "/skus/S0000001")["price_fen"]
    assert sales[first[0]]["price_fen"] == round(price_fen / 2)


def test_however_often_the_impatient_hang_up_and_send_again_it_is_one_order(platform: Target, crowd: Any) -> None:
    class Rash(ImpatientBuyer):
        hang_up_share = 0.7
        hang_up_after_s = (0.0003, 0.004)
        tap_twice_share = 0.5
        try_again_s = 0.02

    crowd.send(Rash, *range(60))
    assert crowd.failures() == []
    orders, _ = books(platform, crowd)
    believed = {key for key, states in crowd.beliefs("order").items() if states[-1] == "placed"}
    assert believed == {order["key"] for order in orders}
    assert crowd.business().orders == len(orders) == 60
    codes = {entry["code"] for entry in crowd.festival.journal} - {None}
    assert "hung_up" in codes
    assert codes <= {"hung_up", "request_in_progress"}
    assert any(entry["replayed"] for entry in crowd.festival.journal)


@pytest.mark.parametrize("connections", ["keep", "per_arrival"])
def test_a_returning_shopper_is_somebody_else_on_either_kind_of_connection(
    platform: Target, make_crowd: Any, crowd: Any, connections: str
) -> None:
    again = make_crowd(crowd.host, crowd.shop, connections=connections, run_id=f"{crowd.run_id}c")
    [user] = again.send(QuickBuyer, 1)
    gevent.spawn(user.visit_the_shop).get(timeout=10)
    assert len({entry["buyer"] for entry in again.festival.journal}) == 2
    assert again.failures() == []


def locust(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), *arguments]
    env = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, timeout=40, env=env, cwd=LOCUSTFILE.parents[1])


def test_plain_locust_runs_the_crowd_without_a_turnstile(platform: Target) -> None:
    run = locust("--headless", "-u", "24", "-r", "24", "-t", "6s", "--host", platform.host, "--only-summary")
    assert run.returncode == 0, run.stderr
    for operation in ("customers/sessions", "skus?q=", "skus/{sku}"):
        assert operation in run.stderr + run.stdout


def test_a_profile_gives_plain_locust_its_phases(platform: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZEROHOUR_PROFILE", raising=False)
    assert plain_festival(platform.host).schedule.phases == ("plain",)
    monkeypatch.setenv("ZEROHOUR_PROFILE", "double11")
    festival = plain_festival(platform.host)
    assert "zero_hour" in festival.schedule.phases
    festival.note(buyer="C1", state="trying")
    assert festival.journal == []


def test_plain_locust_says_in_a_sentence_what_it_lacks() -> None:
    run = locust("--headless", "-u", "1", "-t", "60s", "--host", "http://127.0.0.1:9", "--only-summary")
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert "http://127.0.0.1:9" in run.stderr
