"""Idempotency keys: the same request twice is done once.

A key belongs to its buyer. It is claimed, taken over if its first request fell silent, then finished for good.
"""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from mock_platform.domain.errors import BY_CODE, MalformedRequest, ShopError

KEY_LENGTH_MAX = 200
_encode = msgspec.msgpack.Encoder().encode


class Claim(msgspec.Struct, frozen=True, gc=False):
    """A key that is ours to finish, until somebody takes it over: then `token` no longer fits."""

    buyer: str
    key: str
    subject: str
    """The id of what will be made under this key; the same after a takeover, so asking again is still one."""
    token: int


class Refusal(msgspec.Struct, frozen=True, gc=False):
    code: str
    message: str

    def as_error(self) -> ShopError:
        return BY_CODE[self.code](self.message)


class Finished(msgspec.Struct, frozen=True, gc=False):
    """What became of a key: `subject` was made, or it was refused."""

    subject: str
    refusal: Refusal | None


def refusal_of(error: ShopError) -> Refusal:
    return Refusal(error.code, error.message)


class KeyRecord(msgspec.Struct, frozen=True, gc=False):
    """A key as it stands in the books. No subject: its claim was abandoned, or it was refused."""

    buyer: str
    key: str
    is_finished: bool
    subject: str | None
    refusal: Refusal | None


ORDERING, PAYING, REFUNDING, CLAIMING, COLLECTING = "order", "pay", "refund", "claim_coupon", "collect"


def fingerprint(operation: str, body: object) -> str:
    """Tells two requests apart; it begins with the operation, so a key for an order is no key for a payment."""
    return f"{operation}:{blake2b(_encode(body), digest_size=16).hexdigest()}"


def named_by(key: str, prefix: str) -> str:
    """An id that follows from the key, so that what is put under it is there once, wherever the first try was cut off.

    Never one that the shop makes up by itself: those have no k after their prefix.
    """
    return f"{prefix}k{blake2b(key.encode(), digest_size=8).hexdigest()}"


def check_key(key: str) -> None:
    # Bytes that are no text come as lone surrogates: printed nowhere, and one in the books makes them unreadable.
    if not (0 < len(key) <= KEY_LENGTH_MAX and key.isprintable()):
        raise MalformedRequest(f"an idempotency key has between 1 and {KEY_LENGTH_MAX} printable characters")
