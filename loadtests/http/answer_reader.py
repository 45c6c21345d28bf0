"""Reads one HTTP/1.1 answer after the other from the bytes of a connection (hot path: llhttp does the parsing, in C).

It knows no socket: bytes go in as they came, torn wherever they were torn, until an answer is done or an error raised.
Interim answers (100, 103) are passed over; bodies end by length, chunks or with the connection; everything is bounded.
"""

from __future__ import annotations

from typing import Any

import httptools

from loadtests.http.request_errors import AnswerTooLarge, BadAnswer, ConnectionClosed

MOST_HEAD_BYTES = 64 * 1024


class AnswerReader:
    """The answer being read: `status`, `headers` (lower-case names, repeated values joined by a line feed) and `body`.

    Valid once `done`, until the next `expect`. `reusable` then says whether the connection may carry another request.
    """

    __slots__ = (
        "_body",
        "_head_done",
        "_is_head",
        "_most_body_bytes",
        "_parser",
        "_received",
        "done",
        "headers",
        "reusable",
        "status",
    )

    def __init__(self, most_body_bytes: int) -> None:
        self._parser: Any = httptools.HttpResponseParser(self)
        self._most_body_bytes = most_body_bytes
        self.expect("GET")

    def expect(self, method: str) -> None:
        """Make ready for the answer to a request with this method."""
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self._body: bytes | bytearray = b""
        self._received = 0
        self._is_head = method == "HEAD"
        self._head_done = self.done = self.reusable = False

    @property
    def began(self) -> bool:
        """Whether anything at all of the answer has come."""
        return self._received > 0

    @property
    def body(self) -> bytes:
        body = self._body
        return body if type(body) is bytes else bytes(body)

    def feed(self, data: bytes) -> None:
        """Take what was received. Raises BadAnswer or AnswerTooLarge; the connection is then of no further use."""
        self._received = received = self._received + len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            if not self.done:
                ours = error.__context__  # what our own callbacks raised comes wrapped
                raise (
                    ours if type(ours) is BadAnswer else BadAnswer(f"the answer is not proper HTTP: {error}")
                ) from None
            self.reusable = False  # the answer was whole; what follows it is the server's confusion, not ours
        if received > MOST_HEAD_BYTES:
            self._check_size(received)
        if self._is_head and self.done:
            self._parser = httptools.HttpResponseParser(self)  # llhttp would wait for a body that never comes

    def end(self) -> None:
        """The peer has closed: the answer is done if only the end could delimit it, else ConnectionClosed is raised."""
        if not self._received:
            raise ConnectionClosed("the server closed the connection before answering")
        if not self._head_done:
            raise ConnectionClosed("the server closed the connection in the middle of the answer's head")
        if b"content-length" in self.headers or b"transfer-encoding" in self.headers:
            raise ConnectionClosed("the server closed the connection in the middle of the answer's body")
        self.done = True

    def close(self) -> None:
        """Let go of the parser, whose callbacks would keep the two alive until the garbage collector comes."""
        self._parser = None

    def _check_size(self, received: int) -> None:
        if not self._head_done:
            raise AnswerTooLarge("the answer's head is larger than the client holds")
        if received > MOST_HEAD_BYTES + self._most_body_bytes or len(self._body) > self._most_body_bytes:
            raise AnswerTooLarge("the answer's body is larger than the client holds")

    # -- what llhttp calls --------------------------------------------------------------------------------------------

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._head_done:
            return  # a trailer: nothing a scenario needs, and it must not pass for a header
        name = name.lower()
        headers = self.headers
        headers[name] = headers[name] + b"\n" + value if name in headers else value

    def on_headers_complete(self) -> None:
        if self.done:
            raise BadAnswer("a second answer to one request")
        self.status = status = self._parser.get_status_code()
        if status < 200:
            if status == 101:
                raise BadAnswer("the server switched to another protocol, which nobody asked for")
            if status < 100:
                raise BadAnswer("the answer's status is below 100")
            return
        if self.headers.get(b"transfer-encoding", b"chunked").lower() != b"chunked":
            raise BadAnswer("the answer's transfer coding is not one that HTTP/1.1 clients read")
        self._head_done = True
        if self._is_head:
            headers = self.headers
            self.reusable = (
                self._parser.get_http_version() == "1.1"
                and b"close" not in headers.get(b"connection", b"").lower()
                # Some servers send a body after HEAD, delimited by nothing: don't wait on that line for another answer.
                and (b"content-length" in headers or b"transfer-encoding" in headers or status in (204, 304))
            )
            self.done = True

    def on_body(self, data: bytes) -> None:
        body = self._body
        if self.done:
            self.reusable = False  # a body after HEAD
        elif not body:
            self._body = data
        elif type(body) is bytes:
            self._body = bytearray(body) + data
        else:
            body += data

    def on_message_complete(self) -> None:
        if self.status < 200:
            self.headers = {}
        elif not self.done:
            self.reusable = self._parser.should_keep_alive()
            self.done = True
