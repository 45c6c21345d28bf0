"""Requests no decent client would send: each gets an answer of the documented shape, and does no harm to others."""

from __future__ import annotations

import asyncio
import json

import pytest

BYTES_THAT_ARE_NO_TEXT = b"\xff\xed\xa0\x80"


async def send(shop, line: bytes, body: bytes = b"", **headers: bytes) -> tuple[int, bytes]:
    """One request byte for byte as given, as clients cannot be talked into; (status, body)."""
    url = shop.client.make_url("/")
    reader, writer = await asyncio.open_connection(url.host, url.port)
    named = {b"Host": b"shop", b"Connection": b"close", b"Content-Length": b"%d" % len(body)}
    named |= {name.replace("_", "-").encode(): value for name, value in headers.items()}
    head = [line + b" HTTP/1.1", *(name + b": " + value for name, value in named.items())]
    writer.write(b"\r\n".join(head) + b"\r\n\r\n" + body)
    answer = await asyncio.wait_for(reader.read(), timeout=5)
    writer.close()
    head_of_answer, _, content = answer.partition(b"\r\n\r\n")
    return int(head_of_answer.split()[1]), content


def code(content: bytes) -> str:
    answered = json.loads(content)
    assert set(answered) == {"error"}
    assert set(answered["error"]) == {"code", "message"}
    return str(answered["error"]["code"])


@pytest.mark.parametrize("key", [BYTES_THAT_ARE_NO_TEXT, b"test/\xff", b"test\t1", b"test/\xc2\x85"])
async def test_a_key_that_is_no_text_is_refused_and_the_books_can_still_be_read(shop, key):
    buyer = await shop.customer()
    body = json.dumps({"lines": [await buyer.line()], "flash_sale": None}).encode()
    session = buyer.headers["Authorization"].encode()
    status, content = await send(shop, b"POST /orders", body, Authorization=session, Idempotency_Key=key)
    assert (status, code(content)) == (400, "malformed_request")
    assert (await shop.operator.get("/exports/snapshot")).body["keys"] == []
    assert await shop.violations() == []


async def test_a_key_may_be_in_any_script(shop):
    buyer = await shop.customer()
    body = json.dumps({"lines": [await buyer.line()], "flash_sale": None}).encode()
    session = buyer.headers["Authorization"].encode()
    status, _ = await send(shop, b"POST /orders", body, Authorization=session, Idempotency_Key="双十一 / 1".encode())
    assert status == 201
    assert [each["key"] for each in (await shop.operator.get("/exports/snapshot")).body["keys"]] == ["双十一 / 1"]


@pytest.mark.parametrize("path", [b"/exports/pending", b"/customers/me"])
async def test_a_token_that_is_no_text_is_somebody_elses(shop, path):
    status, content = await send(shop, b"GET " + path, Authorization=b"Bearer " + BYTES_THAT_ARE_NO_TEXT)
    assert (status, code(content)) in {(403, "forbidden"), (401, "unauthenticated")}


@pytest.mark.parametrize("body", [b'{"kind":' + b"[" * 20_000, b'{"x":' * 10_000])
async def test_a_body_nested_too_deep_is_refused(shop, body):
    token = shop.operator.headers["Authorization"].encode()
    status, content = await send(shop, b"POST /fault-plans", body, Authorization=token)
    assert (status, code(content)) == (400, "malformed_request")


@pytest.mark.parametrize("path", [b"/nowhere%0Aelse", b"/skus/a/%0A", b"/%0d%0aX:%20y"])
async def test_a_path_with_a_line_break_is_answered_as_any_other(shop, path):
    status, content = await send(shop, b"GET " + path)
    assert (status, code(content)) == (404, "not_found")


@pytest.mark.parametrize("version", [b"latest", b"1.x.0", b"1.0.0-rc", b"", BYTES_THAT_ARE_NO_TEXT])
async def test_metrics_are_shown_to_whoever_asks_for_an_odd_version(shop, version):
    status, content = await send(shop, b"GET /metrics", Accept=b"application/openmetrics-text; version=" + version)
    assert status == 200
    assert b"shop_orders_total" in content
