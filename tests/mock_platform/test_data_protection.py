"""Whoever reads personal data in the clear is in the log first; whoever was erased is gone, whatever is cut off."""

from __future__ import annotations

import pytest

from mock_platform.domain.clear_read import ClearRead, Who, Why
from mock_platform.domain.errors import CustomerErased, MalformedRequest, TooManyExports, UnknownCustomer
from mock_platform.domain.sealing import NOTHING_SHOWN, SealBroken
from mock_platform.domain.shipment import Waybill
from mock_platform.services.data_protection import EXPORT_WINDOW_S, EXPORTS_MAX
from mock_platform.stores.key_ring_memory import MemoryKeyRing
from tests.mock_platform.interruptions import Faults, LineDropped, Suspending, cut_off, run
from tests.mock_platform.protected_world import Office


@pytest.fixture
def office() -> Office:
    return Office()


async def test_an_export_holds_all_we_know_and_is_logged(office: Office) -> None:
    order = await office.world.placed()
    made, replayed = await office.protection.export("C1", "k")
    assert (made.customer.name, made.customer.phone) == ("王小明", "13812341234")
    assert [each.order for each in made.orders] == [order.order] and made.orders_total == 1
    assert not replayed
    now = office.world.clock()
    assert office.log.latest(9) == [ClearRead(1, now, Who.CUSTOMER, Why.EXPORT, "C1", made.export)]
    assert office.keys.given_out == office.reads == 1
    assert "王" not in repr(made)


async def test_the_same_key_is_the_same_export_read_again(office: Office) -> None:
    first, _ = await office.protection.export("C1", "k")
    again, replayed = await office.protection.export("C1", "k")
    assert replayed and (again.export, again.made_at) == (first.export, first.made_at)
    assert [row.request for row in office.log.latest(9)] == [first.export] * 2
    assert office.keys.given_out == office.reads == 2
    assert (await office.protection.export("C2", "k"))[0].export != first.export


async def test_five_exports_a_minute_are_enough(office: Office) -> None:
    for number in range(EXPORTS_MAX):
        await office.protection.export("C1", f"k{number}")
    with pytest.raises(TooManyExports):
        await office.protection.export("C1", "more")
    assert (await office.protection.export("C1", "k0"))[1], "what was made is still answered"
    await office.protection.export("C2", "more")
    assert office.reads == office.keys.given_out == EXPORTS_MAX + 2
    office.world.clock.advance(EXPORT_WINDOW_S)
    assert not (await office.protection.export("C1", "more"))[1]


async def test_an_operator_reads_for_a_reason(office: Office) -> None:
    opening, clear = await office.protection.open_for_operator("C2", Why.DELIVERY)
    assert clear.name == "王小明"
    (row,) = office.protection.clear_reads(1, 10).items
    assert (row.who, row.why, row.customer, row.request) == (Who.OPERATOR, Why.DELIVERY, "C2", opening)


async def test_after_an_erasure_there_is_nothing_left_and_what_is_open_goes_on(office: Office) -> None:
    world = office.world
    packed, placed = await world.paid(key="a"), await world.placed(key="b")
    await world.outbox.step()
    before = (await world.orders.parcels_of(packed.order))[0].waybill
    erased, replayed = await office.protection.erase("C1", "k")
    assert not replayed and erased.customer == "C1"
    again, replayed = await office.protection.erase("C1", "k")
    assert replayed and again == erased
    for ask in (
        office.protection.export("C1", "x"),
        office.protection.open_for_operator("C1", Why.LEGAL),
        office.protection.erase("C1", "another"),
        world.shopping.customer("C1"),
    ):
        with pytest.raises(CustomerErased):
            await ask
    assert (await world.shopping.cart("C1")).lines == ()
    assert office.keys.given_out == office.reads == 0
    await world.asked(placed, key="b-pay")
    await world.settle()
    assert [(await world.orders.order(each.order)).state.value for each in (packed, placed)] == ["delivered"] * 2
    assert before == Waybill("王**", "138****1234", "浙江省杭州市****")
    assert {each.waybill for each in await world.orders.parcels_of(packed.order)} == {before}
    assert {each.waybill for each in await world.orders.parcels_of(placed.order)} == {NOTHING_SHOWN}
    assert await world.customers.keys_in_use() == {"K1": 2}
    assert office.protection.erasures == 1


async def test_keys_and_customers_that_are_none_are_refused(office: Office) -> None:
    for ask in (office.protection.export, office.protection.erase):
        with pytest.raises(MalformedRequest):
            await ask("C1", "\n")
        with pytest.raises(UnknownCustomer):
            await ask("C9", "k")
    with pytest.raises(UnknownCustomer):
        await office.protection.open_for_operator("C9", Why.SUPPORT)
    assert office.reads == office.keys.given_out == 0


@pytest.mark.parametrize("at", range(1, 12))
def test_cut_off_anywhere_an_export_is_logged_and_read_or_neither(at: int) -> None:
    office = Office(Suspending)
    was_cut = cut_off(office.protection.export("C1", "k"), at)
    assert office.keys.given_out == office.reads <= 1
    made, _ = run(office.protection.export("C1", "k"))
    assert made.customer.name == "王小明"
    assert office.keys.given_out == office.reads
    assert office.protection.exports == 1
    assert was_cut or at > 4


@pytest.mark.parametrize("at", range(1, 12))
def test_cut_off_anywhere_an_erasure_asked_for_again_is_done(at: int) -> None:
    office = Office(Suspending)
    cut_off(office.protection.erase("C1", "k"), at)
    first = run(office.world.customers.erased())
    erased, _ = run(office.protection.erase("C1", "k"))
    assert run(office.world.customers.erased()) == [erased]
    assert first in ([], [erased])
    assert run(office.world.shopping.cart("C1")).lines == ()


@pytest.mark.parametrize("steps", range(1, 9))
@pytest.mark.parametrize("read", ["export", "opening"])
def test_whoever_is_erased_while_they_are_read_is_read_before_it_or_not_at_all(read: str, steps: int) -> None:
    office = Office(Suspending)
    reading = (
        office.protection.export("C1", "k")
        if read == "export"
        else office.protection.open_for_operator("C1", Why.LEGAL)
    )
    was_read = cut_short = False
    try:
        for _ in range(steps):
            reading.send(None)
        cut_short = True
        office.world.clock.advance(0.1)
        run(office.protection.erase("C1", "e"))
        run(reading)
    except StopIteration:
        was_read = True  # and the erasure never came
    except CustomerErased:
        pass
    assert was_read != cut_short
    erased = {each.customer: each.erased_at for each in run(office.world.customers.erased())}
    assert all(row.at <= erased.get(row.customer, row.at) for row in office.log.latest(9))
    assert office.keys.given_out == office.reads == was_read


async def test_a_seal_that_stays_broken_is_told_and_logged_and_not_tried_for_ever(office: Office) -> None:
    ring = office.keys
    assert isinstance(ring, MemoryKeyRing)
    ring._ciphers.clear()  # as if the ring had lost its keys
    with pytest.raises(SealBroken):
        await office.protection.export("C1", "k")
    assert office.keys.given_out == office.reads == 1
    assert office.protection.exports == 0, "nothing was given"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", [1, 2])
def test_an_erasure_whose_answer_was_lost_is_the_same_when_asked_again(at: int, after: bool) -> None:
    faults = Faults(at, after=after)
    office = Office(faults.wrap)
    with pytest.raises(LineDropped):
        run(office.protection.erase("C1", "k"))
    erased, replayed = run(office.protection.erase("C1", "k"))
    assert replayed == ((at, after) != (1, False))
    assert run(office.world.customers.erased()) == [erased]
