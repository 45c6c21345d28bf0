"""/presales: listing them for everybody, setting them up for operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec

from mock_platform.api.coupons import REPLAYED
from mock_platform.api.route import Answer, Call, Route
from mock_platform.domain.money import FEN_MAX
from mock_platform.domain.presale import Presale, PresaleState
from mock_platform.services.deposits import Deposits

Instant = Annotated[float, msgspec.Meta(ge=0, description="epoch seconds")]
Units = Annotated[int, msgspec.Meta(ge=1, le=10**9)]
Price = Annotated[int, msgspec.Meta(gt=0, lt=FEN_MAX)]


class CreatePresale(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sku: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    price_fen: Price
    deposit_fen: Price
    """Of one unit; part of its price."""
    allotment: Units
    limit_per_buyer: Units
    deposit_opens_at: Instant
    deposit_closes_at: Instant
    balance_opens_at: Instant
    balance_closes_at: Instant
    refundable_until: Instant
    """Who gives up before then gets the deposit back."""


class PresaleView(msgspec.Struct, frozen=True):
    presale: str
    sku: str
    title: str
    price_fen: int
    deposit_fen: int
    allotment: int
    limit_per_buyer: int
    deposit_opens_at: float
    deposit_closes_at: float
    balance_opens_at: float
    balance_closes_at: float
    refundable_until: float
    state: PresaleState


class PresaleList(msgspec.Struct, frozen=True):
    presales: tuple[PresaleView, ...]


def view(presale: Presale, title: str, now: float) -> PresaleView:
    return PresaleView(title=title, state=presale.state(now), **msgspec.structs.asdict(presale))


class Presales:
    def __init__(self, deposits: Deposits, clock: Callable[[], float]) -> None:
        self._deposits = deposits
        self._clock = clock

    async def list(self, call: Call) -> PresaleList:
        now = self._clock()
        return PresaleList(tuple(view(presale, title, now) for presale, title in await self._deposits.presales()))

    async def create(self, call: Call) -> object:
        asked: CreatePresale = call.body
        presale, replayed = await self._deposits.create(**msgspec.structs.asdict(asked), key=call.key)
        titles = {each.presale: title for each, title in await self._deposits.presales()}
        made = view(presale, titles[presale.presale], self._clock())
        return Answer(made, REPLAYED) if replayed else made

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET",
                path="/presales",
                handler=self.list,
                says="List every presale, and which of its windows is open now.",
                gives=PresaleList,
                audience="everybody",
            ),
            Route(
                method="POST",
                path="/presales",
                handler=self.create,
                says="Set up a presale from units of its own.",
                gives=PresaleView,
                status=201,
                audience="operators",
                takes=CreatePresale,
                key_welcome=True,
                refuses=("unknown_sku",),
                hurtable=False,
            ),
        )
