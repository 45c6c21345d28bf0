"""A merchant on the open platform: what everybody may see of one, and how one is let in.

applied --> approved
   `------> declined
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from mock_platform.domain.errors import IllegalTransition, MalformedRequest

NAME_LENGTH_MAX = 60
SECRET_LENGTH_MIN, SECRET_LENGTH_MAX = 16, 200


class Merchant(msgspec.Struct, frozen=True, gc=False):
    merchant: str
    name: str
    city: str


class MerchantState(StrEnum):
    APPLIED = "applied"
    APPROVED = "approved"
    DECLINED = "declined"


MOVES: dict[MerchantState, frozenset[MerchantState]] = {
    MerchantState.APPLIED: frozenset({MerchantState.APPROVED, MerchantState.DECLINED}),
    MerchantState.APPROVED: frozenset(),
    MerchantState.DECLINED: frozenset(),
}


class MerchantAccount(msgspec.Struct, frozen=True, gc=False):
    """What the platform keeps of a merchant beside the name on the door."""

    merchant: str
    name: str
    city: str
    state: MerchantState
    history: tuple[tuple[str, float], ...]
    secret_digest: bytes = b""
    """Of the secret that opens sessions; the secret itself is nowhere. Empty: it opens none."""

    def moved(self, to: MerchantState, at: float) -> MerchantAccount:
        """The account in its next state; IllegalTransition if the table says no."""
        if to not in MOVES[self.state]:
            raise IllegalTransition(f"merchant {self.merchant} is {self.state.value}, it cannot become {to.value}")
        return replace(self, state=to, history=(*self.history, (to.value, at)))

    @property
    def public(self) -> Merchant:
        return Merchant(self.merchant, self.name, self.city)


def review(application: MerchantAccount, names_taken: AbstractSet[str]) -> MerchantState:
    """The rule of admission: whoever bears nobody else's name is let in. Case and spaces make no other name."""
    return MerchantState.DECLINED if shop_name(application.name) in names_taken else MerchantState.APPROVED


def shop_name(name: str) -> str:
    """A name as it is compared: two shops whose names differ only in case or spaces would be taken for one."""
    return "".join(name.split()).casefold()


def check_application(name: str, city: str, secret: str) -> None:
    """MalformedRequest unless name and city can be printed and read, and the secret is hard to guess."""
    for what, text in (("a merchant's name", name), ("a city", city)):
        if not (text.strip() and len(text) <= NAME_LENGTH_MAX and text.isprintable()):
            raise MalformedRequest(f"{what} has between 1 and {NAME_LENGTH_MAX} printable characters")
    if not (SECRET_LENGTH_MIN <= len(secret) <= SECRET_LENGTH_MAX and secret.isprintable()):
        raise MalformedRequest(f"a secret has between {SECRET_LENGTH_MIN} and {SECRET_LENGTH_MAX} printable characters")
