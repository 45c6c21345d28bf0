"""The seams of risk: what its service may rely on. The rules of protocols.py hold here too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from mock_platform.domain.paging import Page
from mock_platform.domain.risk import Decision, Outcome, Try


class Remembered(msgspec.Struct, frozen=True, gc=False):
    """How full the memory of one rule is."""

    rule: str
    entries: int
    cap: int
    evicted_early: int
    """Entries given up for want of room while they still counted: from then on the rule may see too little."""


class VelocityStore(Protocol):
    """Tries in sliding windows, in strictly bounded memory."""

    async def see(self, tried: Try) -> Sequence[int]:
        """Remember a try, and tell for each of VELOCITIES how many its window holds now, this one included.

        Never more than there were, and never less than for somebody new. Beyond `allowed + 1` it counts no further.
        """

    def memory(self) -> Sequence[Remembered]:
        """For metrics and the audit; may be called from another thread."""


class DecisionLog(Protocol):
    """Decisions by the order they were about: counted for good, the latest kept."""

    async def again(self, order: str, now: float) -> Decision | None:
        """The decision kept for this order, asked for again at that instant."""

    async def keep(self, decision: Decision) -> Decision:
        """Keep and count it, unless there is one for its order already: then that one stands, and is given back."""

    async def kept(self) -> Sequence[Decision]:
        """Oldest first, by when they were last asked for."""

    async def page(self, page: int, per_page: int) -> Page[Decision]:
        """The newest first."""

    def outcomes(self) -> Mapping[Outcome, int]: ...

    def hits(self) -> Mapping[str, int]:
        """How often each rule was hit."""

    @property
    def forgotten(self) -> int:
        """Decisions no longer kept."""

    @property
    def cap(self) -> int: ...


class AddressBook(Protocol):
    def address_print(self, customer: str) -> str:
        """A keyed fingerprint of where goods go to: the same for the same address, and nothing else is told by it.

        Empty for somebody unknown or erased. It does not suspend.
        """
