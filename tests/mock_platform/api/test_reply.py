"""A reply says on the wire what aiohttp's own response with its headers and body says, whoever asks and how."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from mock_platform.api.reply import Reply

ID = "trace-42"
BODY = '{"sku":"S0000001","title":"零点"}'.encode()
HOST = "Host: shop\r\n"

AGAIN = f"GET /again HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n"
REQUESTS = {
    "plain": f"GET /{{}} HTTP/1.1\r\n{HOST}\r\n{AGAIN}",
    "the head alone": f"HEAD /{{}} HTTP/1.1\r\n{HOST}\r\n{AGAIN}",
    "the last one": f"GET /{{}} HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n",
    "of the old school": "GET /{} HTTP/1.0\r\n\r\n",
    "of the old school, to stay": f"GET /{{}} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n{AGAIN}",
    "posted": f"POST /{{}} HTTP/1.1\r\n{HOST}Content-Length: 2\r\n\r\n{{{{}}}}{AGAIN}",
}
"""With the path left open, so as to ask for the same in two ways; who may stay asks again."""
DATE = re.compile(rb"\r\nDate: [^\r]+ GMT(?=\r\n)")
ANSWERS = [(200, BODY), (201, b"{}"), (404, BODY), (202, b"x" * 200_000)]


def ordinary(status: int, body: bytes) -> web.Response:
    headers = {"Content-Type": "application/json", "X-Request-Id": ID}
    return web.Response(status=status, body=body, headers=headers)


def looked_at(status: int, body: bytes) -> web.Response:
    answer = Reply(status, body, ID)
    assert answer.headers["X-Request-Id"] == ID
    return answer


MADE: dict[str, Callable[[int, bytes], web.Response]] = {
    "ordinary": ordinary,
    "reply": lambda status, body: Reply(status, body, ID),
    "looked_at": looked_at,
}


async def said(server: TestServer, request: str) -> tuple[list[str], bytes]:
    """The first answer's head without its date, sorted; and all that follows, up to the next answer's end."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(request.encode())
    raw = await asyncio.wait_for(reader.read(), 5.0)
    writer.close()
    head, _, rest = DATE.sub(b"", raw).partition(b"\r\n\r\n")
    assert len(DATE.findall(raw)) == raw.count(b"HTTP/1.")
    return sorted(head.decode().split("\r\n")), rest


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
@pytest.mark.parametrize(("status", "body"), ANSWERS, ids=[str(status) for status, _ in ANSWERS])
async def test_on_the_wire_it_is_an_ordinary_response(request_: str, status: int, body: bytes) -> None:
    app = web.Application()

    async def serve(request: web.Request) -> web.Response:
        if request.path == "/again":
            return web.Response(text="still here")
        await request.read()
        answer = MADE[request.path[1:]](status, body)
        assert (answer.status, answer.body) == (status, body)
        return answer

    app.router.add_route("*", "/{any}", serve)
    async with TestServer(app) as server:
        expected = await said(server, request_.format("ordinary"))
        assert f"Content-Length: {len(body)}" in expected[0]
        assert await said(server, request_.format("reply")) == expected
        assert await said(server, request_.format("looked_at")) == expected


async def test_the_date_moves_on(monkeypatch: pytest.MonkeyPatch) -> None:
    app = web.Application()

    async def serve(request: web.Request) -> web.Response:
        return Reply(200, BODY, ID)

    app.router.add_get("/", serve)
    async with TestServer(app) as server:
        dates = []
        for now in (0.0, 0.9, 1_668_096_000.2):
            monkeypatch.setattr("mock_platform.api.reply.time", lambda now=now: now)
            reader, writer = await asyncio.open_connection(server.host, server.port)
            writer.write(f"GET / HTTP/1.1\r\n{HOST}\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            dates.append(next(line for line in head.decode().split("\r\n") if line.startswith("Date: ")))
            writer.close()
    assert dates == [*["Date: Thu, 01 Jan 1970 00:00:00 GMT"] * 2, "Date: Thu, 10 Nov 2022 16:00:00 GMT"]


async def test_who_does_not_read_is_not_written_to_without_end() -> None:
    """A reply waits like any answer while its connection is full, so a slow reader fills no memory."""
    app = web.Application()
    served = 0

    async def serve(request: web.Request) -> web.Response:
        nonlocal served
        served += 1
        return Reply(200, b"x" * 1_000_000, ID)

    app.router.add_get("/", serve)
    async with TestServer(app) as server:
        _, writer = await asyncio.open_connection(server.host, server.port, limit=1)
        for _ in range(100):
            writer.write(f"GET / HTTP/1.1\r\n{HOST}\r\n".encode())
        await asyncio.sleep(0.3)
        assert 0 < served < 50
        writer.transport.abort()
