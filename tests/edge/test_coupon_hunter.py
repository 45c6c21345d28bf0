"""Coupon hunters in the real platform, its promotions on: what they were quoted is what the books say."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from typing import Any

import pytest

from loadtests.judgement.reconcile import reconcile
from loadtests.plan.arrivals import Schedule, Stage
from loadtests.record.journal import as_entries
from loadtests.running.processes import PlatformProcess
from loadtests.scenarios.cart_loaded_buyer import CartLoadedBuyer
from loadtests.scenarios.coupon_hunter import CouponHunter
from loadtests.shop.festival_setup import SET_UPS
from loadtests.shop.promotions_desk import PromotionsDesk
from loadtests.shop.promotions_setup import MIDNIGHT, set_up_promotions
from loadtests.shop.run_clock import RunClock
from loadtests.shop.target import Target

SCHEDULE = Schedule((Stage(MIDNIGHT, 600.0, 1.0, 1.0),))


class QuickHunter(CouponHunter):
    checkout_s = choose_s = 0.02
    track_share = 0.0


class ReluctantTwin(QuickHunter):
    """Spends every coupon twice."""

    twice_share = 1.0


class QuickBuyer(CartLoadedBuyer):
    checkout_s = 0.02
    track_share = 0.0


@pytest.fixture(scope="module")
def promoted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A platform of its own: others want plain prices."""
    log = tmp_path_factory.mktemp("promoted") / "platform.log"
    flags = ["--customers", "400", "--skus", "200", "--merchants", "12", "--bank-latency-s", "0.01"]
    flags += ["--picked-after-s=0.1", "--packed-after-s=0.1", "--carrier-collected-s=0.1", "--carrier-delivered-s=0.1"]
    calm = [f"--bank-{word}-rate=0" for word in ("declined", "late", "lost", "doubled")]
    with PlatformProcess(log, [*flags, *calm]) as process:
        assert isinstance(process, PlatformProcess)
        yield Target(process.wait_until_ready(), process.admin_token)


@pytest.fixture(scope="module")
def clock() -> RunClock:
    return RunClock(time.time(), SCHEDULE)


@pytest.fixture
def crowd(promoted: Target, clock: RunClock, make_crowd: Any) -> Any:
    shop = {**promoted.shop().seeded, "promotions": set_up_promotions(promoted, clock)}
    return make_crowd(promoted.host, shop, SCHEDULE, run_id=f"run-{secrets.token_hex(3)}")


def books(promoted: Target, crowd: Any) -> list[dict[str, Any]]:
    """This run's orders, once nothing moves any more; the audit and the journal agree with them."""
    promoted.settle(10.0)
    snapshot = promoted.admin("GET", "/exports/snapshot")
    assert reconcile(crowd.run_id, as_entries(crowd.festival.journal), snapshot).violations == ()
    assert promoted.admin("GET", "/exports/audit")["violations"] == []
    return [order for order in snapshot["orders"] if order["key"].startswith(f"{crowd.run_id}/")]


def test_asked_again_for_the_same_run_nothing_is_made_twice(promoted: Target, clock: RunClock, crowd: Any) -> None:
    again = set_up_promotions(promoted, clock)
    assert again == crowd.shop["promotions"]
    assert len(promoted.admin("GET", "/promotions")["promotions"]) == 3
    assert len(promoted.admin("GET", "/coupon-campaigns")["campaigns"]) == len(again["campaigns"]) == 3


def test_without_a_midnight_promotions_begin_with_the_run(promoted: Target) -> None:
    tomorrow = time.time() + 86_400
    set_up = set_up_promotions(promoted, RunClock(tomorrow, Schedule((Stage("steady", 1.0, 1.0, 1.0),))))
    begin = [known["starts_at"] for known in promoted.admin("GET", "/promotions")["promotions"]]
    assert begin.count(tomorrow) == 3
    made = {campaign["campaign"] for campaign in set_up["campaigns"]}
    campaigns = [known["campaign"] for known in promoted.admin("GET", "/coupon-campaigns")["campaigns"]]
    assert [each["starts_at"] for each in campaigns if each["campaign"] in made] == [tomorrow] * 3
    assert SET_UPS["promotions"] is set_up_promotions


def test_hunters_pay_what_they_were_quoted(promoted: Target, crowd: Any) -> None:
    crowd.send(QuickHunter, *range(30))
    assert crowd.failures() == []
    orders = books(promoted, crowd)
    assert len(orders) >= 25
    assert sum(bool(order["coupons"]) for order in orders) >= 15
    assert any(line["discount_fen"] for order in orders for line in order["lines"])
    assert crowd.business().gmv_fen == sum(order["payable_fen"] for order in orders)
    claims = [entry["subject"] for entry in crowd.festival.journal if entry["state"] == "claimed"]
    assert len(claims) == len(set(claims)) >= 15, "each buyer was told of a coupon of their own"
    snapshot = promoted.admin("GET", "/exports/snapshot") | {"coupons": []}
    found = reconcile(crowd.run_id, as_entries(crowd.festival.journal), snapshot).violations
    assert {violation.invariant for violation in found} == {"lost_coupon"}


def test_a_coupon_spent_twice_at_once_is_refused_once(promoted: Target, crowd: Any) -> None:
    crowd.send(ReluctantTwin, *range(100, 130))
    assert crowd.failures() == []
    orders = books(promoted, crowd)
    used = [coupon for order in orders for coupon in order["coupons"]]
    assert len(used) == len(set(used)) >= 15
    refused = [entry for entry in crowd.festival.journal if entry["code"] == "coupon_used"]
    assert len(refused) >= 15


def test_who_asks_for_no_quote_pays_less_all_the_same_and_knows_it(promoted: Target, crowd: Any) -> None:
    crowd.send(QuickBuyer, *range(200, 225))
    assert crowd.failures() == []
    orders = books(promoted, crowd)
    assert len(orders) == 25
    assert any(line["discount_fen"] for order in orders for line in order["lines"])


def test_hunters_buy_at_plain_prices_where_nothing_is_set_up(promoted: Target, make_crowd: Any) -> None:
    """The rules still run in this shop: only nobody told these buyers, so their quotes must."""
    crowd = make_crowd(promoted.host, promoted.shop().seeded, SCHEDULE, run_id=f"run-{secrets.token_hex(3)}")
    crowd.send(QuickHunter, *range(300, 305))
    assert crowd.failures() == []
    assert len(books(promoted, crowd)) == 5


def test_two_devices_that_both_got_an_order_for_one_coupon_say_so(promoted: Target, crowd: Any) -> None:
    desk = PromotionsDesk(crowd.shopper(QuickHunter).client, crowd.festival, "C0000001")
    twin = desk.twin()
    assert desk._used_again(["K1", "K2"], "O1") is None
    assert twin._used_again(["K2"], "O1") is None
    broken = twin._used_again(["K2"], "O2")
    assert broken is not None
    assert broken.promise == "one coupon was used by two orders"
