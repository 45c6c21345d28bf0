"""What lies at rest says nothing: it opens with its own key, for its own customer, unchanged, or not at all."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mock_platform.domain.customer import Customer
from mock_platform.domain.errors import IllegalTransition
from mock_platform.domain.master_key import MOVES, KeyState, MasterKey
from mock_platform.domain.sealing import SealBroken, WrappedKey, seal, unseal
from mock_platform.stores.customers_memory import MemoryCustomers
from mock_platform.stores.key_ring_memory import DESTROYED_KEPT, NONCE_BYTES, MemoryKeyRing

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
WANG = Customer("C1", "王小明", "13856781234", "杭州市", "浙江省杭州市西湖区文三路1号")
WRAPPED = WrappedKey("K1", b"wrapped")


@given(st.text(), st.text(), st.text(), st.text())
def test_what_was_sealed_opens_as_it_was(name: str, phone: str, city: str, address: str) -> None:
    customer = Customer("C1", name, phone, city, address)
    assert unseal(seal(customer, KEY, WRAPPED), KEY) == customer


def test_a_sealed_record_holds_no_value_in_the_clear() -> None:
    record = seal(WANG, KEY, WRAPPED)
    kept = msgspec.msgpack.encode(record)
    for value in (WANG.name, WANG.phone, WANG.address, WANG.name[1:], WANG.phone[3:-4], WANG.address[6:]):
        assert value.encode() not in kept
    assert f"{record} {record!r}" == "SealedCustomer(C1, under K1) SealedCustomer(C1, under K1)"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda record: replace(record, customer="C2"),
        lambda record: replace(record, sealed=record.sealed[:-1] + bytes([record.sealed[-1] ^ 1])),
        lambda record: replace(record, sealed=b""),
    ],
    ids=["moved to another customer", "one bit flipped", "emptied"],
)
def test_a_seal_that_was_touched_does_not_open(spoil) -> None:
    with pytest.raises(SealBroken, match=r"the seal of C[12] is broken") as broken:
        unseal(spoil(seal(WANG, KEY, WRAPPED)), KEY)
    assert broken.value.__cause__ is None


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(SealBroken):
        unseal(seal(WANG, KEY, WRAPPED), OTHER_KEY)


def test_a_wrapped_key_is_its_owners_and_differs_each_time() -> None:
    keys = MemoryKeyRing()
    first, second = keys.wrap(KEY, "C1"), keys.wrap(KEY, "C1")
    assert first != second and KEY not in first.wrapped
    assert keys.unwrap(first, "C1") == keys.unwrap(second, "C1") == KEY
    with pytest.raises(SealBroken, match="the key of C2 does not open with K1"):
        keys.unwrap(first, "C2")


def test_a_rotation_keeps_what_is_wrapped_readable_until_its_key_is_destroyed() -> None:
    keys = MemoryKeyRing()
    old = keys.wrap(KEY, "C1")
    assert keys.rotate(at=5.0) == keys.active == "K2"
    new = keys.rewrap(old, "C1")
    assert new.key == "K2" and keys.unwrap(old, "C1") == keys.unwrap(new, "C1") == KEY
    keys.destroy("K1", at=6.0)
    assert keys.unwrap(new, "C1") == KEY
    with pytest.raises(SealBroken, match="wrapped by K1, which is no more"):
        keys.unwrap(old, "C1")
    assert keys.inventory() == [
        MasterKey("K1", KeyState.DESTROYED, 0.0, 6.0),
        MasterKey("K2", KeyState.ACTIVE, 5.0, None),
    ]


def test_the_key_ring_counts_what_it_gives_out_and_not_what_it_wraps_anew() -> None:
    keys = MemoryKeyRing()
    wrapped = keys.wrap(KEY, "C1")
    keys.rotate(at=1.0)
    keys.rewrap(wrapped, "C1")
    assert keys.given_out == 0
    keys.unwrap(wrapped, "C1")
    with pytest.raises(SealBroken):
        keys.unwrap(wrapped, "C2")
    assert keys.given_out == 2


def test_the_active_key_cannot_be_destroyed() -> None:
    keys = MemoryKeyRing()
    with pytest.raises(IllegalTransition, match="key K1 is active, it cannot become destroyed"):
        keys.destroy("K1", at=1.0)


def test_of_destroyed_keys_the_latest_are_remembered() -> None:
    keys = MemoryKeyRing()
    for number in range(1, DESTROYED_KEPT + 10):
        keys.rotate(at=float(number))
        keys.destroy(f"K{number}", at=float(number))
    assert len(keys.inventory()) == DESTROYED_KEPT + 1
    assert keys.inventory()[-1].key == keys.active == f"K{DESTROYED_KEPT + 10}"


@pytest.mark.parametrize("state", KeyState)
@pytest.mark.parametrize("to", KeyState)
def test_a_master_key_moves_as_its_table_says(state: KeyState, to: KeyState) -> None:
    key = MasterKey("K1", state, 0.0)
    if to in MOVES[state]:
        assert key.moved(to, 1.0).state is to
    else:
        with pytest.raises(IllegalTransition):
            key.moved(to, 1.0)


async def test_no_key_and_no_nonce_is_ever_used_twice() -> None:
    """Each data key seals one value; under one master key each wrapping has a nonce of its own, rotations included."""
    customers = MemoryCustomers()
    await customers.put_customers(replace(WANG, customer=f"C{number}") for number in range(500))
    used: list[tuple[str, bytes]] = []
    for at in range(3):
        records = [await customers.record(f"C{number}") for number in range(500)]
        used += [(record.data_key.key, record.data_key.wrapped[:NONCE_BYTES]) for record in records]
        customers.keys.rotate(float(at))
        for record in records:
            assert await customers.rewrap(record, customers.keys.rewrap(record.data_key, record.customer))
    assert len(set(used)) == len(used) == 1_500
    keys = {customers.keys.unwrap((await customers.record(f"C{n}")).data_key, f"C{n}") for n in range(500)}
    assert len(keys) == 500
    sealed = {(await customers.record(f"C{n}")).sealed for n in range(500)}
    assert len(sealed) == 500, "equal values look different at rest"


async def test_two_customers_records_cannot_be_put_in_each_others_place() -> None:
    customers = MemoryCustomers()
    li = Customer("C2", "李四", "13900001111", "杭州市", "浙江省杭州市余杭区仓前街12号")
    await customers.put_customers([WANG, li])
    mine, other = await customers.record("C1"), await customers.record("C2")
    for swapped in (
        replace(mine, sealed=other.sealed),
        replace(mine, data_key=other.data_key),
        replace(mine, sealed=other.sealed, data_key=other.data_key),
        replace(other, customer="C1"),
    ):
        with pytest.raises(SealBroken):
            unseal(swapped, customers.keys.unwrap(swapped.data_key, swapped.customer))
