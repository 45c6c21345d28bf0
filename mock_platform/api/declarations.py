"""/declarations: how far the buyer's own order from abroad has come with customs."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mock_platform.api.route import Call, Route
from mock_platform.domain.declaration import Declaration, DeclarationState
from mock_platform.services.clearance import Clearance


class DeclarationsAsked(msgspec.Struct, frozen=True):
    order: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class DeclarationView(msgspec.Struct, frozen=True):
    declaration: str
    order: str
    value_fen: int
    duty_fen: int
    state: DeclarationState
    reason: str | None
    """Why customs rejected it."""
    history: tuple[tuple[str, float], ...]


class DeclarationList(msgspec.Struct, frozen=True):
    declarations: tuple[DeclarationView, ...]


def view(declaration: Declaration) -> DeclarationView:
    return DeclarationView(
        declaration.declaration,
        declaration.order,
        declaration.value_fen,
        declaration.duty_fen,
        declaration.state,
        declaration.reason,
        declaration.history,
    )


class Declarations:
    def __init__(self, clearance: Clearance) -> None:
        self._clearance = clearance

    async def list(self, call: Call) -> DeclarationList:
        asked: DeclarationsAsked = call.query
        found = await self._clearance.declaration(call.buyer, asked.order)
        return DeclarationList(() if found is None else (view(found),))

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET",
                path="/declarations",
                handler=self.list,
                says="List the customs declarations of one of the buyer's own orders; none before it is paid.",
                gives=DeclarationList,
                query=DeclarationsAsked,
                refuses=("unknown_order",),
            ),
        )
