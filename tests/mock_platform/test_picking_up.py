"""Picking up: a code for whoever paid, goods once for the code and in their outlet, and back when nobody comes."""

from __future__ import annotations

import pytest

from mock_platform.domain import handing_over
from mock_platform.domain.errors import (
    IllegalTransition,
    KeyReused,
    MalformedRequest,
    NotFound,
    PriceChanged,
    SoldOut,
    TooManyCodes,
    UnknownCode,
    UnknownOrder,
)
from mock_platform.domain.events import OrderPaid
from mock_platform.domain.order import OrderState, WantedLine
from mock_platform.domain.pickup import CODE_LENGTH, LETTERS, Codes, PickupState
from mock_platform.domain.purchase import Purchase
from mock_platform.services.picking_up import WRONG_CODES_MAX, WRONG_CODES_WITHIN_S
from tests.mock_platform.outlet_world import SHELF, WINDOW_S, OutletWorld


@pytest.fixture
def world() -> OutletWorld:
    return OutletWorld()


async def test_what_is_reserved_in_an_outlet_stands_on_no_other_shelf(world: OutletWorld) -> None:
    order = await world.reserved(S1=2, S2=1)
    assert [line.place for line in order.lines] == ["outlet:D1", "outlet:D1"]
    assert (await world.free("S1"), await world.free("S2")) == (SHELF["S1"] - 2, SHELF["S2"] - 1)
    assert (await world.free("S1", "D2"), await world.stock.free("S1", "web")) == (SHELF["S1"], 20)


async def test_an_outlet_sells_at_today_s_price_what_it_has_and_only_if_it_exists(world: OutletWorld) -> None:
    with pytest.raises(NotFound):
        await world.reserved(outlet="D9")
    with pytest.raises(SoldOut):
        await world.reserved(key="k2", S1=SHELF["S1"] + 1)
    with pytest.raises(PriceChanged):
        await world.checkout.place("k3", Purchase("C1", (WantedLine("S1", 1, 999),), outlet="D1"))
    with pytest.raises(MalformedRequest):
        await world.checkout.place("k4", Purchase("C1", (WantedLine("S1", 1, 1_000),), outlet="D1", coupons=("U1",)))


async def test_the_code_is_there_once_the_order_is_paid_and_for_its_owner_alone(world: OutletWorld) -> None:
    order = await world.reserved()
    assert (await world.picking_up.standing("C1", order.order))[1:] == (None, None)
    order = await world.ready(key="k2")
    _, pickup, code = await world.picking_up.standing("C1", order.order)
    assert pickup is not None and code is not None
    assert len(code) == CODE_LENGTH and set(code) <= set(LETTERS)
    assert pickup.collect_before == pickup.history[0][1] + WINDOW_S
    with pytest.raises(UnknownOrder):
        await world.picking_up.standing("C2", order.order)
    with pytest.raises(NotFound):
        await world.picking_up.standing("C1", (await world.placed(key="k3")).order)


async def test_no_code_is_kept_nor_follows_from_an_order_without_the_secret(world: OutletWorld) -> None:
    order = await world.ready()
    code = world.codes.code(order.order)
    assert code not in repr(await world.pickup(order)) and code not in repr(await world.snapshot())
    others = Codes("another secret")
    assert code != others.code(order.order) and world.codes.digest(code) != others.digest(code)
    assert len({world.codes.code(f"O{number}") for number in range(5_000)}) == 5_000


async def test_whoever_brings_the_code_has_the_goods(world: OutletWorld) -> None:
    order = await world.ready(S1=2)
    typed = f" {world.codes.code(order.order)[:5].lower()}-{world.codes.code(order.order)[5:]} "
    done, pickup, replayed = await world.picking_up.hand_over("D1", "h1", typed)
    assert (done.state, pickup.state, replayed) == (OrderState.COLLECTED, PickupState.COLLECTED, False)
    assert pickup.handed_over_in == "D1"
    assert (await world.picking_up.standing("C1", order.order))[2] is None, "a code that is spent is not shown"
    assert await world.orders.parcels_of(order.order) == ()
    await world.settled_books()
    assert world.tally.counts["order", "collected"] == 1


async def test_a_code_works_once_and_its_key_repeats_the_answer(world: OutletWorld) -> None:
    order = await world.ready()
    code = world.codes.code(order.order)
    first = await world.picking_up.hand_over("D1", "h1", code)
    again = await world.picking_up.hand_over("D1", "h1", code)
    assert (first[2], again[2], again[1]) == (False, True, first[1])
    with pytest.raises(IllegalTransition):
        await world.picking_up.hand_over("D1", "h2", code)
    with pytest.raises(KeyReused):
        await world.picking_up.hand_over("D1", "h1", "another code")
    await world.settled_books()


async def test_a_code_of_another_outlet_is_as_unknown_as_one_made_up(world: OutletWorld) -> None:
    order = await world.ready()
    messages = set()
    for key, code in (("h1", world.codes.code(order.order)), ("h2", "0123456789")):
        with pytest.raises(UnknownCode) as refused:
            await world.picking_up.hand_over("D2", key, code)
        messages.add(refused.value.message)
    assert len(messages) == 1
    assert (await world.orders.order(order.order)).state is OrderState.PAID


async def test_guessing_is_bounded_outlet_by_outlet_and_repeats_of_one_key_are_one_guess(world: OutletWorld) -> None:
    order = await world.ready()
    code = world.codes.code(order.order)
    for _ in range(3 * WRONG_CODES_MAX):
        with pytest.raises(UnknownCode):
            await world.picking_up.hand_over("D1", "one key", "0000000000")
    for number in range(WRONG_CODES_MAX - 1):
        with pytest.raises(UnknownCode):
            await world.picking_up.hand_over("D1", f"g{number}", f"{number:010d}1")
    for key, guess in (("h0", "1111111111"), ("h1", code)):
        with pytest.raises(TooManyCodes):
            await world.picking_up.hand_over("D1", key, guess)
    with pytest.raises(UnknownCode):
        await world.picking_up.hand_over("D2", "h2", "1111111111")
    assert WINDOW_S < WRONG_CODES_WITHIN_S
    world.clock.advance(WRONG_CODES_WITHIN_S)
    with pytest.raises(IllegalTransition):  # not a guess: but it waited too long by now
        await world.picking_up.hand_over("D1", "h1", code)


async def test_what_nobody_fetches_is_refunded_and_back_on_the_shelf(world: OutletWorld) -> None:
    order = await world.ready(S1=2)
    world.clock.advance(WINDOW_S)
    with pytest.raises(IllegalTransition):
        await world.picking_up.hand_over("D1", "h1", world.codes.code(order.order))
    await world.settle()
    assert (await world.orders.order(order.order)).state is OrderState.REFUNDED
    assert (await world.pickup(order)).state is PickupState.EXPIRED
    assert await world.free() == SHELF["S1"]
    assert [line.refunded_fen for line in await world.bank.statement()] == [2_000]
    await world.settled_books()


async def test_a_buyer_may_have_the_money_back_until_the_goods_are_fetched(world: OutletWorld) -> None:
    order = await world.ready(key="a")
    await world.charging.refund("C1", "r1", order.order)
    with pytest.raises(IllegalTransition):
        await world.picking_up.hand_over("D1", "h1", world.codes.code(order.order))
    fetched = await world.collected(key="b")
    with pytest.raises(IllegalTransition):
        await world.charging.refund("C1", "r2", fetched.order)
    await world.settled_books()
    assert (await world.pickup(order)).state is PickupState.WITHDRAWN
    assert await world.free() == SHELF["S1"] - 1


async def test_a_doubled_event_lays_out_once_and_an_order_that_is_sent_never(world: OutletWorld) -> None:
    order = await world.ready()
    first = await world.pickup(order)
    world.clock.advance(5.0)
    await world.picking_up.lay_out(OrderPaid(order.order, world.clock()))
    assert await world.pickup(order) == first
    await world.picking_up.lay_out(OrderPaid((await world.paid(key="web")).order, world.clock()))
    assert len(await world.orders.pickups.pickups()) == 1


async def test_shelves_and_outlets_can_be_looked_through(world: OutletWorld) -> None:
    assert [each.outlet for each in (await world.selling.outlets("上海市", 1, 20)).items] == ["D2"]
    assert (await world.selling.outlets("", 1, 1)).pages == 2
    await world.reserved(S3=1)
    shelf = await world.selling.shelf("D1", 1, 20)
    assert [(sku.sku, free) for sku, free in shelf.items] == [("S1", 6), ("S2", 3), ("S3", 0)]
    with pytest.raises(NotFound):
        await world.selling.shelf("D9", 1, 20)


async def test_nothing_expires_a_moment_too_early(world: OutletWorld) -> None:
    order = await world.ready()
    pickup, payment = await world.pickup(order), await world.orders.payment(order.payment or "")
    early = pickup.collect_before - 0.001
    assert await world.orders.pickups.overdue(early, 10) == []
    assert await world.orders.pickups.overdue(pickup.collect_before, 10) == [pickup]
    assert handing_over.expired(order, pickup, payment, early) is None
    gone = handing_over.expired(order, pickup, payment, pickup.collect_before)
    assert gone is not None and gone.order is not None and gone.order.state is OrderState.REFUNDED
