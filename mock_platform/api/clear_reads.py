"""/customers/{customer}/openings and /access-log: operators read personal data with a reason, and see who did."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from mock_platform.api.listing import PageAsked
from mock_platform.api.route import Answer, Call, Route
from mock_platform.domain.clear_read import ClearRead, Why
from mock_platform.services.data_protection import DataProtection


class Reason(StrEnum):
    SUPPORT = "support"
    DELIVERY = "delivery"
    LEGAL = "legal"


class OpeningAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    why: Reason


class OpeningView(msgspec.Struct, frozen=True):
    """One customer's data, in the clear; `opening` is the row's request in the access log."""

    opening: str
    customer: str
    name: str
    phone: str
    city: str
    address: str

    def __repr__(self) -> str:
        return f"OpeningView({self.opening})"


class AccessLogPage(msgspec.Struct, frozen=True):
    """The newest first. Customers are named by their ids alone."""

    reads: tuple[ClearRead, ...]
    page: int
    pages: int
    total: int


class ClearReads:
    def __init__(self, protection: DataProtection) -> None:
        self._protection = protection

    async def open(self, call: Call) -> Answer:
        asked: OpeningAsked = call.body
        opening, clear = await self._protection.open_for_operator(call.path["customer"], Why(asked.why.value))
        body = OpeningView(opening, clear.customer, clear.name, clear.phone, clear.city, clear.address)
        return Answer(body, {"Cache-Control": "no-store"})

    async def log(self, call: Call) -> AccessLogPage:
        asked: PageAsked = call.query
        page = self._protection.clear_reads(asked.page, asked.per_page)
        return AccessLogPage(page.items, page.page, page.pages, page.total)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="POST",
                path="/customers/{customer}/openings",
                handler=self.open,
                says="Read one customer's data in the clear, for a reason; every time is another row in the log.",
                gives=OpeningView,
                status=201,
                audience="operators",
                takes=OpeningAsked,
                refuses=("unknown_customer", "customer_erased", "overloaded"),
                hurtable=False,
            ),
            Route(
                method="GET",
                path="/access-log",
                handler=self.log,
                says="List who read whose personal data in the clear, and why: the latest 5,000 reads.",
                gives=AccessLogPage,
                audience="operators",
                query=PageAsked,
                hurtable=False,
            ),
        )
