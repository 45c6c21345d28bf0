"""What happened to an order, for those who must act on it.

Each kind happens at most once to an order, so an event's id follows from the order's.
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


class OrderCleared(Event, frozen=True, gc=False):
    """Customs let the goods in: they may be packed."""

    kind: ClassVar[str] = "order_cleared"
