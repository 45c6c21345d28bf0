"""/exchange-rates: what a foreign unit costs, for everybody; giving a new dated rate, for operators."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from mock_platform.api.route import Call, Route
from mock_platform.domain.currency import RATE_MICRO_YUAN_MAX, RATE_MICRO_YUAN_MIN, ExchangeRate
from mock_platform.services.importing import Importing


class GiveRate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    currency: Literal["USD", "EUR", "GBP", "AUD", "JPY", "KRW"]
    micro_yuan: Annotated[int, msgspec.Meta(ge=RATE_MICRO_YUAN_MIN, le=RATE_MICRO_YUAN_MAX)]
    """Millionths of a yuan for one unit."""
    dated_at: Annotated[float, msgspec.Meta(ge=0, description="epoch seconds")] | None = None
    """From when on; none: at once."""


class RateList(msgspec.Struct, frozen=True):
    rates: tuple[ExchangeRate, ...]


class ExchangeRates:
    def __init__(self, importing: Importing) -> None:
        self._importing = importing

    async def list(self, call: Call) -> RateList:
        return RateList(tuple((await self._importing.rates()).values()))

    async def give(self, call: Call) -> ExchangeRate:
        asked: GiveRate = call.body
        return await self._importing.give_rate(asked.currency, asked.micro_yuan, asked.dated_at)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET",
                path="/exchange-rates",
                handler=self.list,
                says="List the rates in force, each with the instant it is dated.",
                gives=RateList,
                audience="everybody",
            ),
            Route(
                method="POST",
                path="/exchange-rates",
                handler=self.give,
                says="Give a currency a new rate; goods cost what it says from its date on.",
                gives=ExchangeRate,
                status=201,
                audience="operators",
                takes=GiveRate,
                hurtable=False,
            ),
        )
