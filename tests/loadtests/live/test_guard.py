"""Who comes in to the pages: this machine's own tabs, with the login if there is one; no site elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

import pytest

from loadtests.live.guard import BODY_MAX, Guard


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/html"), ("Access-Control-Allow-Origin", "*")])
    return [b"in"]


def ask(login: str | None = None, **environ: str) -> tuple[str, dict[str, str], bytes]:
    told: list[Any] = []
    asked = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/",
        "HTTP_HOST": "127.0.0.1:8089",
        "wsgi.url_scheme": "http",
    } | environ
    body = b"".join(Guard(application, login)(asked, lambda status, headers: told.extend((status, dict(headers)))))
    return told[0].split()[0], told[1], body


@pytest.mark.parametrize("host", ["127.0.0.1:8089", "localhost:8089", "LOCALHOST", "[::1]:8089"])
def test_this_machine_comes_in(host: str) -> None:
    assert ask(HTTP_HOST=host)[0] == "200"


@pytest.mark.parametrize("host", ["", "shop.example", "127.0.0.1.evil.example:8089", "evil.example:127.0.0.1", "[::2]"])
def test_a_name_that_was_made_to_point_here_does_not(host: str) -> None:
    status, _, body = ask(HTTP_HOST=host)
    assert (status, b"this machine" in body) == ("403", True)


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:8089", "200"),
        ("http://127.0.0.1:9999", "403"),
        ("https://evil.example", "403"),
        ("null", "403"),
    ],
)
def test_only_our_own_pages_start_and_stop_a_run(origin: str, status: str) -> None:
    assert ask(REQUEST_METHOD="POST", PATH_INFO="/stop", HTTP_ORIGIN=origin)[0] == status


def test_a_command_line_has_no_origin_and_may() -> None:
    assert ask(REQUEST_METHOD="POST", PATH_INFO="/stop")[0] == "200"


def basic(credentials: str) -> str:
    return "Basic " + base64.b64encode(credentials.encode()).decode()


@pytest.mark.parametrize(
    ("said", "status"),
    [(basic("ops:秘密"), "200"), (basic("ops:wrong"), "401"), ("", "401"), ("Basic ###", "401"), ("Bearer x", "401")],
)
def test_with_a_login_everybody_is_asked(said: str, status: str) -> None:
    answered, headers, _ = ask("ops:秘密", HTTP_AUTHORIZATION=said)
    assert answered == status
    assert ("WWW-Authenticate" in headers) == (status == "401")


def test_a_body_has_a_bound() -> None:
    assert ask(REQUEST_METHOD="POST", CONTENT_LENGTH=str(BODY_MAX + 1))[0] == "413"
    assert ask(REQUEST_METHOD="POST", CONTENT_LENGTH=str(BODY_MAX))[0] == "200"


def test_every_answer_is_closed_to_other_sites() -> None:
    for environ in ({}, {"HTTP_HOST": "evil.example"}, {"PATH_INFO": "/live/events"}):
        _, headers, _ = ask(**environ)
        assert not [name for name in headers if name.lower().startswith("access-control")]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe-inline" not in ask(PATH_INFO="/control-room")[1]["Content-Security-Policy"]
