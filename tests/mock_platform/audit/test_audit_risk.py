"""Every fault of risk, planted alone in the books of an honest sale, is named, and no other rule fires."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from mock_platform.audit import audit
from mock_platform.audit.exported_books import Books
from mock_platform.audit.risk_rules import RULES, figures
from mock_platform.domain.errors import RiskRejected
from tests.mock_platform.audit.planting import within
from tests.mock_platform.screened_world import PEOPLE, ScreenedWorld

Snapshot = dict[str, Any]


async def _honest() -> Snapshot:
    """P1 to P6 buy from devices of their own, P7 from a farm with P8; P9 and P10 are refused there."""
    world = ScreenedWorld()
    for number, buyer in enumerate(PEOPLE[:6]):
        world.clock.advance(1.0)
        await world.tries(buyer, f"run/0/{number}")
    for number, buyer in enumerate(PEOPLE[6:10]):
        with suppress(RiskRejected):
            await world.tries(buyer, f"run/0/bot-{number}", device="farm")
    return await world.bookkeeping.snapshot()


@pytest.fixture(scope="module")
def honest() -> Snapshot:
    return asyncio.run(_honest())


@pytest.fixture
def books(honest: Snapshot) -> Snapshot:
    return copy.deepcopy(honest)


def decision(books: Snapshot, buyer: str) -> Any:
    return next(row for row in books["risk_decisions"] if row["buyer"] == buyer)


def terms(books: Snapshot) -> Any:
    return books["risk_terms"][0]


def admit_too(books: Snapshot, like: str, **changes: Any) -> None:
    """One more decision that lets somebody in; they bought nothing, as all was sold when they came."""
    name = f"more{len(books['risk_decisions'])}"
    row = decision(books, like) | {"order": name, "key": name} | changes
    books["risk_decisions"].append(row)
    terms(books)["admitted"] += 1


def an_order_of_somebody_refused(books: Snapshot) -> None:
    row = decision(books, "P9")
    order = next(order for order in books["orders"] if order["buyer"] == "P1")
    row["buyer"], row["key"] = order["buyer"], order["key"]


def an_order_by_the_id_of_a_refused_try(books: Snapshot) -> None:
    """It was let in by another decision as well, so that only the refusal is against it."""
    order = next(order for order in books["orders"] if order["buyer"] == "P1")
    decision(books, "P9")["order"] = order["order"]


def an_order_nobody_judged(books: Snapshot) -> None:
    books["risk_decisions"].remove(decision(books, "P2"))
    terms(books)["admitted"] -= 1


def an_order_let_in_twice(books: Snapshot) -> None:
    books["risk_decisions"].append(decision(books, "P3"))
    terms(books)["admitted"] += 1


def a_score_that_is_not_the_sum(books: Snapshot) -> None:
    decision(books, "P4")["score"] += 10


def refused_with_too_few_points(books: Snapshot) -> None:
    row = decision(books, "P10")
    row["rules"], row["score"] = ["sale_rush"], 20


def let_in_with_too_many_points(books: Snapshot) -> None:
    decision(books, "P5").update(rules=["device_accounts"], score=100)


def a_third_account_on_one_device(books: Snapshot) -> None:
    decision(books, "P6")["device"] = decision(books, "P7")["device"]


def a_device_that_never_tires(books: Snapshot) -> None:
    for number in range(12):
        admit_too(books, "P1", at=decision(books, "P1")["at"] + number, buyer=f"P{number % 2 + 1}")


def a_buyer_who_never_tires(books: Snapshot) -> None:
    for number in range(6):
        admit_too(books, "P1", device=f"d{number}")


def a_rule_that_remembers_too_much(books: Snapshot) -> None:
    books["risk_memory"][0]["entries"] = books["risk_memory"][0]["cap"] + 1


def more_decisions_than_there_is_room(books: Snapshot) -> None:
    terms(books)["decisions_cap"] = 9


def a_decision_nobody_counted(books: Snapshot) -> None:
    terms(books)["forgotten"] += 1
    terms(books)["refused"] += 2


def fewer_counted_than_kept(books: Snapshot) -> None:
    terms(books)["refused"] -= 1
    terms(books)["slowed"] += 1


REFUSED, JUDGED = {"refused_tries_made_no_order"}, {"flash_orders_were_admitted"}
FOLLOW, LIMITS = {"decisions_follow_their_rules"}, {"velocity_limits_are_kept"}
FAULTS: list[tuple[Callable[[Snapshot], None], set[str]]] = [
    (an_order_of_somebody_refused, REFUSED),
    (an_order_by_the_id_of_a_refused_try, REFUSED),
    (an_order_nobody_judged, JUDGED),
    (an_order_let_in_twice, JUDGED),
    (a_score_that_is_not_the_sum, FOLLOW),
    (refused_with_too_few_points, FOLLOW),
    (let_in_with_too_many_points, FOLLOW),
    (a_third_account_on_one_device, LIMITS),
    (a_device_that_never_tires, LIMITS),
    (a_buyer_who_never_tires, LIMITS),
    (a_rule_that_remembers_too_much, {"risk_memory_is_bounded"}),
    (more_decisions_than_there_is_room, {"risk_memory_is_bounded"}),
    (a_decision_nobody_counted, {"decisions_are_counted"}),
    (fewer_counted_than_kept, {"decisions_are_counted"}),
]


@pytest.mark.parametrize(("fault", "named"), FAULTS, ids=[fault.__name__ for fault, _ in FAULTS])
def test_a_planted_fault_is_named_and_no_other_rule_fires(
    books: Snapshot, fault: Callable[[Snapshot], None], named: set[str]
) -> None:
    assert {found.invariant for found in audit(books).violations} == set()
    fault(books)
    found = within(audit(books).violations)
    assert {each.invariant for each in found} == named
    assert all(each.subject and each.message.endswith(".") for each in found)


def test_every_rule_has_a_fault() -> None:
    assert {rule.__name__ for rule in RULES} == set().union(*(named for _, named in FAULTS))


def test_a_rule_that_had_to_forget_is_not_held_to_its_limit(books: Snapshot) -> None:
    a_third_account_on_one_device(books)
    memory = next(row for row in books["risk_memory"] if row["rule"] == "device_accounts")
    memory["evicted_early"] = 1
    assert audit(books).violations == ()


def test_a_limit_holds_within_its_window_and_not_beyond(books: Snapshot) -> None:
    a_third_account_on_one_device(books)
    row = decision(books, "P6")
    row["at"] = decision(books, "P7")["at"] - 600.0
    assert audit(books).violations == ()
    row["at"] += 0.1
    assert {found.invariant for found in audit(books).violations} == LIMITS


def test_orders_older_than_the_decisions_kept_are_not_asked_for_theirs(books: Snapshot) -> None:
    for buyer in ("P1", "P2"):
        books["risk_decisions"].remove(decision(books, buyer))
        terms(books)["forgotten"] += 1
    assert audit(books).violations == ()


def test_without_screening_orders_need_no_decision(books: Snapshot) -> None:
    books["risk_decisions"], books["risk_memory"], books["risk_hits"] = [], [], []
    terms(books).update(is_on=False, admitted=0, slowed=0, refused=0)
    assert within(audit(books).violations) == ()
    told = figures(Books(books))
    assert (told["screening"], told["hot_units_to_bots_share"], told["false_positive_share"]) == ("off", 0.25, 0.0)


def test_a_shop_without_risk_has_nothing_to_say(books: Snapshot) -> None:
    for table in [name for name in books if name.startswith("risk_")]:
        del books[table]
    assert audit(books).violations == ()


def test_who_got_the_units_is_told_in_figures(books: Snapshot) -> None:
    told = figures(Books(books))
    assert {name: told[name] for name in told if not name.startswith("hits_")} == {
        "screening": "on",
        "decisions": 10,
        "refused_tries": 2,
        "slowed_tries": 0,
        "hot_units_sold": 8,
        "hot_units_to_bots": 2,
        "hot_units_to_bots_share": 0.25,
        "bot_tries_per_human_try": 0.67,
        "bot_tries_stopped_share": 0.5,
        "human_tries": 6,
        "human_tries_stopped": 0,
        "false_positive_share": 0.0,
        "people": 6,
        "people_shut_out": 0,
        "people_shut_out_share": 0.0,
    }
    assert told["hits_device_accounts"] == 2
    assert "hits_buyer_tries" not in told


def test_a_person_refused_is_a_false_positive(books: Snapshot) -> None:
    for row in books["risk_decisions"]:
        row["key"] = row["key"].replace("bot-", "")
    assert figures(Books(books))["false_positive_share"] == 0.2


def test_who_got_in_at_the_second_try_was_stopped_once_and_not_shut_out(books: Snapshot) -> None:
    for row in books["risk_decisions"]:
        row["key"] = row["key"].replace("bot-", "")
    again = decision(books, "P10") | {"order": "again", "key": "again", "rules": [], "score": 0, "outcome": "admitted"}
    books["risk_decisions"].append(again)
    told = figures(Books(books))
    assert (told["human_tries"], told["human_tries_stopped"], told["false_positive_share"]) == (11, 2, 0.1818)
    assert (told["people"], told["people_shut_out"], told["people_shut_out_share"]) == (10, 1, 0.1)


@pytest.mark.parametrize("state", ["cancelled", "refunded"])
def test_units_given_back_were_nobodys(books: Snapshot, state: str) -> None:
    given_back = next(order for order in books["orders"] if "bot-" in order["key"])
    given_back["state"] = state
    told = figures(Books(books))
    assert (told["hot_units_sold"], told["hot_units_to_bots"]) == (7, 1)
    assert told["hot_units_to_bots_share"] == 0.1429
