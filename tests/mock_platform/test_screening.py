"""Screening in the checkout: bots from one device are stopped, people are not, and a try is judged once."""

from __future__ import annotations

from contextlib import nullcontext, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_platform.domain.errors import RiskRejected, SaleClosed, SlowDown
from mock_platform.domain.idempotency import Claim
from mock_platform.domain.purchase import Purchase
from mock_platform.domain.risk import Of, Outcome
from mock_platform.domain.sealing import ErasedCustomer
from tests.mock_platform.core_world import LOCK_S, lines
from tests.mock_platform.interruptions import Faults, LineDropped, Suspending, cut_off, run
from tests.mock_platform.screened_world import DORMITORY, PEOPLE, ScreenedWorld


async def test_a_device_with_many_accounts_gets_two_and_no_more() -> None:
    world = ScreenedWorld()
    for buyer in PEOPLE[:2]:
        await world.tries(buyer, device="farm")
    for buyer in PEOPLE[2:20]:
        with pytest.raises(RiskRejected):
            await world.tries(buyer, device="farm")
    assert (await world.tries(PEOPLE[20])).buyer == PEOPLE[20]
    assert len((await world.settled_books())["orders"]) == 3


async def test_people_at_the_stroke_are_let_in() -> None:
    """All within a second, each from the own device and a session that has just begun."""
    world = ScreenedWorld(allotment=100)
    for buyer in PEOPLE:
        world.clock.advance(0.005)
        await world.tries(buyer, session_at=world.clock() - 0.1)
    assert world.decisions.outcomes() == {Outcome.ADMITTED: 100, Outcome.SLOWED: 0, Outcome.REFUSED: 0}
    assert world.decisions.hits()["sale_rush"] == 80
    await world.settled_books()


async def test_who_hides_their_device_has_to_wait_until_the_rush_is_over() -> None:
    world = ScreenedWorld()
    for buyer in PEOPLE[:20]:
        await world.tries(buyer)
    with pytest.raises(SlowDown):
        await world.tries("C1", device="", session_at=world.clock())
    world.clock.advance(1.0)
    await world.tries("C1", "k2", device="", session_at=world.clock() - 1.0)


async def test_a_dormitory_is_slowed_in_the_rush_and_gets_in_after_it() -> None:
    world = ScreenedWorld()
    for buyer in (*PEOPLE[:20], *DORMITORY[:4]):
        await world.tries(buyer)
    with pytest.raises(SlowDown):
        await world.tries(DORMITORY[4])
    await world.tries("P30")
    world.clock.advance(1.0)
    assert (await world.tries(DORMITORY[4], "k2")).buyer == DORMITORY[4]
    for buyer in DORMITORY[5:]:
        assert (await world.tries(buyer)).buyer == buyer


async def test_who_repeats_a_key_is_told_the_same_and_not_judged_again() -> None:
    world = ScreenedWorld()
    order = await world.tries(PEOPLE[0])
    for buyer in PEOPLE[1:3]:
        with pytest.raises(RiskRejected) if buyer == PEOPLE[2] else nullcontext():
            await world.tries(buyer, device=f"phone of {PEOPLE[0]}")
    for _ in range(20):
        assert (await world.tries(PEOPLE[0])).order == order.order
        with pytest.raises(RiskRejected):
            await world.tries(PEOPLE[2], device=f"phone of {PEOPLE[0]}")
    assert sum(world.decisions.outcomes().values()) == 3


async def test_ordinary_goods_are_not_judged() -> None:
    world = ScreenedWorld()
    for number in range(5):
        await world.checkout.place(f"k{number}", Purchase(PEOPLE[number], lines(S1=1), device="one for all"))
    assert await world.decisions.kept() == []
    assert all(each.entries == 0 for each in world.velocities.memory())


@given(
    st.lists(st.tuples(st.sampled_from(PEOPLE[:6]), st.sampled_from(("a", "b", "c", "")), st.floats(0, 3)), max_size=20)
)
def test_a_key_that_says_who_is_a_bot_changes_nothing(tries: list[tuple[str, str, float]]) -> None:
    """The marker is for the audit: with or without it, the same decisions come of the same tries."""
    judged = []
    for kind in ("", "bot-"):
        world = ScreenedWorld()
        for number, (buyer, device, later_s) in enumerate(tries):
            world.clock.advance(later_s)
            claim = Claim(buyer, f"run/0/{kind}{number}", f"O{number}", 1)
            purchase = Purchase(buyer, (), "F1", device=device, session_at=world.clock() - later_s)
            with suppress(RiskRejected, SlowDown):
                run(world.screening.screen(purchase, claim, world.clock()))
        judged.append([(each.score, each.rules) for each in run(world.decisions.kept())])
    assert judged[0] == judged[1]


@pytest.mark.parametrize("buyer", ["let in", "refused"])
@pytest.mark.parametrize("at", range(1, 30))
async def test_cut_off_anywhere_the_same_key_ends_in_one_decision_and_clean_books(buyer: str, at: int) -> None:
    world = ScreenedWorld(wrap=Suspending)
    device = "farm" if buyer == "refused" else "phone"
    for name in PEOPLE[:2]:
        await world.tries(name, device="farm")
    with suppress(RiskRejected):  # it was answered before
        cut_off(world.tries("P9", device=device), at)
    world.clock.advance(LOCK_S + 0.1)
    await _ends(world, buyer, device)


@pytest.mark.parametrize("buyer", ["let in", "refused"])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(1, 10))
async def test_with_any_call_lost_the_same_key_ends_in_one_decision_and_clean_books(
    buyer: str, after: bool, at: int
) -> None:
    faults = Faults(10**9, after=after)
    world = ScreenedWorld(wrap=faults.wrap)
    device = "farm" if buyer == "refused" else "phone"
    for name in PEOPLE[:2]:
        await world.tries(name, device="farm")
    faults.at = faults.calls + at
    with suppress(LineDropped, RiskRejected):
        await world.tries("P9", device=device)
    faults.at = 0
    world.clock.advance(LOCK_S + 0.1)
    await _ends(world, buyer, device)


async def _ends(world: ScreenedWorld, buyer: str, device: str) -> None:
    if buyer == "refused":
        with pytest.raises(RiskRejected):
            await world.tries("P9", device=device)
    else:
        assert (await world.tries("P9", device=device)).buyer == "P9"
    assert len([each for each in await world.decisions.kept() if each.buyer == "P9"]) == 1
    books = await world.settled_books()
    assert len(books["orders"]) == (2 if buyer == "refused" else 3)


async def test_two_who_judge_one_try_at_once_keep_one_decision() -> None:
    """The key was taken over while the first request still ran: what was decided first stands."""
    world = ScreenedWorld(wrap=Suspending)
    for name in PEOPLE[:2]:
        await world.tries(name, device="farm")
    purchase = Purchase("P9", (), world.flash_sale.flash_sale, device="farm")
    claim = Claim("P9", "k1", "O99", 1)
    both = [world.screening.screen(purchase, claim, world.clock()) for _ in range(2)]
    refusals, running = 0, list(both)
    while running:
        for work in list(running):
            try:
                work.send(None)
            except RiskRejected:
                refusals += 1
                running.remove(work)
    assert refusals == 2
    assert world.decisions.outcomes()[Outcome.REFUSED] == 1


async def test_a_key_taken_over_counts_as_the_one_try_it_is() -> None:
    world = ScreenedWorld()
    purchase, claim = Purchase("P1", (), "F1", device="phone"), Claim("P1", "k1", "O1", 1)
    for _ in range(50):
        await world.screening.screen(purchase, claim, world.clock())
        world.clock.advance(0.1)
    (kept,) = await world.decisions.kept()
    assert kept.asked_at - kept.at == pytest.approx(4.9)
    for number in range(2, 7):
        await world.screening.screen(purchase, Claim("P1", f"k{number}", f"O{number}", 1), world.clock())
    with pytest.raises(RiskRejected):
        await world.screening.screen(purchase, Claim("P1", "k7", "O7", 1), world.clock())


async def test_forgotten_decisions_are_counted_and_the_books_stay_clean() -> None:
    world = ScreenedWorld(decisions_kept=5)
    for buyer in PEOPLE[:30]:
        await world.tries(buyer)
    assert (len(await world.decisions.kept()), world.decisions.forgotten) == (5, 25)
    assert [each.buyer for each in (await world.screening.decisions(1, 2)).items] == [PEOPLE[29], PEOPLE[28]]
    await world.settled_books()


async def test_an_address_is_known_by_its_print_and_gone_with_its_customer() -> None:
    world = ScreenedWorld()
    prints = {name: world.customers.address_print(name) for name in (*PEOPLE, *DORMITORY)}
    assert len({prints[name] for name in DORMITORY}) == 1
    assert len(set(prints.values())) == len(PEOPLE) + 1
    await world.customers.erase(ErasedCustomer("P1", "E1", "k", 0.0))
    assert world.customers.address_print("P1") == world.customers.address_print("nobody") == ""


async def test_ten_minutes_after_an_erasure_no_window_remembers_the_address() -> None:
    world = ScreenedWorld()
    await world.tries("P1")
    print_ = world.customers.address_print("P1")
    await world.customers.erase(ErasedCustomer("P1", "E1", "k", 0.0))
    addresses = [window._seen for window in world.velocities._windows if window.rule.of is Of.ADDRESS]
    assert all(print_ in seen for seen in addresses) and addresses
    world.clock.advance(600.0)
    with pytest.raises(SaleClosed):  # it is judged before that is said
        await world.tries("P2")
    assert not any(print_ in seen for seen in addresses)
