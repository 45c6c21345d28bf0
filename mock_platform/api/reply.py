"""A reply: JSON, a request id and no other header of its own. Hot path: 7 us less than aiohttp's own response.

aiohttp fills in a dictionary of headers for each answer and turns it into bytes. Most of ours differ in status, length
and request id alone: the rest of their head is written once a second, when the date changes.
"""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from time import time
from typing import TYPE_CHECKING

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.http import SERVER_SOFTWARE

if TYPE_CHECKING:
    from aiohttp.abc import AbstractStreamWriter
    from multidict import CIMultiDict

JSON = "application/json"
REQUEST_ID = "X-Request-Id"


class Reply(web.Response):
    """Becomes an ordinary response for whoever looks at its headers, and for a client that wants the unusual."""

    __http_exception__ = False  # aiohttp asks each answer; found here, it need not look through ten classes
    _is_ordinary = False

    def __init__(self, status: int, body: bytes, request_id: str) -> None:
        # Not super().__init__(), which is half of what is saved; `_ordinary` makes up for it.
        self._status = status
        self._body = self._json = body
        self._request_id = request_id

    def _ordinary(self) -> None:
        if not self._is_ordinary:
            headers = {hdrs.CONTENT_TYPE: JSON, REQUEST_ID: self._request_id}
            super().__init__(status=self._status, body=self._body, headers=headers)
            self._is_ordinary = True

    @property
    def headers(self) -> CIMultiDict[str]:
        self._ordinary()
        return self._headers

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        if request.version != HttpVersion11 or not request.keep_alive or request.method == hdrs.METH_HEAD:
            self._ordinary()
        if self._is_ordinary:
            return await super().prepare(request)
        self._keep_alive = True
        self._payload_writer = request.writer
        return self._payload_writer

    async def write_eof(self, data: bytes = b"") -> None:
        if self._is_ordinary:
            await super().write_eof(data)
        elif self._payload_writer is not None:
            writer, self._payload_writer, self._eof_sent = self._payload_writer, None, True
            head = f"{_head(self._status, int(time()))}{len(self._json)}\r\n{REQUEST_ID}: {self._request_id}\r\n\r\n"
            await writer.write_eof(head.encode() + self._json)


@lru_cache(maxsize=256)
def _head(status: int, second: int) -> str:
    """What all answers of this status begin with for the length of that second."""
    return (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: {JSON}\r\n"
        f"Date: {formatdate(second, usegmt=True)}\r\nServer: {SERVER_SOFTWARE}\r\nContent-Length: "
    )
