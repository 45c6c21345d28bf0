"""What goes out for a request (hot path): head and body as bytes, with the headers all requests share rendered once.

Names and values are checked before they are sent: a line break in either would forge headers or a second request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import msgspec

Data = bytes | bytearray | str | Mapping[str, object] | Iterable[tuple[str, object]]

TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
FORBIDDEN_IN_VALUES = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
OURS_TO_SET = {"content-length", "transfer-encoding"}
"""Framing follows from the body; a header that contradicts it would leave the server waiting, or fooled."""

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
EXPECT_A_BODY = frozenset({"POST", "PUT", "PATCH"})

JSON_TYPE = b"Content-Type: application/json\r\n"
FORM_TYPE = b"Content-Type: application/x-www-form-urlencoded\r\n"
TEXT_TYPE = b"Content-Type: text/plain; charset=utf-8\r\n"

to_json = msgspec.json.Encoder().encode


@lru_cache(maxsize=256)
def checked_method(method: str) -> str:
    """In capitals. Raises ValueError for what is no method, and for CONNECT, which turns a connection into a tunnel."""
    if not TOKEN.fullmatch(method) or method.upper() == "CONNECT":
        raise ValueError(f"not a method to send: {method!r}")
    return method.upper()


@lru_cache(maxsize=1024)
def _header_name(name: str) -> tuple[str, bytes]:
    if not TOKEN.fullmatch(name):
        raise ValueError(f"not a header name: {name!r}")
    if name.lower() in OURS_TO_SET:
        raise ValueError(f"{name} follows from the body; leave it out")
    return name.lower(), name.encode("ascii")


def header_lines(headers: Mapping[str, str]) -> dict[str, bytes]:
    """One line per header, by lower-case name. Raises ValueError for names and values that can't be one line."""
    lines = {}
    for name, value in headers.items():
        lower, sent = _header_name(name)
        if not value.isprintable() and FORBIDDEN_IN_VALUES.search(value):
            raise ValueError(f"a header value is one line without control characters: {name}: {value!r}")
        lines[lower] = b"%b: %b\r\n" % (sent, value.encode())
    return lines


def encode_body(json: Any, data: Data | None) -> tuple[bytes, bytes]:
    """The body and the line that tells its type, which bytes have none of. Raises ValueError for two bodies at once."""
    if data is None:
        return to_json(json), JSON_TYPE
    if json is not None:
        raise ValueError("a request has one body: json or data, not both")
    if isinstance(data, bytes | bytearray):
        return bytes(data), b""
    if isinstance(data, str):
        return data.encode(), TEXT_TYPE
    return urlencode(data if isinstance(data, Mapping) else list(data), doseq=True).encode(), FORM_TYPE


class RequestWriter:
    """Writes requests that share these headers; a request's own headers replace shared ones of the same name."""

    __slots__ = ("_lines", "_shared")

    def __init__(self, shared: Mapping[str, str]) -> None:
        self._lines = header_lines(shared)
        self._shared = b"".join(self._lines.values())

    def write(
        self,
        method: str,
        target: bytes,
        headers: Mapping[str, str] | None,
        body: bytes | None,
        type_line: bytes,
    ) -> bytes:
        shared = self._shared
        own = b""
        if headers:
            lines = header_lines(headers)
            if "content-type" in lines:
                type_line = b""
            if self._lines.keys().isdisjoint(lines):
                own = b"".join(lines.values())
            else:
                shared = b"".join((self._lines | lines).values())
        if type_line and "content-type" in self._lines:
            type_line = b""
        if body is not None:
            return b"%b %b HTTP/1.1\r\n%b%b%bContent-Length: %d\r\n\r\n%b" % (
                method.encode(), target, shared, own, type_line, len(body), body,
            )  # fmt: skip
        length = b"Content-Length: 0\r\n" if method in EXPECT_A_BODY else b""
        return b"%b %b HTTP/1.1\r\n%b%b%b\r\n" % (method.encode(), target, shared, own, length)
