"""/merchants for merchants themselves: applying, opening a session; and for operators: a new secret."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mock_platform.api.orders import REPLAYED
from mock_platform.api.route import Answer, Call, Route
from mock_platform.api.sessions import Sessions
from mock_platform.domain.merchant import (
    NAME_LENGTH_MAX,
    SECRET_LENGTH_MAX,
    SECRET_LENGTH_MIN,
    MerchantAccount,
    MerchantState,
)
from mock_platform.services.onboarding import Onboarding

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_LENGTH_MAX)]
Secret = Annotated[str, msgspec.Meta(min_length=SECRET_LENGTH_MIN, max_length=SECRET_LENGTH_MAX)]


class Apply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Name
    city: Name
    secret: Secret
    """Chosen by the merchant; it will open sessions once the merchant is let in."""


class Application(msgspec.Struct, frozen=True):
    merchant: str
    name: str
    city: str
    state: MerchantState


class OpenMerchantSession(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    merchant: Annotated[str, msgspec.Meta(min_length=1, max_length=40, examples=["M0001"])]
    secret: Annotated[str, msgspec.Meta(min_length=1, max_length=SECRET_LENGTH_MAX)]


class MerchantSession(msgspec.Struct, frozen=True):
    merchant: str
    token: str
    expires_at: float


class NewSecret(msgspec.Struct, frozen=True):
    merchant: str
    secret: str
    """Shown this once."""


class MerchantAccounts:
    def __init__(self, onboarding: Onboarding, sessions: Sessions) -> None:
        self._onboarding = onboarding
        self._sessions = sessions

    async def apply(self, call: Call) -> object:
        asked: Apply = call.body
        account, replayed = await self._onboarding.apply(call.key, asked.name, asked.city, asked.secret)
        return Answer(_view(account), REPLAYED) if replayed else _view(account)

    async def open_session(self, call: Call) -> MerchantSession:
        asked: OpenMerchantSession = call.body
        account = await self._onboarding.sign_in(asked.merchant, asked.secret)
        token, expires_at = self._sessions.issue(account.merchant)
        return MerchantSession(account.merchant, token, expires_at)

    async def new_secret(self, call: Call) -> NewSecret:
        merchant = call.path["merchant"]
        return NewSecret(merchant, await self._onboarding.new_secret(merchant))

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="POST",
                path="/merchants",
                handler=self.apply,
                says="Apply to sell on the platform; the review follows soon.",
                gives=Application,
                status=202,
                audience="everybody",
                takes=Apply,
                keyed=True,
            ),
            Route(
                method="POST",
                path="/merchants/sessions",
                handler=self.open_session,
                says="Open a merchant's session, with a token for Authorization: Bearer; it opens no customer's route.",
                gives=MerchantSession,
                status=201,
                audience="everybody",
                takes=OpenMerchantSession,
                refuses=("unauthenticated", "not_admitted"),
            ),
            Route(
                method="POST",
                path="/merchants/{merchant}/secrets",
                handler=self.new_secret,
                says="Give a merchant a new secret; the one before opens no more sessions.",
                gives=NewSecret,
                status=201,
                audience="operators",
                refuses=("not_found", "not_admitted"),
                hurtable=False,
            ),
        )


def _view(account: MerchantAccount) -> Application:
    return Application(account.merchant, account.name, account.city, account.state)
