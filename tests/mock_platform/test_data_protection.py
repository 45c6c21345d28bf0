"""Whoever reads personal data in the clear is in the log first; whoever was erased is gone, whatever is cut off."""

from __future__ import annotations

import itertools
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mock_platform.domain.clear_read import ClearRead, Who, Why
from mock_platform.domain.errors import CustomerErased, MalformedRequest, Overloaded, TooManyExports, UnknownCustomer
from mock_platform.domain.sealing import NOTHING_SHOWN, SealBroken
from mock_platform.domain.shipment import Waybill
from mock_platform.services.data_protection import EXPORT_WINDOW_S, EXPORTS_MAX, DataProtection
from mock_platform.services.key_rotation import BATCH, KeyRotation
from mock_platform.stores.access_log_memory import MemoryAccessLog
from mock_platform.stores.key_ring_memory import MemoryKeyRing
from tests.mock_platform.core_world import World
from tests.mock_platform.interruptions import Faults, LineDropped, Suspending, cut_off, run


class Office:
    """Data protection over a whole shop, its stores wrapped as a test likes."""

    def __init__(self, wrap: Any = lambda inner: inner, **log: Any) -> None:
        numbers = itertools.count(1)
        self.world = World()
        self.log = MemoryAccessLog(**log)
        self.keys = self.world.customers.keys
        self.protection = DataProtection(
            customers=wrap(self.world.customers),
            keys=self.keys,
            orders=wrap(self.world.orders),
            carts=wrap(self.world.carts),
            log=self.log,
            clock=self.world.clock,
            new_id=lambda prefix: f"{prefix}{next(numbers)}",
        )
        self.rotation = KeyRotation(customers=wrap(self.world.customers), keys=self.keys, clock=self.world.clock)

    @property
    def reads(self) -> int:
        return sum(self.log.counts().values())


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


async def test_what_cannot_be_logged_is_not_read(tmp_path: Path) -> None:
    office = Office(file=tmp_path / "access.jsonl")
    await office.protection.export("C1", "k")
    assert office.log._file is not None
    office.log._file.close()
    office.log._file = Path("/dev/full").open("ab", buffering=0)  # noqa: ASYNC230, SIM115
    with pytest.raises(Overloaded):
        await office.protection.export("C1", "k2")
    assert office.keys.given_out == office.reads == 1
    (line,) = (tmp_path / "access.jsonl").read_bytes().splitlines()
    assert msgspec.json.decode(line, type=ClearRead) == office.log.latest(1)[0]


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Files of this process cannot grow beyond that: the system writes what fits, then nothing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_row_half_written_is_no_row_and_the_next_one_stands_alone(tmp_path: Path) -> None:
    file = tmp_path / "access.jsonl"
    office = Office(file=file)
    await office.protection.export("C1", "k1")
    with room_for(file.stat().st_size + 20), pytest.raises(Overloaded):
        await office.protection.export("C1", "k2")
    assert office.keys.given_out == office.reads == 1
    await office.protection.export("C1", "k3")
    first, torn, second = file.read_bytes().splitlines()
    assert len(torn) == 20
    rows = [msgspec.json.decode(line, type=ClearRead) for line in (first, second)]
    assert rows == office.log.latest(9) and [row.number for row in rows] == [1, 2]


def test_the_log_keeps_the_latest_and_counts_all() -> None:
    log = MemoryAccessLog(kept=3)
    for number in range(10):
        log.write(float(number), Who.CUSTOMER, Why.EXPORT, f"C{number}", "X")
    assert [row.number for row in log.latest(9)] == [8, 9, 10]
    assert [row.number for row in log.page(1, 2).items] == [10, 9]
    assert log.counts() == {(Who.CUSTOMER, Why.EXPORT): 10}


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


@pytest.mark.parametrize("steps", range(1, 9))
@pytest.mark.parametrize("read", ["export", "opening"])
def test_whoever_is_read_while_the_key_is_rotated_away_is_read_all_the_same(read: str, steps: int) -> None:
    office = Office(Suspending)
    reading = (
        office.protection.export("C1", "k")
        if read == "export"
        else office.protection.open_for_operator("C1", Why.LEGAL)
    )
    try:
        for _ in range(steps):
            reading.send(None)
    except StopIteration:
        return
    run(office.rotation.begin())
    run(finish(office))
    answer = run(reading)
    clear = answer[0].customer if read == "export" else answer[1]
    assert clear.name == "王小明"
    assert office.keys.given_out == office.reads >= 1
    assert office.protection.exports == (read == "export")


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


# -- rotation --------------------------------------------------------------------------------------------------------


async def finish(office: Office) -> int:
    steps = 0
    while office.rotation.is_under_way:
        await office.rotation.step()
        steps += 1
        assert steps < 100
    return steps


async def fill(office: Office, customers: int) -> None:
    wang = (await office.protection.open_for_operator("C1", Why.SUPPORT))[1]
    await office.world.customers.put_customers(
        msgspec.structs.replace(wang, customer=f"D{number}") for number in range(customers)
    )


async def test_a_rotation_leaves_nothing_under_the_old_key_and_opens_nobody(office: Office) -> None:
    await fill(office, 2 * BATCH)
    given_out = office.keys.given_out
    begun = await office.rotation.begin()
    assert (begun.key, begun.customers) == ("K2", 2 * BATCH + 3)
    assert (await office.rotation.begin()).key == "K2", "asked again it is the same one"
    await office.rotation.step()
    assert await office.world.customers.keys_in_use() == {"K1": BATCH + 3, "K2": BATCH}
    assert (await office.protection.export("D150", "k"))[0].customer.name == "王小明"
    assert (await office.protection.export("D1", "k"))[0].customer.name == "王小明"
    await finish(office)
    assert await office.world.customers.keys_in_use() == {"K2": 2 * BATCH + 3}
    assert [key.state.value for key in office.keys.inventory()] == ["destroyed", "active"]
    assert (office.rotation.finished, office.rotation.rewrapped) == (1, 2 * BATCH + 3)
    assert office.keys.given_out == given_out + 2 == office.reads
    assert (await office.protection.export("D150", "k"))[0].customer.name == "王小明"
    assert not await office.rotation.step()


async def test_erased_and_new_customers_do_not_disturb_a_rotation(office: Office) -> None:
    await fill(office, BATCH)
    await office.rotation.begin()
    await office.rotation.step()
    await office.protection.erase("D1", "k")
    await office.protection.erase(f"D{BATCH - 1}", "k")
    await fill(office, BATCH + 5)
    await finish(office)
    assert await office.world.customers.keys_in_use() == {"K2": BATCH + 8}
    assert office.rotation.rewrapped == BATCH, "what was put since is under the new key already"


async def test_a_key_is_not_destroyed_while_anything_is_left_under_it(office: Office) -> None:
    old = (await office.world.customers.record("C1")).data_key
    await office.rotation.begin()
    await office.rotation.step()
    # As if somebody who read the record before had written it back after us.
    await office.world.customers.rewrap(await office.world.customers.record("C1"), old)
    await office.rotation.step()
    assert office.rotation.is_under_way and office.rotation.finished == 0
    assert (await office.protection.export("C1", "k"))[0].customer.name == "王小明"
    await finish(office)
    assert await office.world.customers.keys_in_use() == {"K2": 3}


async def test_a_record_erased_between_reading_and_keeping_stays_erased(office: Office) -> None:
    record = await office.world.customers.record("C1")
    await office.protection.erase("C1", "k")
    assert not await office.world.customers.rewrap(record, office.keys.rewrap(record.data_key, "C1"))
    with pytest.raises(CustomerErased):
        await office.world.customers.record("C1")


@pytest.mark.parametrize("at", range(1, 14))
def test_cut_off_anywhere_a_rotation_goes_on_and_everybody_can_be_read(at: int) -> None:
    office = Office(Suspending)
    run(office.rotation.begin())
    for _ in range(5):
        cut_off(office.rotation.step(), at)
        assert run(office.protection.export("C2", "k"))[0].customer.name == "王小明"
    run(finish(office))
    assert run(office.world.customers.keys_in_use()) == {"K2": 3}
    assert run(office.protection.export("C3", "k"))[0].customer.name == "王小明"


async def test_by_itself_it_begins_when_it_is_time(office: Office) -> None:
    clock = office.world.clock
    rotation = KeyRotation(customers=office.world.customers, keys=office.keys, clock=clock, every_s=30.0)
    assert not await rotation.step()
    clock.advance(30.0)
    while await rotation.step():
        pass
    assert (rotation.finished, office.keys.active) == (1, "K2")
    clock.advance(29.0)
    assert not await rotation.step()
