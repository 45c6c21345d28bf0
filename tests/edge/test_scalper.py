"""Scalpers and people at one sale of a real platform, three tries to one: who gets the units, with risk and without."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest

from loadtests.crowd.visit import Visit, go_on
from loadtests.judgement.reconcile import reconcile
from loadtests.record.journal import as_entries
from loadtests.running.processes import PlatformProcess
from loadtests.scenarios.festival_shopper import FestivalShopper
from loadtests.scenarios.flash_sale_hunter import FlashSaleHunter
from loadtests.scenarios.scalper import Scalper
from loadtests.shop.festival_setup import open_flash_sales
from loadtests.shop.target import Target

HUNTERS, ALLOTMENT = 120, 100
OPENS_IN_S = 1.5
CALM = [f"--bank-{word}-rate=0" for word in ("declined", "late", "lost", "doubled")]


class Hunter(FlashSaleHunter):
    """Each by themselves, on a device with a name."""

    private_share = second_share = 0.0
    refresh_s = 5.0
    checkout_s = 0.01
    first_poll_s = 0.05
    track_share = 0.0


class Bot(Scalper):
    refresh_s = 5.0
    first_poll_s = 0.05


def rush(platform: Target, crowd: Any) -> dict[str, Any]:
    """A sale opens under as many visits of scalpers as of people; risk's figures once everything has settled."""
    opens_at = time.time() + OPENS_IN_S
    open_flash_sales(
        platform, opens_at=opens_at, closes_at=opens_at + 600, skus=["S0000001"], allotment=ALLOTMENT, price_share=0.5
    )
    kinds: list[type[FestivalShopper]] = [Hunter, Bot] * HUNTERS
    greenlets = []
    for seed, kind in enumerate(kinds):
        user = crowd.shopper(kind)
        greenlets.append(gevent.spawn(visit, crowd, user, seed))
    with gevent.Timeout(30.0):
        gevent.joinall(greenlets, raise_error=True)
    platform.settle(10)
    report = platform.admin("GET", "/exports/audit")
    assert report["violations"] == []
    run = reconcile(crowd.run_id, as_entries(crowd.festival.journal), platform.admin("GET", "/exports/snapshot"))
    assert run.violations == ()
    assert crowd.failures() == []
    figures: dict[str, Any] = next(each["figures"] for each in report["systems"] if each["system"] == "risk")
    return figures


def visit(crowd: Any, user: FestivalShopper, seed: int) -> None:
    arrival = Visit(seed, crowd.festival.phase(), type(user).__name__, time.monotonic(), seed)
    go_on(arrival)
    user.visit_the_shop()


@pytest.fixture
def open_platform(tmp_path: Path) -> Iterator[Any]:
    """A platform of this test alone, opened with the flags it names."""
    running = []

    def opened(*flags: str) -> Target:
        small = ["--customers", "4000", "--skus", "60", "--merchants", "6", "--bank-latency-s", "0.02"]
        process = PlatformProcess(tmp_path / "platform.log", [*small, *CALM, *flags])
        running.append(process)
        process.__enter__()
        return Target(process.wait_until_ready(), process.admin_token)

    yield opened
    for process in running:
        process.__exit__(None, None, None)


def test_with_screening_most_units_go_to_people(open_platform: Any, make_crowd: Any) -> None:
    platform = open_platform()
    crowd = make_crowd(platform.host, platform.shop().seeded, run_id="screened")
    figures = rush(platform, crowd)
    assert figures["hot_units_sold"] == ALLOTMENT
    assert figures["hot_units_to_bots_share"] < 0.3
    assert figures["bot_tries_stopped_share"] > 0.9
    assert 2.5 < figures["bot_tries_per_human_try"] <= 3.0
    assert figures["false_positive_share"] < 0.01
    refused = [entry for entry in crowd.festival.journal if entry["code"] == "risk_rejected"]
    assert refused and all("/bot-" in entry["key"] for entry in refused)
    assert crowd.outcomes("POST /orders").count("refused") > 200


def test_without_screening_most_units_go_to_bots(open_platform: Any, make_crowd: Any) -> None:
    platform = open_platform("--risk-screening=false")
    crowd = make_crowd(platform.host, platform.shop().seeded, run_id="open")
    figures = rush(platform, crowd)
    assert (figures["screening"], figures["hot_units_sold"]) == ("off", ALLOTMENT)
    assert figures["hot_units_to_bots_share"] > 0.6
    assert crowd.beliefs("order")


class Household(Hunter):
    """Three of a family, one after the other, on one phone."""

    second_share = third_share = 1.0


class Private(Hunter):
    private_share = 1.0


def test_people_who_look_like_bots_are_counted_as_taken_for_them(open_platform: Any, make_crowd: Any) -> None:
    platform = open_platform()
    crowd = make_crowd(platform.host, platform.shop().seeded, run_id="families")
    open_flash_sales(
        platform,
        opens_at=time.time() - 1,
        closes_at=time.time() + 600,
        skus=["S0000001"],
        allotment=ALLOTMENT,
        price_share=0.5,
    )
    crowd.send(Household, *range(5))
    assert crowd.failures() == []
    platform.settle(10)
    report = platform.admin("GET", "/exports/audit")
    assert report["violations"] == []
    figures = next(each["figures"] for each in report["systems"] if each["system"] == "risk")
    assert (figures["people"], figures["people_shut_out"]) == (15, 5)
    assert figures["people_shut_out_share"] == figures["false_positive_share"] == round(5 / 15, 4)
    assert (figures["hot_units_sold"], figures["hot_units_to_bots"]) == (10, 0)


def test_a_private_window_names_no_device(platform: Target, crowd: Any) -> None:
    devices = {}
    for seed in range(40):
        hunter = crowd.shopper(Private)
        visit(crowd, hunter, seed)
        devices.setdefault(hunter.visit.client, set()).add(bool(hunter.shop.device))
    assert devices == {"phone": {True}, "web": {False}}


def test_one_device_for_a_person_and_few_for_a_farm(platform: Target, crowd: Any) -> None:
    person = crowd.shopper(FlashSaleHunter)
    desks = [person.adapter(person.client, crowd.festival, name) for name in ("C0000001", "C0000001", "C0000002")]
    assert desks[0].device == desks[1].device != desks[2].device
    bots = [crowd.shopper(Bot) for _ in range(3)]
    for seed, bot in enumerate(bots):
        visit(crowd, bot, seed)
        assert bot.shop.device.startswith(f"farm {crowd.run_id}/")
    assert crowd.outcomes("POST /customers/sessions") == ["ok"] * 9
    assert crowd.failures() == []
