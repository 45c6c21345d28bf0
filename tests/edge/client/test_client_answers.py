"""Answers of a proper server: bodies, codings, redirects and cookies."""

from __future__ import annotations

import pytest

from loadtests.http.client import Client
from loadtests.http.request_errors import AnswerTooLarge, HostNotAllowed, TooManyRedirects
from tests.edge.client.aiohttp_server import TEXT
from tests.edge.client.conftest import Desk
from tests.edge.client.misbehaving_server import misbehaving, sends, serves_properly


@pytest.fixture
def client(desk: Desk, aiohttp_url: str) -> Client:
    return desk.client(aiohttp_url)


def test_a_chunked_body_is_put_together(client: Client) -> None:
    response = client.get("/chunked")
    assert (response.status_code, response.text) == (200, "one two three")


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 3_000_000])
def test_a_body_comes_whole_whatever_its_size(client: Client, size: int) -> None:
    assert client.get(f"/big?bytes={size}").content == b"x" * size


def test_a_large_body_is_sent_whole(client: Client) -> None:
    assert client.post("/echo", data=b"y" * 8_000_000).json()["length"] == 8_000_000


@pytest.mark.parametrize("coding", ["gzip", "deflate", "bare-deflate", "br", "gzip, br", "identity"])
def test_content_is_decoded(client: Client, coding: str) -> None:
    response = client.get("/encoded", params={"as": coding})
    assert response.error is None
    assert response.text == TEXT


def test_a_coding_nobody_knows_is_left_as_it_is(client: Client) -> None:
    assert client.get("/encoded?as=unheard-of").text == TEXT


def test_content_beyond_the_limit_fails_and_the_next_request_works(desk: Desk, aiohttp_url: str) -> None:
    client = desk.client(aiohttp_url, most_body_bytes=100_000)
    assert client.get("/big?bytes=100000").ok
    assert isinstance(client.get("/big?bytes=300000").error, AnswerTooLarge)
    assert client.get("/big?bytes=5").ok
    assert desk.outcomes == ["ok", "failed", "ok"]


@pytest.mark.parametrize("path", ["/big?bytes=1000", "/chunked", "/bare_status/204"])
def test_head_has_headers_and_no_body_and_the_connection_lives_on(client: Client, path: str) -> None:
    response = client.head(path)
    assert (response.content, response.error) == (b"", None)
    assert client.get("/big?bytes=3").content == b"xxx"


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_body_is_complete_at_its_head(client: Client, status: int) -> None:
    response = client.get(f"/bare_status/{status}")
    assert (response.status_code, response.content, response.ok) == (status, b"", True)


def test_headers_are_found_in_any_case(client: Client) -> None:
    headers = client.get("/json").headers
    assert headers["content-TYPE"] == headers["Content-Type"] == "application/json; charset=utf-8"
    assert "content-type" in headers
    assert headers.get("X-Missing") is None


def test_text_is_decoded_by_the_charset_it_names(desk: Desk) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=%b\r\nContent-Length: 4\r\n\r\n"
    with misbehaving(sends(head % b"GBK" + "红包".encode("gbk")), sends(head % b"nonsense" + b"tea!")) as server:
        client = desk.client(server.url)
        assert client.get("/").text == "红包"
        assert client.get("/").text == "tea!"


# -- redirects --------------------------------------------------------------------------------------------------------


def test_redirects_are_followed_only_on_request(client: Client) -> None:
    response = client.get("/redirect?to=/there")
    assert (response.status_code, response.headers["location"], response.ok) == (302, "/there", True)


@pytest.mark.parametrize(
    ("method", "status", "then"),
    [
        ("POST", 301, "GET"), ("POST", 302, "GET"), ("POST", 303, "GET"), ("POST", 307, "POST"), ("POST", 308, "POST"),
        ("PUT", 301, "PUT"), ("PUT", 303, "GET"), ("DELETE", 307, "DELETE"), ("GET", 301, "GET"), ("GET", 308, "GET"),
    ],
)  # fmt: skip
def test_a_redirect_keeps_or_changes_the_method_as_http_says(
    desk: Desk, client: Client, method: str, status: int, then: str
) -> None:
    response = client.request(method, f"/redirect?status={status}&to=/there", json={"a": 1}, allow_redirects=True)
    echoed = response.json()
    names = {name.lower() for name, _ in echoed["headers"]}
    assert (echoed["method"], echoed["path"]) == (then, "/there")
    assert echoed["body"] == ("" if then == "GET" and method != "GET" else '{"a":1}')
    assert ("content-type" in names) == bool(echoed["body"])
    assert response.url.endswith("/there")
    assert len(desk.reports) == 1


def test_a_redirected_head_stays_a_head(client: Client) -> None:
    assert client.head("/redirect?status=303&to=/there", allow_redirects=True).status_code == 200


@pytest.mark.parametrize(
    ("to", "target"), [("there", "/there"), ("?a=1", "/redirect?a=1"), ("/茶 x", "/%E8%8C%B6%20x")]
)
def test_a_location_may_be_relative_and_unescaped(desk: Desk, aiohttp_url: str, to: str, target: str) -> None:
    location = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + to.encode() + b"\r\n\r\n"
    with misbehaving(sends(location), serves_properly) as server:
        desk.client(server.url).get("/redirect", allow_redirects=True)
        assert server.requests[1].split(b" ")[1].decode() == target


def test_endless_redirects_end_as_one_failed_request(desk: Desk, client: Client) -> None:
    response = client.get("/endless/0", allow_redirects=True)
    assert isinstance(response.error, TooManyRedirects)
    assert (response.status_code, desk.outcomes) == (0, ["failed"])


@pytest.mark.parametrize("to", [b"ftp://x/", b"http://:80/", b"http://h:99999/", b"javascript:1", b"http://[::1/"])
def test_a_redirect_to_nowhere_fails(desk: Desk, to: bytes) -> None:
    with misbehaving(
        sends(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + to + b"\r\n\r\n"), serves_properly
    ) as server:
        response = desk.client(server.url).get("/", allow_redirects=True)
        assert desk.outcomes == ["failed"]
        assert getattr(response.error, "code", "") == "bad_answer"


def test_secrets_do_not_follow_to_another_origin(desk: Desk, aiohttp_url: str) -> None:
    with misbehaving(
        sends(b"HTTP/1.1 307 Go\r\nContent-Length: 0\r\nLocation: " + aiohttp_url.encode() + b"/there\r\n\r\n")
    ) as server:
        client = desk.client(server.url, headers={"Authorization": "Bearer default", "X-Zerohour-Run": "r"})
        own = {"Cookie": "a=b", "authorization": "Bearer own", "Idempotency-Key": "k"}
        echoed = client.post("/", json={"a": 1}, headers=own, allow_redirects=True).json()
        names = {name.lower() for name, _ in echoed["headers"]}
        assert {"x-zerohour-run", "idempotency-key", "content-type"} <= names
        assert not {"authorization", "cookie"} & names
        assert f"Host: 127.0.0.1:{server.port}".encode() in server.requests[0]
        assert dict(echoed["headers"])["Host"] == aiohttp_url.removeprefix("http://")


def test_a_redirect_off_the_allowed_hosts_is_refused(desk: Desk) -> None:
    with misbehaving(
        sends(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://shop.example/\r\n\r\n", then_close=False)
    ) as server:
        client = desk.client(server.url, allowed_hosts=())
        assert isinstance(client.get("/", allow_redirects=True).error, HostNotAllowed)
        assert isinstance(client.get("http://shop.example/").error, HostNotAllowed)
        assert desk.outcomes == ["failed", "failed"]


# -- cookies ----------------------------------------------------------------------------------------------------------


def cookies_sent(client: Client, path: str) -> str:
    return dict(client.get(path).json()["headers"]).get("Cookie", "")


def test_cookies_come_back_where_they_belong(client: Client) -> None:
    assert cookies_sent(client, "/any") == ""
    client.get("/cookies/set")
    assert cookies_sent(client, "/any") == "session=s1; brief=b"
    assert cookies_sent(client, "/carts/mine") == "cart=c1; session=s1; brief=b"
    client.get("/cookies/drop")
    assert cookies_sent(client, "/any") == "brief=b"
    assert client.cookies.get("brief") == "b"


def test_a_new_shopper_has_neither_cookies_nor_a_connection(desk: Desk, client: Client) -> None:
    client.get("/cookies/set")
    client.reset()
    assert cookies_sent(client, "/any") == ""


def test_two_shoppers_share_no_cookies(desk: Desk, aiohttp_url: str, client: Client) -> None:
    client.get("/cookies/set")
    assert cookies_sent(desk.client(aiohttp_url), "/any") == ""


def test_a_request_may_bring_its_own_cookie_header(client: Client) -> None:
    client.get("/cookies/set")
    assert dict(client.get("/any", headers={"Cookie": "own=1"}).json()["headers"])["Cookie"] == "own=1"


def test_a_cookie_set_by_a_redirect_counts_on_the_next_hop(desk: Desk) -> None:
    with misbehaving(
        sends(b"HTTP/1.1 302 F\r\nContent-Length: 0\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nLocation: /next\r\n\r\n"),
        serves_properly,
    ) as server:
        desk.client(server.url).get("/", allow_redirects=True)
        assert b"\r\nCookie: a=1; b=2\r\n" in server.requests[1]
