"""Refusals: the table is complete, and whatever goes wrong has one shape."""

from __future__ import annotations

import asyncio
import logging
import socket

import pytest

from mock_platform.api import refusals
from mock_platform.api.refusals import INTERNAL, STATUS, STATUS_BY_CODE
from mock_platform.domain import errors
from mock_platform.domain.errors import BY_CODE, ShopError
from mock_platform.services.shopping import Shopping


def family(root: type[ShopError]) -> set[type[ShopError]]:
    return {root} | {member for child in root.__subclasses__() for member in family(child)}


def test_every_refusal_has_a_status() -> None:
    assert set(STATUS) == family(ShopError) - {ShopError, errors.Refused}
    assert set(STATUS_BY_CODE) == set(BY_CODE) | {INTERNAL}


def test_codes_are_distinct_and_statuses_are_refusals() -> None:
    codes = [error.code for error in STATUS]
    assert len(codes) == len(set(codes))
    assert all(400 <= status <= 599 for status in STATUS_BY_CODE.values())


@pytest.mark.parametrize("error", STATUS, ids=lambda error: error.code)
def test_a_refusal_without_a_text_still_says_something(error: type[ShopError]) -> None:
    answer = refusals.answer(error())
    assert answer.status == STATUS[error]
    assert f'"code":"{error.code}"'.encode() in bytes(answer.body)
    assert b'"message":""' not in bytes(answer.body)


@pytest.mark.parametrize("path", ["/", "/nowhere", "/skus/", "/skus/a/b", "/SKUS", "/orders/%00/x"])
async def test_an_unknown_path_is_not_found(shop, path):
    refused = await shop.anybody.get(path)
    assert (refused.status, refused.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/skus", "GET, HEAD"),
        ("POST", "/skus/S0000001", "GET, HEAD"),
        ("GET", "/customers/sessions", "POST"),
        ("PATCH", "/orders", "GET, HEAD, POST"),
        ("OPTIONS", "/healthz", "GET, HEAD"),
    ],
)
async def test_a_known_path_by_another_method_says_which_would_do(shop, method, path, allowed):
    refused = await shop.anybody.ask(method, path)
    assert (refused.status, refused.code) == (405, "method_not_allowed")
    assert refused.headers["Allow"] == allowed
    assert shop.metric("shop_refused_requests_total", reason="method_not_allowed") == 1


async def test_an_unexpected_error_is_ours_and_is_logged_once_with_the_request_id(shop, monkeypatch, caplog):
    async def broken(self: Shopping, sku: str) -> None:
        raise RuntimeError("the shelf fell over, with a secret on it")

    monkeypatch.setattr(Shopping, "detail", broken)
    with caplog.at_level(logging.ERROR, logger="mock_platform"):
        refused = await shop.anybody.get("/skus/S0000001")
    assert (refused.status, refused.code) == (500, "internal")
    assert "secret" not in refused.body["error"]["message"]
    assert refused.headers["X-Request-Id"] in refused.body["error"]["message"]
    (record,) = caplog.records
    assert refused.headers["X-Request-Id"] in record.getMessage()
    assert record.exc_info is not None
    assert shop.metric("shop_refused_requests_total", reason="internal") == 1


async def test_a_request_that_takes_too_long_is_given_up(open_shop, monkeypatch):
    async def slow(self: Shopping, sku: str) -> None:
        await asyncio.sleep(30)

    shop = await open_shop(request_timeout_s=0.1)
    monkeypatch.setattr(Shopping, "detail", slow)
    refused = await shop.anybody.get("/skus/S0000001")
    assert (refused.status, refused.code) == (503, "overloaded")
    assert refused.headers["Retry-After"] == "1"


async def test_a_body_that_trickles_in_is_given_up(open_shop):
    shop = await open_shop(request_timeout_s=0.2)
    url = shop.client.make_url("/")
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(b"POST /customers/sessions HTTP/1.1\r\nHost: shop\r\nContent-Length: 30\r\n\r\n{")
    answer = await asyncio.wait_for(reader.read(400), timeout=5)
    assert answer.startswith(b"HTTP/1.1 503")
    writer.close()


async def test_a_buyer_who_hangs_up_in_the_middle_of_a_body_leaves_no_noise(shop, caplog):
    url = shop.client.make_url("/")
    with socket.create_connection((url.host, url.port)) as raw:
        raw.sendall(b"POST /customers/sessions HTTP/1.1\r\nHost: shop\r\nContent-Length: 30\r\n\r\n{")
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.1)
    assert (await shop.anybody.get("/healthz")).status == 200
    assert shop.metric("shop_http_requests_in_flight") == 0
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_checkout_cut_off_with_its_buyer_leaves_clean_books(shop):
    """The test server cancels handlers on a hang-up, which ours does not: it must not matter to the books."""
    buyer = await shop.customer()
    line = await buyer.line()
    await shop.operator.post("/fault-plans", {"kind": "latency", "route": "/orders", "delay_s": 0.2, "lasts_s": 0.4})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await buyer.place(line, key="test/1")
    await asyncio.sleep(0.4)
    assert (await buyer.place(line, key="test/1")).status == 201
    assert (await buyer.get("/orders")).body["total"] == 1
    assert shop.metric("shop_http_requests_in_flight") == 0
    assert await shop.violations() == []
