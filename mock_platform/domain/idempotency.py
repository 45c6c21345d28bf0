"""Idempotency keys: the same request twice is done once. A key belongs to its buyer; it is claimed, then finished for good."""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from mock_platform.domain.errors import BY_CODE, MalformedRequest, ShopError

KEY_LENGTH_MAX = 200


class Claim(msgspec.Struct, frozen=True, gc=False):
    """A key that is ours to finish, until somebody takes it over: then `token` no longer fits."""

    buyer: str
    key: str
    subject: str
    """The id of what will be made under this key; the same again after a takeover, so asking again is still one."""
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


def fingerprint(operation: str, *parts: object) -> str:
    """Tells two request bodies apart; the operation is part of it, so a key for an order is no key for a payment."""
    return blake2b(repr((operation, parts)).encode(), digest_size=16).hexdigest()


def check_key(key: str) -> None:
    if not 0 < len(key) <= KEY_LENGTH_MAX:
        raise MalformedRequest(f"an idempotency key has between 1 and {KEY_LENGTH_MAX} characters")
