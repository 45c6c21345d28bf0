"""A presale: a deposit before midnight, the balance when its own window opens, and the units are kept meanwhile.

    deposit_opens_at    deposit_closes_at    balance_opens_at    balance_closes_at
 upcoming  |    deposits     |     waiting      |     balance      |  closed

Who gives up before `refundable_until` has the deposit back; later, or with no balance paid, it is forfeited.
A balance asked for while its window is open counts, however late the bank speaks of it.
"""

from __future__ import annotations

from enum import StrEnum
from math import inf

import msgspec

from mock_platform.domain.errors import MalformedRequest, SaleClosed, SaleNotOpen
from mock_platform.domain.money import positive_fen
from mock_platform.domain.reservation import presale_place


class PresaleState(StrEnum):
    UPCOMING = "upcoming"
    DEPOSITS = "deposits"
    WAITING = "waiting"
    BALANCE = "balance"
    CLOSED = "closed"


class Presale(msgspec.Struct, frozen=True, gc=False):
    """Price and deposit are of one unit; a window is open from its first instant on and closed from its last on."""

    presale: str
    sku: str
    price_fen: int
    deposit_fen: int
    allotment: int
    limit_per_buyer: int
    deposit_opens_at: float
    deposit_closes_at: float
    balance_opens_at: float
    balance_closes_at: float
    refundable_until: float

    @property
    def place(self) -> str:
        return presale_place(self.presale)

    def state(self, now: float) -> PresaleState:
        if now < self.deposit_opens_at:
            return PresaleState.UPCOMING
        if now < self.deposit_closes_at:
            return PresaleState.DEPOSITS
        if now < self.balance_opens_at:
            return PresaleState.WAITING
        return PresaleState.BALANCE if now < self.balance_closes_at else PresaleState.CLOSED

    def admit(self, now: float) -> None:
        """Say nothing if deposits are taken now, else why not."""
        state = self.state(now)
        if state is PresaleState.UPCOMING:
            raise SaleNotOpen(f"the presale {self.presale} takes deposits later")
        if state is not PresaleState.DEPOSITS:
            raise SaleClosed(f"the presale {self.presale} takes no more deposits")


def check_presale(presale: Presale) -> None:
    """MalformedRequest for a presale whose parts contradict each other."""
    positive_fen(presale.price_fen, "a presale's price")
    positive_fen(presale.deposit_fen, "a deposit")
    if not presale.deposit_fen < presale.price_fen:
        raise MalformedRequest("a deposit is less than the price")
    if presale.allotment < 1 or presale.limit_per_buyer < 1:
        raise MalformedRequest("a presale's allotment and limit per buyer are at least 1")
    if not presale.deposit_opens_at < presale.deposit_closes_at:
        raise MalformedRequest("deposits close after they open")
    if not presale.deposit_closes_at <= presale.balance_opens_at < presale.balance_closes_at < inf:
        raise MalformedRequest("the balance opens once deposits are closed, and closes after that")
    if not presale.deposit_opens_at <= presale.refundable_until <= presale.balance_closes_at:
        raise MalformedRequest(
            "a deposit is refundable until some instant between the first deposit and the last balance"
        )
