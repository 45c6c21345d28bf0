"""Sealing: how a customer's name, phone and address lie at rest. Each customer has a data key, wrapped by a master key.

So a rotation of master keys wraps data keys anew and opens nobody's data, and whoever forgets a customer's data key has
erased that customer for good, in every copy (crypto-shredding). What may be shown is masked once, on the way in: a
waybill or a profile then needs no clear read at all, however busy the shop is.
"""

from __future__ import annotations

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec.structs import replace

from mock_platform.domain.customer import Customer
from mock_platform.domain.shipment import Waybill, waybill_for

DATA_KEY_BYTES = 32
_ONCE = bytes(12)
"""A data key seals one value, once, so its nonce need not differ from anything."""
NOTHING_SHOWN = Waybill("*", "****", "****")
"""On the waybills that are still to be made for somebody who was erased."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[str, str, str]).decode


class WrappedKey(msgspec.Struct, frozen=True, gc=False):
    """A data key under the master key named `key`; useless without it."""

    key: str
    wrapped: bytes


class SealedCustomer(msgspec.Struct, frozen=True, gc=False):
    customer: str
    city: str
    """In the clear: goods are routed by it, and 20,000 people share it."""
    shown: Waybill
    data_key: WrappedKey
    sealed: bytes
    address_print: str = ""
    """A keyed fingerprint of the address: whether two live together, and nothing else. It goes with the record;
    risk's windows, which forget whom nobody saw for their length, may hold it ten minutes longer."""

    def __repr__(self) -> str:
        return f"SealedCustomer({self.customer}, under {self.data_key.key})"

    def rewrapped(self, data_key: WrappedKey) -> SealedCustomer:
        return replace(self, data_key=data_key)


class ErasedCustomer(msgspec.Struct, frozen=True, gc=False):
    """All that is left: that there was somebody, whose orders stay in the books, and which request erased them."""

    customer: str
    erasure: str
    key: str
    """The request's idempotency key."""
    erased_at: float


class SealBroken(Exception):
    """What is sealed is not this customer's, or was changed, or the key is not theirs."""


def seal(customer: Customer, data_key: bytes, wrapped: WrappedKey, address_print: str = "") -> SealedCustomer:
    """`wrapped` is the same data key as it may be kept; the key itself is forgotten after this."""
    clear = _encode((customer.name, customer.phone, customer.address))
    sealed = AESGCM(data_key).encrypt(_ONCE, clear, customer.customer.encode())
    return SealedCustomer(customer.customer, customer.city, waybill_for(customer), wrapped, sealed, address_print)


def unseal(record: SealedCustomer, data_key: bytes) -> Customer:
    """In the clear again. SealBroken where the seal was tampered with or moved from one customer to another."""
    try:
        clear = AESGCM(data_key).decrypt(_ONCE, record.sealed, record.customer.encode())
    except InvalidTag:
        # Without the cause: its frames hold nothing secret, but they say nothing either.
        raise SealBroken(f"the seal of {record.customer} is broken") from None
    name, phone, address = _decode(clear)
    return Customer(record.customer, name, phone, record.city, address)
