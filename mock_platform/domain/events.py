"""What happened to an order, for those who must act on it.

Each kind happens at most once to an order, or to one of its payments, so an event's id follows from theirs.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Event(msgspec.Struct, frozen=True, gc=False):
    kind: ClassVar[str] = ""
    order: str
    at: float

    @property
    def event(self) -> str:
        return f"{self.order}:{self.kind}"


class OrderPlaced(Event, frozen=True, gc=False):
    kind: ClassVar[str] = "order_placed"


class OrderPaid(Event, frozen=True, gc=False):
    kind: ClassVar[str] = "order_paid"


class OrderCancelled(Event, frozen=True, gc=False):
    kind: ClassVar[str] = "order_cancelled"


class RefundRequested(Event, frozen=True, gc=False):
    kind: ClassVar[str] = "refund_requested"
    payment: str = ""
    """The one payment that goes back; none named: all that the order's buyer paid."""

    @property
    def event(self) -> str:
        return f"{self.order}:{self.kind}:{self.payment}" if self.payment else f"{self.order}:{self.kind}"


class OrderCleared(Event, frozen=True, gc=False):
    """Customs let the goods in: they may be packed."""

    kind: ClassVar[str] = "order_cleared"
