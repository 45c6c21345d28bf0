"""/customers: opening a session, and what a customer may see of themselves."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mock_platform.api.route import Call, Route
from mock_platform.api.sessions import Sessions
from mock_platform.services.shopping import Shopping


class OpenSession(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The mock shop asks for no password: a rehearsal's crowd are all its own people."""

    customer: Annotated[str, msgspec.Meta(min_length=1, max_length=40, examples=["C0000001"])]


class Session(msgspec.Struct, frozen=True):
    customer: str
    token: str
    expires_at: float


class Profile(msgspec.Struct, frozen=True):
    """Name, phone and address are masked; POST /customers/me/exports gives them in the clear."""

    customer: str
    name: str
    city: str
    phone: str
    address: str


class Customers:
    def __init__(self, shopping: Shopping, sessions: Sessions) -> None:
        self._shopping = shopping
        self._sessions = sessions

    async def open_session(self, call: Call) -> Session:
        asked: OpenSession = call.body
        customer = await self._shopping.customer(asked.customer)
        token, expires_at = self._sessions.issue(customer.customer)
        return Session(customer.customer, token, expires_at)

    async def me(self, call: Call) -> Profile:
        customer = await self._shopping.customer(call.buyer)
        shown = customer.shown
        return Profile(customer.customer, shown.name, customer.city, shown.phone, shown.address)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="POST",
                path="/customers/sessions",
                handler=self.open_session,
                says="Open a session; its token goes into Authorization: Bearer.",
                gives=Session,
                status=201,
                audience="everybody",
                takes=OpenSession,
                refuses=("unknown_customer", "customer_erased"),
            ),
            Route(
                method="GET",
                path="/customers/me",
                handler=self.me,
                says="Show whose session this is.",
                gives=Profile,
                refuses=("unknown_customer", "customer_erased"),
            ),
        )
