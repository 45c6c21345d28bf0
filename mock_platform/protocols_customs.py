"""The seams of cross-border trade: what its services may rely on. The rules of protocols.py hold here too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from mock_platform.domain.currency import ExchangeRate, GivenRate
from mock_platform.domain.declaration import BrokerEntry, Declaration, Verdict
from mock_platform.domain.order import Order


class RateStore(Protocol):
    async def put(self, rate: ExchangeRate, at: float) -> None:
        """Keep a rate for good. The one that holds from that date on already: no change."""

    async def rates(self) -> list[GivenRate]:
        """Every rate ever given, in the order they were put."""

    async def in_force(self, now: float) -> dict[str, ExchangeRate]:
        """Of each currency the rate dated last up to now; of two dated alike, the one put later. Cheap."""


class ImportStore(Protocol):
    """What the order store's commits say of orders from abroad; read here, written there.

    A commit refuses an order with YearlyLimit, and changes nothing, if its buyer's live orders from abroad would sum to
    more than a year allows; with an order's end its sum is free again.
    """

    async def spent_fen(self, buyer: str, year: int) -> int:
        """What a buyer's live orders from abroad of that year sum to, without duty."""

    async def orders(self) -> list[Order]:
        """Every order from abroad."""

    async def declaration(self, order: str) -> Declaration | None: ...

    async def declarations(self) -> list[Declaration]: ...

    async def under_way(self, before: float, limit: int) -> list[Declaration]:
        """Declarations drafted or declared that last moved at or before that instant, longest ago first."""

    async def moving(self) -> int:
        """How many declarations are under way. Cheap."""


class CustomsBroker(Protocol):
    """Brings declarations through customs. It may answer late, twice or never; declaring twice is declaring once."""

    async def declare(self, declaration: str, order: str, value_fen: int, duty_fen: int) -> None:
        """Hand a declaration in; the verdict comes as a callback, later. Returns when the broker has it."""

    async def inquire(self, declaration: str) -> tuple[Verdict, str | None] | None:
        """The verdict and its reason, or None while there is none. NotFound if the broker never got it."""

    async def withdraw(self, declaration: str) -> None:
        """Customs need not decide it any more; what they have decided, or never got, stays so. Twice is once."""

    async def entries(self) -> list[BrokerEntry]:
        """The broker's own books, for the audit."""


OnVerdict = Callable[[str, Verdict, str | None], Awaitable[None]]
"""The broker's callback: order, verdict, reason. Harmless however often it comes."""


class CustomsTally(Protocol):
    """Counts for metrics. Never raises, never suspends."""

    def declaration(self, state: str) -> None:
        """A declaration reached this state."""

    def duty(self, duty_fen: int) -> None:
        """Goods were cleared with this duty on them; that a buyer has it back later takes nothing off."""

    def contradiction(self) -> None:
        """Customs said the other thing of a declaration they had decided."""

    def clearance(self, seconds: float) -> None:
        """From declared to the verdict."""
