"""Buyers of goods from abroad, on the real platform: what they work out, push at and follow; and lies are caught."""

from __future__ import annotations

import time
from typing import Any, ClassVar

import msgspec
import pytest

from loadtests.plan.arrivals import Schedule, Stage
from loadtests.scenarios.cross_border_buyer import CrossBorderBuyer
from loadtests.shop import cross_border_answers as answers
from loadtests.shop.answers import WantedLine
from loadtests.shop.cross_border_setup import SHARES_OF_RUN, set_up_cross_border
from loadtests.shop.run_clock import RunClock
from loadtests.shop.target import Target


class Hasty(CrossBorderBuyer):
    """The same without long pauses."""

    choose_s = checkout_s = 0.01
    look_again_s = 0.15
    looks_at_customs = 20
    push_share = look_only_share = take_back_share = 0.0


class TakesBack(Hasty):
    take_back_share = 1.0


class Pusher(Hasty):
    push_share = 1.0
    codes: ClassVar[list[str | None]] = []

    def refused(self, wanted: list[WantedLine]) -> None:
        super().refused(wanted)
        self.codes.append(self.shop.refusal)


def test_a_visit_ends_with_customs_verdict(crowd: Any) -> None:
    crowd.send(Hasty, *range(6))
    assert crowd.failures() == []
    assert crowd.outcomes("GET /imports/tariffs") == ["ok"] * 6
    assert "ok" in crowd.outcomes("GET /declarations")
    assert set(crowd.outcomes("POST /orders")) == {"ok"}
    assert all(states[-1] == "placed" for states in crowd.beliefs("order").values())


def test_who_takes_it_back_before_customs_decide_has_the_money_and_customs_know(crowd: Any, platform: Target) -> None:
    crowd.send(TakesBack, *range(16))
    assert crowd.failures() == []
    assert "ok" in crowd.outcomes("POST /orders/{order}/refunds")
    assert platform.settle(10.0)["events"] == 0
    snapshot = platform.admin("GET", "/exports/snapshot")
    mine = {order["order"]: order for order in snapshot["orders"] if order["key"].startswith(f"{crowd.run_id}/")}
    states = [row["state"] for row in snapshot["declarations"] if row["order"] in mine]
    told = sum(row["withdrawn"] for row in snapshot["customs_broker"] if row["order"] in mine)
    assert told <= states.count("withdrawn"), "at times customs are quicker than the word of it"
    assert "withdrawn" in states, states
    assert platform.admin("GET", "/exports/audit")["violations"] == []


def test_who_pushes_over_the_limits_is_refused_each_time(crowd: Any) -> None:
    crowd.send(Pusher, *range(20))
    assert crowd.failures() == []
    assert set(Pusher.codes) == {"order_limit", "yearly_limit", "mixed_origins"}
    assert set(crowd.outcomes("POST /orders/{order}/cancellations")) <= {"ok"}


def test_one_who_fills_the_year_is_stopped_and_gives_it_all_back(crowd: Any) -> None:
    class Filler(Pusher):
        def stay(self) -> None:
            tariffs = self.shop.tariffs()
            goods = self.goods()
            assert tariffs is not None
            assert goods
            before = self.shop.allowance()
            self.push_year(goods, tariffs)
            after = self.shop.allowance()
            assert before is not None
            assert before == after

    crowd.send(Filler, 77)
    assert crowd.failures() == []
    assert crowd.outcomes("POST /orders")[-1] == "refused"
    assert crowd.outcomes("POST /orders/{order}/cancellations")


def test_rates_change_while_the_crowd_is_in(crowd: Any, platform: Target) -> None:
    clock = RunClock(time.time() + 0.3, Schedule((Stage("daytime", 1.0, 1.0, 1.0),)), seed=5)
    before = platform.admin("GET", "/imports?page=1&per_page=3")["skus"]
    made = set_up_cross_border(platform, clock)
    assert set_up_cross_border(platform, clock) == made
    assert made["imports"] == 20
    assert len(made["rated_at"]) == len(SHARES_OF_RUN)
    ends_at = time.monotonic() + 5
    while platform.admin("GET", "/imports?page=1&per_page=3")["skus"][0]["imported"]["rated_at"] < made["rated_at"][-1]:
        assert time.monotonic() < ends_at
        time.sleep(0.05)
    after = platform.admin("GET", "/imports?page=1&per_page=3")["skus"]
    assert [sku["price_fen"] for sku in before] != [sku["price_fen"] for sku in after]
    crowd.send(Hasty, 1, 2)
    assert crowd.failures() == []


def test_the_books_of_all_that_are_clean(platform: Target) -> None:
    platform.settle(20.0)
    assert platform.admin("GET", "/exports/audit")["violations"] == []


# -- lies are caught ---------------------------------------------------------------------------------------------------

TARIFFS = answers.Tariffs(
    [answers.Tariff("数码", 1_300, 0, 0)], answers.Tariff("其他", 1_300, 0, 1_000), 7_000, 500_000, 2_600_000
)
GOODS = answers.Imported("US", "USD", 10_000, 6_500_000, 1.0, "数码", 5_915)
SKU = answers.ImportedSku(sku="I1", title="t", category="数码", merchant="X1", price_fen=65_000, imported=GOODS)
LINE = answers.ImportedLine(sku="I1", quantity=1, unit_price_fen=65_000, merchant="X1", imported=GOODS, duty_fen=5_915)
ORDER = answers.ImportedOrder(
    order="O1", buyer="C1", state="placed", payable_fen=70_915, lines=[LINE], flash_sale=None, placed_at=1.0,
    pay_before=61.0, duty_fen=5_915,
)  # fmt: skip
WANTED = [WantedLine("I1", 1, 65_000)]
DECLARATION = answers.Declaration("D1", "O1", 65_000, 5_915, "declared", None, [("drafted", 1.0), ("declared", 2.0)])


def changed(value: Any, **fields: Any) -> Any:
    return msgspec.structs.replace(value, **fields)


@pytest.mark.parametrize(
    ("lie", "promise"),
    [
        (changed(SKU, price_fen=65_001), "an imported price is not the price abroad at its rate"),
        (changed(SKU, imported=changed(GOODS, duty_fen=5_916)), "the duty shown is not the tariff's"),
        (changed(SKU, imported=changed(GOODS, heading="其他", duty_fen=5_916)), "the duty shown is not the tariff's"),
    ],
)
def test_a_price_or_duty_that_is_none_is_noticed(lie: Any, promise: str) -> None:
    assert answers.broken_goods(SKU, TARIFFS) is None
    broken = answers.broken_goods(lie, TARIFFS)
    assert broken is not None
    assert broken.promise == promise


@pytest.mark.parametrize(
    ("lie", "promise"),
    [
        ({"buyer": "C2"}, "the order is another buyer's"),
        ({"lines": []}, "the order's lines are not those asked for"),
        ({"duty_fen": 5_914}, "the order's duty is not the one shown"),
        ({"lines": [changed(LINE, duty_fen=0)]}, "the order's duty is not the one shown"),
        ({"payable_fen": 65_000}, "the order asks for another sum"),
        (
            {"lines": [changed(LINE, imported=changed(GOODS, rate_micro_yuan=1))]},
            "the order's rate is not the one of its price",
        ),
        ({"state": "paid"}, "a new order is not placed"),
    ],
)
def test_an_order_that_is_not_the_one_shown_is_noticed(lie: dict[str, Any], promise: str) -> None:
    held = {"buyer": "C1", "wanted": WANTED, "duty_fen": 5_915, "tariffs": TARIFFS, "replayed": False}
    assert answers.broken_imported_order(ORDER, **held) is None
    broken = answers.broken_imported_order(changed(ORDER, **lie), **held)
    assert broken is not None
    assert broken.promise == promise


def test_an_order_beyond_the_limit_is_noticed() -> None:
    wanted = [WantedLine("I1", 8, 65_000)]
    line = changed(LINE, quantity=8, duty_fen=8 * 5_915)
    order = changed(ORDER, lines=[line], duty_fen=8 * 5_915, payable_fen=8 * 70_915)
    broken = answers.broken_imported_order(order, "C1", wanted, 8 * 5_915, TARIFFS, replayed=False)
    assert broken is not None
    assert broken.promise == "an order beyond the limit was taken"


@pytest.mark.parametrize(
    ("found", "seen", "promise"),
    [
        ([DECLARATION, DECLARATION], [], "an order is declared twice"),
        ([], [("drafted", 1.0)], "a declaration is gone"),
        ([changed(DECLARATION, duty_fen=1)], [], "a declaration is not over this order"),
        ([changed(DECLARATION, state="cleared")], [], "a declaration went another way than they go"),
        (
            [changed(DECLARATION, history=[("drafted", 1.0), ("cleared", 2.0)])],
            [],
            "a declaration went another way than they go",
        ),
        ([DECLARATION], [("drafted", 1.0), ("declared", 2.5)], "a declaration went back, or its past has changed"),
    ],
)
def test_a_declaration_that_cannot_be_is_noticed(found: list[Any], seen: list[Any], promise: str) -> None:
    assert answers.broken_declarations(answers.Declarations([DECLARATION]), ORDER, seen[:1]) is None
    broken = answers.broken_declarations(answers.Declarations(found), ORDER, seen)
    assert broken is not None
    assert broken.promise == promise
