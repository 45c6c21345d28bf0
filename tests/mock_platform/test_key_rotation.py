"""Master keys rotate while customers are read, erased and new: nothing is left under the old one, nobody is lost."""

from __future__ import annotations

import msgspec
import pytest

from mock_platform.domain.clear_read import Why
from mock_platform.domain.errors import CustomerErased
from mock_platform.domain.sealing import WrappedKey
from mock_platform.services.key_rotation import BATCH, KeyRotation
from tests.mock_platform.interruptions import Suspending, cut_off, run
from tests.mock_platform.protected_world import Office, finish


@pytest.fixture
def office() -> Office:
    return Office()


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


async def test_a_record_that_does_not_open_keeps_its_key_and_holds_up_nobody_else(office: Office, caplog) -> None:
    await fill(office, 2 * BATCH)
    customers = office.world.customers
    broken = await customers.record("C2")
    torn = WrappedKey(broken.data_key.key, broken.data_key.wrapped[:-1] + b"?")
    assert await customers.rewrap(broken, torn)
    await office.rotation.begin()
    passes = [await office.rotation.step() for _ in range(8)]
    assert await customers.keys_in_use() == {"K1": 1, "K2": 2 * BATCH + 2}
    assert office.rotation.is_under_way and office.rotation.finished == 0, "and the audit says so in the end"
    assert False in passes, "what would be looked through for nothing is left alone for a while"
    assert "C2" in caplog.text
    assert (await office.protection.export("D150", "k"))[0].customer.name == "王小明"
    await office.protection.erase("C2", "k")
    await finish(office)
    assert await customers.keys_in_use() == {"K2": 2 * BATCH + 2}


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
