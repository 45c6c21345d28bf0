"""A clear read: somebody saw a customer's personal data unmasked. Who, why, whose, when, and under which request."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Why(StrEnum):
    """The only reasons there are. Waybills and profiles are no reason: they show what is masked already."""

    EXPORT = "export"
    SUPPORT = "support"
    DELIVERY = "delivery"
    LEGAL = "legal"


class Who(StrEnum):
    CUSTOMER = "customer"
    OPERATOR = "operator"


class ClearRead(msgspec.Struct, frozen=True, gc=False):
    """A row of the access log. `number` counts from 1 without a gap."""

    number: int
    at: float
    who: Who
    why: Why
    customer: str
    request: str
    """The export or opening it was read for."""
