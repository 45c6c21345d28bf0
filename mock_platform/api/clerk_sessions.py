"""/outlets/{outlet}/sessions and /secrets: how a clerk comes to act for an outlet, and for no other."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mock_platform.api.route import Call, Route
from mock_platform.api.sessions import Sessions
from mock_platform.domain.errors import Forbidden
from mock_platform.services.clerking import Clerking

SECRET_LENGTH_MAX = 200


class OpenClerkSession(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    secret: Annotated[str, msgspec.Meta(min_length=1, max_length=SECRET_LENGTH_MAX)]


class ClerkSession(msgspec.Struct, frozen=True):
    outlet: str
    token: str
    expires_at: float


class OutletSecret(msgspec.Struct, frozen=True):
    outlet: str
    secret: str
    """Shown this once."""


class ClerkSessions:
    def __init__(self, clerking: Clerking, sessions: Sessions) -> None:
        self._clerking = clerking
        self._sessions = sessions

    async def open(self, call: Call) -> ClerkSession:
        asked: OpenClerkSession = call.body
        outlet = await self._clerking.sign_in(call.path["outlet"], asked.secret)
        token, expires_at = self._sessions.issue(outlet)
        return ClerkSession(outlet, token, expires_at)

    async def new_secret(self, call: Call) -> OutletSecret:
        outlet = call.path["outlet"]
        return OutletSecret(outlet, await self._clerking.new_secret(outlet))

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="POST",
                path="/outlets/{outlet}/sessions",
                handler=self.open,
                says="Open a session for the outlet's clerk, with a token for Authorization: Bearer.",
                gives=ClerkSession,
                status=201,
                audience="everybody",
                takes=OpenClerkSession,
                refuses=("unauthenticated",),
            ),
            Route(
                method="POST",
                path="/outlets/{outlet}/secrets",
                handler=self.new_secret,
                says="Give an outlet's clerks a new secret; the one before opens no more sessions.",
                gives=OutletSecret,
                status=201,
                audience="operators",
                refuses=("not_found",),
                hurtable=False,
            ),
        )


def own_outlet(call: Call) -> str:
    """The outlet of the path, which must be the clerk's own: Forbidden."""
    if call.path["outlet"] != call.buyer:
        raise Forbidden(f"This session is for the outlet {call.buyer}.")
    return call.buyer
