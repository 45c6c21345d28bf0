"""Reading a request: its key, query and body as checked values, or one sentence why they cannot be used."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
from aiohttp import web

from mock_platform.domain.errors import IdempotencyKeyMissing, MalformedRequest, TooLarge

KEY = "Idempotency-Key"

Decode = Callable[[bytes], object]


def read_key(request: web.Request) -> str:
    key = request.headers.get(KEY)
    if not key:
        raise IdempotencyKeyMissing(f"This needs an {KEY} header: a name of yours, the same when you ask again.")
    return key


def read_query(request: web.Request, query: type[msgspec.Struct]) -> msgspec.Struct:
    """Fields the struct does not have are let pass: links gather them, and they do no harm."""
    try:
        return msgspec.convert(dict(request.query), query, strict=False)
    except msgspec.ValidationError as mistake:
        raise MalformedRequest(f"The query cannot be used: {mistake}.") from mistake


async def read_body(request: web.Request, decode: Decode, timeout_s: float | None) -> object:
    try:
        if request.content.is_eof():
            raw = await request.read()  # it came with the head, as small bodies do: no timer for what cannot wait
        else:
            async with asyncio.timeout(timeout_s):
                raw = await request.read()
        return decode(raw)
    except msgspec.DecodeError as mistake:
        raise MalformedRequest(f"The body cannot be used: {mistake}.") from mistake
    except web.HTTPRequestEntityTooLarge as mistake:
        raise TooLarge("The body is larger than the shop accepts.") from mistake
    except (web.RequestPayloadError, ConnectionError, ValueError) as mistake:
        raise MalformedRequest("The body did not arrive whole.") from mistake
