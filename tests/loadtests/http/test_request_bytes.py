"""Requests as bytes: what is shared, what overrides it, and that nothing forges a line."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.http.request_bytes import JSON_TYPE, RequestWriter, checked_method, encode_body, header_lines

WRITER = RequestWriter({"Host": "shop", "Accept": "*/*"})


def test_a_get_is_its_line_and_the_shared_headers() -> None:
    assert WRITER.write("GET", b"/skus", None, None, b"") == b"GET /skus HTTP/1.1\r\nHost: shop\r\nAccept: */*\r\n\r\n"


def test_a_post_tells_type_and_length() -> None:
    assert WRITER.write("POST", b"/o", {"Idempotency-Key": "k"}, b"{}", JSON_TYPE) == (
        b"POST /o HTTP/1.1\r\nHost: shop\r\nAccept: */*\r\nIdempotency-Key: k\r\n"
        b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    )


@pytest.mark.parametrize("where", ["shared", "own"])
def test_a_content_type_of_the_callers_wins(where: str) -> None:
    headers = {"content-type": "text/x"}
    writer = RequestWriter(headers if where == "shared" else {})
    request = writer.write("POST", b"/", headers if where == "own" else None, b"{}", JSON_TYPE)
    assert request.lower().count(b"content-type") == 1
    assert b"content-type: text/x\r\n" in request


def test_a_requests_header_replaces_the_shared_one_and_only_that() -> None:
    request = WRITER.write("GET", b"/", {"ACCEPT": "text/html"}, None, b"")
    assert request == b"GET / HTTP/1.1\r\nHost: shop\r\nACCEPT: text/html\r\n\r\n"


@given(name=st.text(max_size=8), value=st.text(max_size=12))
def test_a_header_is_one_line_or_refused(name: str, value: str) -> None:
    try:
        (line,) = header_lines({name: value}).values()
    except ValueError:
        return
    assert line.endswith(b"\r\n")
    assert not {0x0D, 0x0A, 0x00} & set(line[:-2])
    assert line.startswith(name.encode() + b": ")


def test_tabs_and_letters_beyond_ascii_may_stand_in_values() -> None:
    assert header_lines({"X": "a\t杭州"})["x"] == "X: a\t杭州\r\n".encode()


def test_methods_are_tokens_in_capitals() -> None:
    assert checked_method("report") == "REPORT"
    for wrong in ("", "GET ", "G\r\nT", "connect", "é"):
        with pytest.raises(ValueError):
            checked_method(wrong)


@pytest.mark.parametrize(
    ("json", "data", "body", "type_line"),
    [
        ({"a": 1}, None, b'{"a":1}', JSON_TYPE),
        ([], None, b"[]", JSON_TYPE),
        (None, b"", b"", b""),
        (None, bytearray(b"x"), b"x", b""),
        (None, "é", "é".encode(), b"Content-Type: text/plain; charset=utf-8\r\n"),
        (None, {"a": ["1", "2"]}, b"a=1&a=2", b"Content-Type: application/x-www-form-urlencoded\r\n"),
    ],
)
def test_bodies_are_encoded_by_what_they_are(json: Any, data: Any, body: bytes, type_line: bytes) -> None:
    assert encode_body(json, data) == (body, type_line)
