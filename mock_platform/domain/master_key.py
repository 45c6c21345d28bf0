"""A master key's life: it wraps new data keys, then is being replaced, then nobody can use it again.

active --> retiring --> destroyed

A key is destroyed when nothing is left under it, not before: a rotation cut off at any point leaves all of it readable.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
from msgspec.structs import replace

from mock_platform.domain.errors import IllegalTransition


class KeyState(StrEnum):
    ACTIVE = "active"
    RETIRING = "retiring"
    DESTROYED = "destroyed"


MOVES: dict[KeyState, frozenset[KeyState]] = {
    KeyState.ACTIVE: frozenset({KeyState.RETIRING}),
    KeyState.RETIRING: frozenset({KeyState.DESTROYED}),
    KeyState.DESTROYED: frozenset(),
}


class MasterKey(msgspec.Struct, frozen=True, gc=False):
    """What may be known of a key; the key itself stays in the key ring."""

    key: str
    state: KeyState
    made_at: float
    destroyed_at: float | None = None

    def moved(self, to: KeyState, at: float) -> MasterKey:
        if to not in MOVES[self.state]:
            raise IllegalTransition(f"key {self.key} is {self.state.value}, it cannot become {to.value}")
        return replace(self, state=to, destroyed_at=at if to is KeyState.DESTROYED else None)
