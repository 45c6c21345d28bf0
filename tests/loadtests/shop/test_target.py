"""A load test must not hit a shop by mistake: which hosts are this machine, and which need the user's word."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from loadtests.shop.target import Target, TargetError


@pytest.mark.parametrize(
    "host",
    ["http://127.0.0.1:8080", "http://127.8.9.1", "http://localhost:1", "http://[::1]:8080", "https://127.0.0.1"],
)
def test_this_machine_needs_no_permission(host: str) -> None:
    Target(host).guard(())


@pytest.mark.parametrize(
    "name", ["shop.example", "127.0.0.1.shop.example", "localhost.example", "10.0.0.1", "0.0.0.0", "127.shop.example"]
)
def test_any_other_host_must_be_named(name: str) -> None:
    with pytest.raises(TargetError, match=f"--allow-target {name}"):
        Target(f"http://{name}:80").guard(("another.example",))
    Target(f"http://{name}:80").guard((name,))


@pytest.mark.parametrize(
    "host", ["nonsense", "ftp://127.0.0.1", "http://", "http://127.0.0.1:0", "http://127.0.0.1:99999"]
)
def test_what_is_no_url_is_refused_with_an_example(host: str) -> None:
    with pytest.raises(TargetError, match=r"write it like http://127.0.0.1:8080"):
        Target(host)


def test_nobody_listening_is_said_in_a_sentence() -> None:
    with pytest.raises(TargetError, match=r"nothing listens at http://127.0.0.1:9"):
        Target("http://127.0.0.1:9").knock()


def test_a_shop_that_is_starting_is_waited_for_but_not_for_ever() -> None:
    with socket.socket() as shop:
        shop.bind(("127.0.0.1", 0))
        target = Target(f"http://127.0.0.1:{shop.getsockname()[1]}")
        began_at = time.monotonic()
        with pytest.raises(TargetError, match="nothing listens"):
            target.knock(0.3)
        assert 0.3 <= time.monotonic() - began_at < 3.0
        opening = threading.Timer(0.3, shop.listen)
        opening.start()
        target.knock(30.0)
        opening.join()


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        ("200 OK", "<html>hello</html>", "answered 200, but with no JSON object"),
        ("200 OK", "", "answered 200, but with no JSON object"),
        ("502 Bad Gateway", '{"error": "down"}', "answered 502: no reason given"),
        ("403 Forbidden", '{"error": {"message": "not you"}}', "answered 403: not you"),
    ],
)
def test_an_administrative_answer_that_is_none_is_a_sentence(status: str, body: str, told: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(TargetError, match=told):
            Target(f"http://127.0.0.1:{server.getsockname()[1]}").admin("GET", "/exports/audit")
