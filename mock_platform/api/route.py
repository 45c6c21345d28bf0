"""A route as data: who may call it, what it takes and gives. Serving, documenting and testing read the same table."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from aiohttp import web

Audience = Literal["everybody", "customers", "merchants", "clerks", "operators"]


class Call:
    """One request as a handler sees it: known caller, decoded body, checked query."""

    __slots__ = ("body", "buyer", "key", "path", "query", "request", "request_id")

    def __init__(self, request: web.Request, request_id: str, buyer: str) -> None:
        self.request = request
        self.request_id = request_id
        self.path: Mapping[str, str] = request.match_info
        self.buyer = buyer
        """Whose session it is: a customer's, a merchant's, an outlet's; empty where anybody may call."""
        self.body: Any = None
        self.query: Any = None
        self.key = ""
        """The Idempotency-Key, on routes that need one or take one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler says when the body alone is not all: more headers, or another status than the route's."""

    body: object
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None


Handler = Callable[[Call], Coroutine[Any, Any, object]]
"""Gives a msgspec struct, an Answer around one, or a finished response."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    method: str
    path: str
    handler: Handler
    says: str
    """One sentence for the document."""
    gives: Any
    """Type of the answer's body; None for a body that is not ours to describe."""
    status: int = 200
    audience: Audience = "customers"
    takes: Any = None
    """Type of the JSON body, decoded before the handler is called."""
    takes_described_as: Any = None
    """What the document says instead, where the handler looks closer than `takes` does."""
    query: type[msgspec.Struct] | None = None
    keyed: bool = False
    """Whether an Idempotency-Key must come with it."""
    key_welcome: bool = False
    """Whether one may come with it, so that asking again sets nothing up twice."""
    refuses: tuple[str, ...] = ()
    """Codes it may answer beyond those that follow from the rest of this table."""
    bounded: bool = True
    """Whether the request timeout holds; an export of large books may take longer."""
    hurtable: bool = True
    """Whether a fault plan may strike; not so for what an operator needs to lift it again."""
