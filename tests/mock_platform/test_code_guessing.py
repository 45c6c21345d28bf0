"""Guessing pick-up codes: after so many wrong ones the counter is closed, however many come at once."""

from __future__ import annotations

import asyncio

import pytest

from mock_platform.domain.errors import IllegalTransition, ShopError, TooManyCodes, UnknownCode
from mock_platform.domain.order import OrderState
from mock_platform.services.picking_up import WRONG_CODES_MAX, WRONG_CODES_WITHIN_S
from tests.mock_platform.interruptions import Suspending
from tests.mock_platform.outlet_world import OutletWorld


async def close_counter(world: OutletWorld, outlet: str = "D1") -> None:
    for number in range(WRONG_CODES_MAX):
        with pytest.raises(UnknownCode):
            await world.picking_up.hand_over(outlet, f"wrong {number}", f"{number:010d}")


async def test_however_many_guess_at_once_no_more_are_looked_up_than_one_after_the_other() -> None:
    world = OutletWorld(wrap=Suspending)
    order = await world.ready()
    guesses = [f"{number:010d}" for number in range(5 * WRONG_CODES_MAX)] + [world.codes.code(order.order)]
    answers = await asyncio.gather(
        *(world.picking_up.hand_over("D1", f"g{code}", code) for code in guesses), return_exceptions=True
    )
    kinds = [type(answer) for answer in answers]
    assert kinds.count(UnknownCode) == WRONG_CODES_MAX
    assert kinds.count(TooManyCodes) == len(guesses) - WRONG_CODES_MAX, "the right one came too late, too"
    assert (await world.orders.order(order.order)).state is OrderState.PAID


async def test_a_closed_counter_still_repeats_what_it_did() -> None:
    """The answer of a hand-over was lost, and somebody guesses meanwhile: the clerk must learn that the goods went."""
    world = OutletWorld()
    order = await world.ready()
    done = await world.picking_up.hand_over("D1", "h1", world.codes.code(order.order))
    await close_counter(world)
    again = await world.picking_up.hand_over("D1", "h1", world.codes.code(order.order))
    assert again == (*done[:2], True)
    with pytest.raises(UnknownCode):
        await world.picking_up.hand_over("D1", "wrong 1", "0000000001")
    await world.settled_books()


async def test_who_was_sent_away_may_come_again_under_the_same_key() -> None:
    world = OutletWorld()
    await close_counter(world)
    world.clock.advance(WRONG_CODES_WITHIN_S - 20.0)
    order = await world.ready()
    code = world.codes.code(order.order)
    for _ in range(2):
        with pytest.raises(TooManyCodes):
            await world.picking_up.hand_over("D1", "h1", code)
    world.clock.advance(20.0)
    done, _, replayed = await world.picking_up.hand_over("D1", "h1", code)
    assert (done.state, replayed) == (OrderState.COLLECTED, False)
    await world.settled_books()


async def test_the_window_slides_and_is_each_outlet_s_own() -> None:
    world = OutletWorld()
    for number in range(WRONG_CODES_MAX):
        with pytest.raises(UnknownCode):
            await world.picking_up.hand_over("D1", f"wrong {number}", f"{number:010d}")
        world.clock.advance(1.0)
    with pytest.raises(TooManyCodes):
        await world.picking_up.hand_over("D1", "a", "AAAAAAAAAA")
    with pytest.raises(UnknownCode):
        await world.picking_up.hand_over("D2", "a", "AAAAAAAAAA")
    world.clock.advance(WRONG_CODES_WITHIN_S - WRONG_CODES_MAX)  # a minute after the first: one guess is free again
    for key, refusal in (("b", UnknownCode), ("c", TooManyCodes)):
        with pytest.raises(refusal):
            await world.picking_up.hand_over("D1", key, "AAAAAAAAAA")


async def test_a_code_that_was_once_right_is_no_guess() -> None:
    world = OutletWorld()
    order = await world.collected()
    for number in range(2 * WRONG_CODES_MAX):
        with pytest.raises(IllegalTransition):
            await world.picking_up.hand_over("D1", f"h{number}", world.codes.code(order.order))


@pytest.mark.parametrize("typed", ["with O for 0", "with I for 1", "with l for 1", "wide"])
async def test_a_clerk_who_takes_one_sign_for_another_still_types_the_code(typed: str) -> None:
    world = OutletWorld()
    codes = {
        "with O for 0": lambda code: code.replace("0", "O"),
        "with I for 1": lambda code: code.replace("1", "I"),
        "with l for 1": lambda code: code.replace("1", "l"),
        "wide": lambda code: code[:4] + "\u3000-" + code[4:],
    }
    orders = [f"O{number}" for number in range(200)]
    for code in map(world.codes.code, orders):
        assert world.codes.digest(codes[typed](code)) == world.codes.digest(code)


async def test_one_code_brought_to_many_counters_at_once_is_one_hand_over() -> None:
    world = OutletWorld(wrap=Suspending)
    order = await world.ready(S1=2)
    code = world.codes.code(order.order)

    async def bring(number: int) -> str:
        try:
            done, _, replayed = await world.picking_up.hand_over("D2" if number % 5 == 4 else "D1", f"h{number}", code)
        except ShopError as refusal:
            return refusal.code
        assert not replayed
        return str(done.state)

    answers = await asyncio.gather(*(bring(number) for number in range(20)))
    assert answers.count("collected") == 1
    assert answers.count("unknown_code") == 4
    assert answers.count("illegal_transition") == 15
    await world.settled_books()
    assert world.tally.counts["order", "collected"] == 1
