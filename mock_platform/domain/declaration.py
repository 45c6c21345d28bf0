"""A customs declaration: written down when an order from abroad is paid, then the broker's to bring through.

drafted --> declared --> cleared
   |           |-------> rejected       the order is refunded
   `-----------`-------> withdrawn      the buyer took the order back first
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
from msgspec.structs import replace

from mock_platform.domain.customs import value_fen
from mock_platform.domain.errors import IllegalTransition
from mock_platform.domain.order import Order


class DeclarationState(StrEnum):
    DRAFTED = "drafted"
    """Ours alone: the broker may not have heard of it."""
    DECLARED = "declared"
    CLEARED = "cleared"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


MOVES: dict[DeclarationState, frozenset[DeclarationState]] = {
    DeclarationState.DRAFTED: frozenset({DeclarationState.DECLARED, DeclarationState.WITHDRAWN}),
    DeclarationState.DECLARED: frozenset(
        {DeclarationState.CLEARED, DeclarationState.REJECTED, DeclarationState.WITHDRAWN}
    ),
    DeclarationState.CLEARED: frozenset(),
    DeclarationState.REJECTED: frozenset(),
    DeclarationState.WITHDRAWN: frozenset(),
}
UNDER_WAY = frozenset({DeclarationState.DRAFTED, DeclarationState.DECLARED})


class Verdict(StrEnum):
    """What customs say, through the broker."""

    CLEARED = "cleared"
    REJECTED = "rejected"


class BrokerEntry(msgspec.Struct, frozen=True, gc=False):
    """What the broker's own books say of one declaration; no verdict while customs think."""

    declaration: str
    order: str
    value_fen: int
    duty_fen: int
    verdict: Verdict | None
    decided_at: float | None
    withdrawn: bool
    """Taken back in time: customs do not decide it any more."""


class Declaration(msgspec.Struct, frozen=True, gc=False):
    """One for each paid order from abroad; what is in it stands on the order's lines."""

    declaration: str
    order: str
    buyer: str
    value_fen: int
    duty_fen: int
    state: DeclarationState
    history: tuple[tuple[str, float], ...]
    reason: str | None = None
    """Why it was rejected."""

    @property
    def moved_at(self) -> float:
        return self.history[-1][1]

    def contradicts(self, verdict: Verdict) -> bool:
        """Whether customs have said the other thing before."""
        return self.state in (DeclarationState.CLEARED, DeclarationState.REJECTED) and self.state.value != verdict.value

    def moved(self, to: DeclarationState, at: float, reason: str | None = None) -> Declaration:
        if to not in MOVES[self.state]:
            raise IllegalTransition(
                f"declaration {self.declaration} is {self.state.value}, it cannot become {to.value}"
            )
        return replace(self, state=to, history=(*self.history, (to.value, at)), reason=reason)


def drafted(order: Order, at: float) -> Declaration:
    """Its id follows from the order's: drafting twice names the same."""
    return Declaration(
        f"{order.order}-customs",
        order.order,
        order.buyer,
        value_fen(order.lines),
        order.duty_fen,
        DeclarationState.DRAFTED,
        (("drafted", at),),
    )
