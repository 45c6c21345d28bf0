"""An outlet: a shop in town whose shelves are sold from at its till and on the web at once."""

from __future__ import annotations

from enum import StrEnum

import msgspec

CITY_LENGTH_MAX = 60


class Tender(StrEnum):
    """How a till is paid."""

    CASH = "cash"
    CARD = "card"


class Outlet(msgspec.Struct, frozen=True, gc=False):
    outlet: str
    name: str
    city: str
    skus: tuple[str, ...]
    """What it carries, the most popular first."""

    @property
    def place(self) -> str:
        """Where its units stand: one place for till and web, so that neither can sell the other's."""
        return outlet_place(self.outlet)


def outlet_place(outlet: str) -> str:
    return f"outlet:{outlet}"


def till_of(outlet: str) -> str:
    """The outlet's till: it buys where nobody gives a name, has idempotency keys of its own, and keeps the money."""
    return f"till/{outlet}"
