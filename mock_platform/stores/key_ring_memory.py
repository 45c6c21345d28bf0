"""Master keys in memory, beside the data they guard: with this engine both live exactly as long as the process."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mock_platform.domain.master_key import KeyState, MasterKey
from mock_platform.domain.sealing import SealBroken, WrappedKey

NONCE_BYTES = 12
KEY_BITS = 256
DESTROYED_KEPT = 20
"""Their names and times, that is."""


class MemoryKeyRing:
    """`random` gives that many unpredictable bytes."""

    def __init__(self, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._random = random
        self._ciphers: dict[str, AESGCM] = {}
        self._keys: dict[str, MasterKey] = {}
        self._active = ""
        self._given_out = self._made = 0
        self._add(at=0.0)

    @property
    def active(self) -> str:
        return self._active

    @property
    def given_out(self) -> int:
        return self._given_out

    def wrap(self, data_key: bytes, owner: str) -> WrappedKey:
        nonce = self._random(NONCE_BYTES)
        return WrappedKey(self._active, nonce + self._ciphers[self._active].encrypt(nonce, data_key, owner.encode()))

    def unwrap(self, wrapped: WrappedKey, owner: str) -> bytes:
        self._given_out += 1
        return self._unwrapped(wrapped, owner)

    def rewrap(self, wrapped: WrappedKey, owner: str) -> WrappedKey:
        return self.wrap(self._unwrapped(wrapped, owner), owner)

    def rotate(self, at: float) -> str:
        self._keys[self._active] = self._keys[self._active].moved(KeyState.RETIRING, at)
        return self._add(at)

    def destroy(self, key: str, at: float) -> None:
        self._keys[key] = self._keys[key].moved(KeyState.DESTROYED, at)
        del self._ciphers[key]
        destroyed = [known.key for known in self._keys.values() if known.state is KeyState.DESTROYED]
        for oldest in destroyed[:-DESTROYED_KEPT]:
            del self._keys[oldest]

    def inventory(self) -> list[MasterKey]:
        return list(self._keys.values())

    def _add(self, at: float) -> str:
        self._made += 1
        key = f"K{self._made}"
        self._ciphers[key] = AESGCM(AESGCM.generate_key(KEY_BITS))
        self._keys[key] = MasterKey(key, KeyState.ACTIVE, at)
        self._active = key
        return key

    def _unwrapped(self, wrapped: WrappedKey, owner: str) -> bytes:
        cipher = self._ciphers.get(wrapped.key)
        if cipher is None:
            raise SealBroken(f"the key of {owner} was wrapped by {wrapped.key}, which is no more")
        try:
            return cipher.decrypt(wrapped.wrapped[:NONCE_BYTES], wrapped.wrapped[NONCE_BYTES:], owner.encode())
        except InvalidTag:
            raise SealBroken(f"the key of {owner} does not open with {wrapped.key}") from None
