"""What goes over the wire for what a scenario asked: read back from a proper server."""

from __future__ import annotations

import socket
from typing import Any

import gevent
import pytest

from loadtests.http.client import Client
from tests.edge.client.conftest import Desk
from tests.edge.client.misbehaving_server import OK, misbehaving, serves_properly


@pytest.fixture
def client(desk: Desk, aiohttp_url: str) -> Client:
    return desk.client(aiohttp_url)


def sent_headers(echoed: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in echoed["headers"]}


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
def test_each_verb_sends_its_method(client: Client, method: str) -> None:
    assert getattr(client, method)("/any").json()["method"] == method.upper()


def test_json_goes_out_encoded_with_its_type(client: Client) -> None:
    echoed = client.post("/orders", json={"lines": [{"sku": "S1", "quantity": 2}], "city": "杭州"}).json()
    assert echoed["body"] == '{"lines":[{"sku":"S1","quantity":2}],"city":"杭州"}'
    assert sent_headers(echoed)["content-type"] == "application/json"
    assert sent_headers(echoed)["content-length"] == str(echoed["length"])


@pytest.mark.parametrize(
    ("data", "body", "kind"),
    [
        (b"\x00\x01", "\x00\x01", "application/octet-stream"),  # bytes are sent untyped; aiohttp assumes this
        ("零点", "零点", "text/plain; charset=utf-8"),
        ({"q": "红 包", "n": 2}, "q=%E7%BA%A2+%E5%8C%85&n=2", "application/x-www-form-urlencoded"),
        ([("a", 1), ("a", 2)], "a=1&a=2", "application/x-www-form-urlencoded"),
        (b"", "", None),
        ({}, "", "application/x-www-form-urlencoded"),
    ],
)
def test_data_is_bytes_text_or_a_form(client: Client, data: Any, body: str, kind: str | None) -> None:
    echoed = client.post("/any", data=data).json()
    assert echoed["body"] == body
    assert sent_headers(echoed)["content-length"] == str(len(body.encode()))
    if kind != "application/octet-stream":
        assert sent_headers(echoed).get("content-type") == kind


@pytest.mark.parametrize(("method", "length"), [("POST", "0"), ("PUT", "0"), ("PATCH", "0"), ("GET", None)])
def test_an_empty_post_says_that_it_is_empty(client: Client, method: str, length: str | None) -> None:
    assert sent_headers(client.request(method, "/any").json()).get("content-length") == length


def test_params_join_the_query_and_leave_the_name_alone(desk: Desk, client: Client) -> None:
    echoed = client.get("/skus?page=1", params={"q": "茶 & tea", "category": ["a", "b"]}).json()
    assert echoed["query"] == [["page", "1"], ["q", "茶 & tea"], ["category", "a"], ["category", "b"]]
    assert desk.reports[0]["name"] == "/skus?page=1"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/skus/茶", "/skus/%E8%8C%B6"),
        ("/a b?c d", "/a%20b?c%20d"),
        ("/already%20done?x=%2F", "/already%20done?x=%2F"),
        ("/x#fragment", "/x"),
        ("skus", "/skus"),
        ("?page=2", "/?page=2"),
        ("//double", "//double"),
    ],
)
def test_paths_are_made_fit_for_the_wire(desk: Desk, path: str, target: str) -> None:
    with misbehaving(serves_properly) as server:
        desk.client(server.url).get(path)
        assert server.requests[0].split(b" ")[1] == target.encode()


def test_a_base_url_may_hold_a_path(desk: Desk, aiohttp_url: str) -> None:
    client = desk.client(f"{aiohttp_url}/shop/v1/")
    assert client.get("/skus").json()["path"] == "/shop/v1/skus"
    assert desk.reports[0]["name"] == "/skus"
    assert desk.reports[0]["url"] == f"{aiohttp_url}/shop/v1/skus"


def test_a_base_url_may_hold_credentials_and_keeps_them_out_of_reports(desk: Desk, aiohttp_url: str) -> None:
    client = desk.client(aiohttp_url.replace("://", "://shopper:p%40ss@"))
    assert sent_headers(client.get("/me").json())["authorization"] == "Basic c2hvcHBlcjpwQHNz"
    assert "p@ss" not in str(desk.reports[0]["url"]) + client.base_url


def test_default_headers_go_with_every_request_and_may_change_meanwhile(desk: Desk, aiohttp_url: str) -> None:
    client = desk.client(aiohttp_url, headers={"X-Zerohour-Run": "run-1"})
    assert sent_headers(client.get("/any").json())["x-zerohour-run"] == "run-1"
    client.headers["Authorization"] = "Bearer t"
    assert sent_headers(client.get("/any").json())["authorization"] == "Bearer t"
    client.headers.pop("Authorization")
    assert "authorization" not in sent_headers(client.get("/any").json())
    client.headers = {"X-Other": "1"}
    assert "x-zerohour-run" not in sent_headers(client.get("/any").json())


def test_a_requests_own_header_replaces_a_default_of_any_spelling(client: Client) -> None:
    client.headers["Accept-Language"] = "zh"
    echoed = client.post("/any", json={}, headers={"accept-language": "en", "CONTENT-TYPE": "application/x"}).json()
    assert [value for name, value in echoed["headers"] if name.lower() == "accept-language"] == ["en"]
    assert [value for name, value in echoed["headers"] if name.lower() == "content-type"] == ["application/x"]


INJECTIONS: list[tuple[str, dict[str, Any]]] = [
    ("/x\r\nX-Forged: 1", {}),
    ("/x\nGET /y", {}),
    ("/x\x00", {}),
    ("http://127.0.0.1:1/x\r\ny", {}),
    ("/x", {"headers": {"A": "b\r\nX-Forged: 1"}}),
    ("/x", {"headers": {"A": "b\nc"}}),
    ("/x", {"headers": {"A": "b\x00"}}),
    ("/x", {"headers": {"A\r\nX-Forged": "1"}}),
    ("/x", {"headers": {"A B": "1"}}),
    ("/x", {"headers": {"": "1"}}),
    ("/x", {"headers": {"Content-Length": "5"}}),
    ("/x", {"headers": {"transfer-encoding": "chunked"}}),
    ("/x", {"json": {}, "data": b""}),
    ("/x", {"json": object()}),
    ("ftp://127.0.0.1/x", {}),
]


@pytest.mark.parametrize(("path", "options"), INJECTIONS)
def test_what_makes_no_request_is_refused_before_anything_is_sent(
    desk: Desk, path: str, options: dict[str, Any]
) -> None:
    with misbehaving(serves_properly) as server:
        client = desk.client(server.url)
        with pytest.raises((ValueError, TypeError)):
            client.request("POST", path, **options)
        gevent.sleep(0)
        assert (server.peers, desk.reports, client.in_flight) == ([], [], None)


@pytest.mark.parametrize("method", ["GET /x HTTP/1.1\r\n", "", "CONNECT", "G T"])
def test_what_is_no_method_is_refused(client: Client, method: str) -> None:
    with pytest.raises(ValueError, match="not a method"):
        client.request(method, "/x")


@pytest.mark.parametrize("base_url", ["127.0.0.1:80", "ftp://x", "http://", "http://h:port", "http://a b/", ""])
def test_a_base_url_that_leads_nowhere_is_refused(desk: Desk, base_url: str) -> None:
    with pytest.raises(ValueError):
        desk.client(base_url)


def test_a_header_set_as_default_is_checked_too(client: Client) -> None:
    client.headers["X-Evil"] = "a\r\nb: c"
    with pytest.raises(ValueError, match="X-Evil"):
        client.get("/x")


def test_an_ipv6_host_is_reached_and_named_in_brackets(desk: Desk) -> None:
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    port = listener.getsockname()[1]
    heard: list[bytes] = []

    def serve() -> None:
        peer, _ = listener.accept()
        heard.append(peer.recv(65536))
        peer.sendall(OK)
        peer.close()

    serving = gevent.spawn(serve)
    response = desk.client(f"http://[::1]:{port}").get("/x")
    serving.join(timeout=5)
    listener.close()
    assert response.content == b"ok"
    assert f"Host: [::1]:{port}\r\n".encode() in heard[0]


def test_an_absolute_url_reaches_another_server_without_the_shops_secrets(desk: Desk, aiohttp_url: str) -> None:
    with misbehaving(serves_properly) as server:
        client = desk.client(server.url, headers={"Authorization": "Bearer t", "X-Zerohour-Run": "r"})
        echoed = client.get(f"{aiohttp_url}/elsewhere?x=1").json()
        assert echoed["target"] == "/elsewhere?x=1"
        assert sent_headers(echoed)["x-zerohour-run"] == "r"
        assert "authorization" not in sent_headers(echoed)
        client.get(f"{server.url}/home")
        assert b"Authorization: Bearer t\r\n" in server.requests[0]
