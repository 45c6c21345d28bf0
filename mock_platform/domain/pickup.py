"""A pick-up: goods that wait in an outlet for whoever brings their code.

waiting --> collected
   |------> expired       nobody came in time: the order is refunded, the units are back on the shelf
   `------> withdrawn     the buyer asked for the money back first

The code follows from the order by the shop's secret, so it is kept nowhere; what is kept is a digest to find it by.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import blake2b

import msgspec
from msgspec.structs import replace

from mock_platform.domain.errors import IllegalTransition

CODE_LENGTH = 10
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""32 of them, so that a code is 50 bits; none that a clerk could take for another."""
TAKEN_FOR = str.maketrans("OIL", "011")
"""What is typed for a figure that looks like it, and is in no code."""
SECRET_LENGTH_MAX = 64


class PickupState(StrEnum):
    WAITING = "waiting"
    COLLECTED = "collected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


MOVES: dict[PickupState, frozenset[PickupState]] = {
    PickupState.WAITING: frozenset({PickupState.COLLECTED, PickupState.EXPIRED, PickupState.WITHDRAWN}),
    PickupState.COLLECTED: frozenset(),
    PickupState.EXPIRED: frozenset(),
    PickupState.WITHDRAWN: frozenset(),
}


class Pickup(msgspec.Struct, frozen=True, gc=False):
    """One for each paid order that is fetched from an outlet."""

    order: str
    outlet: str
    digest: str
    """Of its code."""
    collect_before: float
    state: PickupState
    history: tuple[tuple[str, float], ...]
    handed_over_in: str | None = None
    """The outlet whose clerk gave the goods out."""
    shown: str | None = None
    """The digest of the code that was brought."""

    def moved(self, to: PickupState, at: float) -> Pickup:
        if to not in MOVES[self.state]:
            raise IllegalTransition(f"the goods of order {self.order} are {self.state.value}, not waiting any more")
        return replace(self, state=to, history=(*self.history, (to.value, at)))

    def collected(self, outlet: str, shown: str, at: float) -> Pickup:
        """Given out; IllegalTransition if they are gone, or nobody came in time."""
        if self.state is PickupState.WAITING and at >= self.collect_before:
            raise IllegalTransition(f"the goods of order {self.order} were to be fetched before now")
        return replace(self.moved(PickupState.COLLECTED, at), handed_over_in=outlet, shown=shown)


def waiting(order: str, outlet: str, digest: str, at: float, window_s: float) -> Pickup:
    return Pickup(order, outlet, digest, at + window_s, PickupState.WAITING, (("waiting", at),))


class Codes:
    """Makes codes and their digests from one secret; without it neither can be worked out from an order's id."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()[:SECRET_LENGTH_MAX]

    def code(self, order: str) -> str:
        number = int.from_bytes(self._hash(order, b"pickup code"))
        return "".join(LETTERS[(number >> 5 * place) % 32] for place in range(CODE_LENGTH))

    def digest(self, code: str) -> str:
        """What a code is found by. Case, spaces, hyphens and an O for a nought make no other code: clerks type."""
        typed = "".join(code.split()).replace("-", "").upper().translate(TAKEN_FOR)
        return self._hash(typed, b"pickup digest").hex()

    def _hash(self, text: str, person: bytes) -> bytes:
        return blake2b(text.encode(errors="surrogatepass"), key=self._secret, digest_size=16, person=person).digest()
