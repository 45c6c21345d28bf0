"""Faults planted in the books of promotions and coupons: each is found, under its name and with what is wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from mock_platform.audit import AuditError, audit
from mock_platform.audit.coupon_rules import RULES as COUPON_RULES
from mock_platform.audit.promotion_rules import RULES as PROMOTION_RULES
from mock_platform.audit.stacking_rules import RULES as STACKING_RULES
from mock_platform.domain.promotion import ItemDiscount, ShopDiscount
from tests.mock_platform.interruptions import run
from tests.mock_platform.promoted_world import DAY_S, PromotedWorld

Snapshot = dict[str, Any]
OURS = {rule.__name__ for rule in (*PROMOTION_RULES, *STACKING_RULES, *COUPON_RULES)}


async def promoted_books() -> Snapshot:
    """O1: all kinds of discount and two coupons. O2: cancelled, its coupon is free again. O3: plain."""
    world = PromotedWorld()
    now = world.clock()
    window: dict[str, Any] = {"starts_at": now, "ends_at": now + DAY_S}
    await world.across()
    await world.promoting.promote(lambda name: ItemDiscount(name, "item", skus=("S2",), percent_off=10, **window))
    await world.promoting.promote(
        lambda name: ShopDiscount(name, "shop", merchant="M1", every_fen=1_000, saves_fen=100, **window)
    )
    platform = await world.campaign(budget_fen=900)
    shop = await world.campaign(merchant="M1", face_fen=50)
    coupons = [await world.claimed(platform), await world.claimed(shop, key="shop")]
    await world.buy(*coupons, S1=3, S2=2)
    theirs = await world.claimed(platform, "C2")
    ended = await world.buy(theirs, buyer="C2", S1=2)
    await world.checkout.cancel("C2", ended.order)
    await world.placed("C3", S2=1)
    return await world.bookkeeping.snapshot()


CLEAN = run(promoted_books())


@pytest.fixture
def books() -> Snapshot:
    return copy.deepcopy(CLEAN)


def found(snapshot: Snapshot) -> list[tuple[str, str]]:
    return [(each.invariant, each.subject) for each in audit(snapshot).violations if each.invariant in OURS]


def test_the_clean_books_are_clean_and_tell_their_figures(books: Snapshot) -> None:
    assert found(books) == []
    (report,) = [each for each in audit(books).systems if each.system == "promotions"]
    assert report.invariants == len(OURS)
    assert report.figures == {
        "discounted_orders": 2,
        "discounts_yuan": 12.25,
        "paid_by_the_platform_yuan": 8.0,
        "claimed_coupons": 3,
        "used_coupons": 2,
        "coupon_budgets_left_yuan": 35.5,
    }


def _coupon(books: Snapshot, number: int) -> dict[str, Any]:
    return books["coupons"][number]  # type: ignore[no-any-return]


def _line(books: Snapshot, order: int = 0) -> dict[str, Any]:
    return books["orders"][order]["lines"][0]  # type: ignore[no-any-return]


def _deductions(books: Snapshot) -> list[dict[str, Any]]:
    return books["order_discounts"][0]["deductions"]  # type: ignore[no-any-return]


def _a_fen_moves_to_another_line(books: Snapshot) -> None:
    first, second = books["orders"][0]["lines"]
    first["discount_fen"] -= 1
    second["discount_fen"] += 1


def _used_twice(books: Snapshot) -> None:
    books["orders"][2]["coupons"] = [_coupon(books, 0)["coupon"]]
    books["orders"][2]["buyer"] = "C1"


def _also(books: Snapshot, deduction: dict[str, Any]) -> None:
    books["order_discounts"][0]["deductions"] = [*_deductions(books), deduction]


def _off_by(books: Snapshot, kind: str, fen: int) -> None:
    (deduction,) = [each for each in _deductions(books) if each["kind"] == kind]
    deduction["off_fen"] += fen


def _ledger_leg(books: Snapshot) -> dict[str, Any]:
    return next(leg for entry in books["ledger"] for leg in entry["legs"] if leg["account"] == "promotions")


FAULTS: dict[str, tuple[Callable[[Snapshot], Any], tuple[str, str]]] = {
    "a fen on another line": (_a_fen_moves_to_another_line, ("discounts_are_split_exactly", "O1")),
    "more off than it costs": (lambda b: _line(b).update(discount_fen=9_999), ("discounts_are_split_exactly", "O1")),
    "the platform pays more": (lambda b: _line(b).update(subsidy_fen=0), ("discounts_are_split_exactly", "O1")),
    "a discount nobody remembers": (
        lambda b: _line(b, 2).update(discount_fen=1),
        ("discounts_are_split_exactly", "O3"),
    ),
    "over lines it does not have": (
        lambda b: _deductions(b)[0].update(skus=["S9"]),
        ("discounts_are_split_exactly", "O1"),
    ),
    "across shops gives a fen more": (
        lambda b: _off_by(b, "cross_shop", 1),
        ("discounts_are_what_the_rules_give", "O1"),
    ),
    "a shop gives a fen less": (lambda b: _off_by(b, "shop", -1), ("discounts_are_what_the_rules_give", "O1")),
    "an item gives a fen less": (lambda b: _off_by(b, "item", -1), ("discounts_are_what_the_rules_give", "O1")),
    "a coupon gives more than its face": (
        lambda b: _off_by(b, "platform_coupon", 1),
        ("discounts_are_what_the_rules_give", "O1"),
    ),
    "a rule nobody set up": (lambda b: b["promotions"].clear(), ("discounts_are_what_the_rules_give", "O1")),
    "a rule that was over": (
        lambda b: b["promotions"][0].update(ends_at=b["promotions"][0]["starts_at"]),
        ("discounts_are_what_the_rules_give", "O1"),
    ),
    "another merchant's rule": (
        lambda b: b["promotions"][2].update(merchant="M2"),
        ("discounts_are_what_the_rules_give", "O1"),
    ),
    "stacked the wrong way round": (
        lambda b: b["order_discounts"][0].update(deductions=_deductions(b)[::-1]),
        ("discounts_are_what_the_rules_give", "O1"),
    ),
    "a coupon for other goods": (
        lambda b: b["coupon_campaigns"][0].update(categories=["toys"]),
        ("discounts_are_what_the_rules_give", "O1"),
    ),
    "a coupon for some of the goods": (
        lambda b: (
            b["coupon_campaigns"][0].update(categories=["toys"]),
            b["coupon_goods"][0].update(category="toys"),
        ),
        ("discounts_are_what_the_rules_give", "O1"),
    ),
    "the same discount twice": (
        lambda b: _also(b, _deductions(b)[2]),
        ("one_discount_of_a_kind", "O1"),
    ),
    "two items' discounts on one": (
        lambda b: _also(b, {**_deductions(b)[0], "source": "D9"}),
        ("one_discount_of_a_kind", "O1"),
    ),
    "two coupons of one giver": (
        lambda b: (
            _coupon(b, 1).update(campaign=_coupon(b, 0)["campaign"]),
            _also(b, {**_deductions(b)[-1], "source": _coupon(b, 1)["coupon"]}),
        ),
        ("one_discount_of_a_kind", "O1"),
    ),
    "a discount forgotten everywhere": (
        lambda b: (
            b["order_discounts"].pop(),
            _line(b, 2).update(discount_fen=0),
            b["orders"][2].update(payable_fen=250),
        ),
        ("best_discounts_are_given", "O3"),
    ),
    "a better one not given": (
        lambda b: b["promotions"].append({**b["promotions"][1], "promotion": "D0", "percent_off": 11}),
        ("best_discounts_are_given", "O3"),
    ),
    "an equal one of an earlier name not given": (
        lambda b: b["promotions"].append({**b["promotions"][2], "promotion": "D0"}),
        ("best_discounts_are_given", "O1"),
    ),
    "discounts of no order": (
        lambda b: b["order_discounts"][0].update(order="O99"),
        ("discounts_are_what_the_rules_give", "O99"),
    ),
    "the platform owes less": (
        lambda b: _ledger_leg(b).update(amount_fen=1),
        ("subsidy_is_what_the_platform_owes", "O1"),
    ),
    "the platform owes for no order": (
        lambda b: b["ledger"].append(
            {"entry": "O99:placed", "order": "O99", "at": 0, "legs": [{"account": "promotions", "amount_fen": 5}]}
        ),
        ("subsidy_is_what_the_platform_owes", "O99"),
    ),
    "used by two orders": (_used_twice, ("coupon_is_used_once_by_its_owner", "K6")),
    "used by somebody else": (
        lambda b: _coupon(b, 0).update(buyer="C2"),
        ("coupon_is_used_once_by_its_owner", "K6"),
    ),
    "a coupon nobody claimed": (lambda b: b["coupons"].pop(1), ("coupon_is_used_once_by_its_owner", "K7")),
    "a discount by a coupon that stays unused": (
        lambda b: (b["orders"][0].update(coupons=["K7"]), _coupon(b, 0).update(used_by=None)),
        ("coupon_is_used_once_by_its_owner", "K6"),
    ),
    "used and yet free": (
        lambda b: _coupon(b, 0).update(used_by=None),
        ("coupon_is_used_once_by_its_owner", "K6"),
    ),
    "used for nothing": (
        lambda b: b["order_discounts"].pop(0),
        ("coupon_is_used_once_by_its_owner", "K6"),
    ),
    "kept by an order that ended": (
        lambda b: _coupon(b, 2).update(used_by="O2"),
        ("coupon_is_free_when_its_order_has_ended", "K8"),
    ),
    "kept by an order that never was": (
        lambda b: _coupon(b, 2).update(used_by="O99"),
        ("coupon_is_free_when_its_order_has_ended", "K8"),
    ),
    "kept by an order without it": (
        lambda b: _coupon(b, 2).update(used_by="O3"),
        ("coupon_is_free_when_its_order_has_ended", "K8"),
    ),
    "spent and not told": (
        lambda b: b["coupon_campaigns"][0].update(spent_fen=0),
        ("campaign_keeps_its_budget", "G4"),
    ),
    "over the budget": (
        lambda b: b["coupon_campaigns"][0].update(budget_fen=299),
        ("campaign_keeps_its_budget", "G4"),
    ),
    "more claimed than there are": (
        lambda b: b["coupon_campaigns"][0].update(coupons=1),
        ("campaign_keeps_its_limits", "G4"),
    ),
    "miscounted": (lambda b: b["coupon_campaigns"][0].update(claimed=7), ("campaign_keeps_its_limits", "G4")),
    "a buyer over the limit": (
        lambda b: b["coupons"].append({**_coupon(b, 0), "coupon": "K99", "used_by": None}),
        ("campaign_keeps_its_limits", "G4 for C1"),
    ),
    "of no campaign": (lambda b: b["coupon_campaigns"].pop(1), ("campaign_keeps_its_limits", "G5")),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_and_named(books: Snapshot, fault: str) -> None:
    plant, finding = FAULTS[fault]
    plant(books)
    assert finding in found(books)


def test_every_invariant_of_promotions_has_a_planted_fault() -> None:
    assert {finding[0] for _, finding in FAULTS.values()} == OURS


def test_a_table_that_cannot_be_read_is_a_sentence(books: Snapshot) -> None:
    books["coupons"][0]["used_by"] = 7
    with pytest.raises(AuditError, match="coupons cannot be audited"):
        audit(books)
