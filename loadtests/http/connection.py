"""One keep-alive connection to one server, carrying one request at a time. Hot path.

Measured on loopback with 50 shoppers, us of CPU a bare exchange: gevent's socket 16.5, a plain socket and our own
waits 9.6. Receiving into one reused buffer or fewer bytes at a time made no difference.
"""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from typing import Any

from gevent.hub import get_hub

from loadtests.http.answer_reader import AnswerReader
from loadtests.http.deadline import Deadline, TimeIsUp
from loadtests.http.dialling import WOULD_BLOCK, dial, secure
from loadtests.http.request_errors import ConnectionClosed, ConnectTimeout, RequestTimeout, TlsFailed

RECEIVE_BYTES = 64 * 1024
"""More than a TLS record holds, so that nothing stays behind in TLS's own buffer, where waiting would not find it."""
READ, WRITE = 1, 2  # libev's names for what to wait for


@dataclass(frozen=True, slots=True)
class Server:
    """Where connections lead; `tls` is None for plain HTTP."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    connect_timeout_s: float
    most_body_bytes: int


class Connection:
    """Opened at its first `exchange`; after an error it must be closed. The answer is in `reader`."""

    __slots__ = (
        "_deadline", "_hub", "_readable", "_recv", "_send", "_socket", "_wholly_sent", "reader", "server", "used_at",
    )  # fmt: skip

    def __init__(self, server: Server) -> None:
        self.server = server
        self.reader = AnswerReader(server.most_body_bytes)
        self._deadline = Deadline()
        self._socket: Any = None
        self.used_at = 0.0
        self._wholly_sent = True

    @property
    def reusable(self) -> bool:
        """Whether the answer that is done left the connection fit for another request."""
        return self.reader.reusable and self._wholly_sent

    def is_stale(self) -> bool:
        """Whether the server has closed the idle connection, or said something nobody asked for."""
        try:
            self._recv(1)
        except WOULD_BLOCK:
            return False
        except OSError:
            pass
        return True

    def exchange(self, method: str, request: bytes, ends_at: float) -> None:
        """Send a request and read its whole answer, by the instant `ends_at` of `time.monotonic()`.

        Raises a RequestError. Whatever else is thrown in (a kill, say) passes through.
        """
        reader = self.reader
        reader.expect(method)
        deadline = self._deadline
        deadline.start(ends_at)
        try:
            if self._socket is None:
                self._open(ends_at)
            try:
                sent = self._send(request)
            except WOULD_BLOCK:
                sent = 0
            if sent < len(request):
                self._send_rest(memoryview(request)[sent:])
            while not reader.done:
                self._hub.wait(self._readable)
                try:
                    data = self._recv(RECEIVE_BYTES)
                except WOULD_BLOCK:
                    continue
                if data:
                    reader.feed(data)
                else:
                    reader.end()
        except TimeIsUp:
            raise RequestTimeout("no complete answer in time") from None
        except OSError as error:
            if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
                raise TlsFailed(f"the TLS connection broke: {error.reason}") from None
            when = "in the middle of the answer" if reader.began else "before the answer"
            raise ConnectionClosed(f"the connection broke {when}: {error.strerror or error}") from None
        finally:
            deadline.stop()
        self.used_at = time.monotonic()

    def close(self) -> None:
        self._deadline.close()
        self.reader.close()
        if self._socket is not None:
            self._readable.close()
            self._socket.close()
            self._socket = None

    def _open(self, ends_at: float) -> None:
        server = self.server
        connect_ends_at = time.monotonic() + server.connect_timeout_s
        self._deadline.start(min(ends_at, connect_ends_at))
        try:
            opened = dial(server.host, server.port)
            if server.tls is not None:
                opened = secure(opened, server.host, server.tls)
        except TimeIsUp:
            if ends_at <= connect_ends_at:
                raise
            raise ConnectTimeout(f"no connection to {server.host}:{server.port} in time") from None
        self._deadline.start(ends_at)
        self._hub = get_hub()
        self._readable = self._hub.loop.io(opened.fileno(), READ)
        self._socket, self._send, self._recv = opened, opened.send, opened.recv

    def _send_rest(self, rest: memoryview) -> None:
        """Send what the socket would not take at once, and listen: a server may refuse a body before it has it all."""
        ready = self._hub.loop.io(self._socket.fileno(), READ | WRITE)
        reader = self.reader
        try:
            while rest and not reader.done:
                self._hub.wait(ready)
                try:
                    data = self._recv(RECEIVE_BYTES)
                    if data:
                        reader.feed(data)
                    else:
                        reader.end()
                except WOULD_BLOCK:
                    pass
                try:
                    rest = rest[self._send(rest) :]
                except WOULD_BLOCK:
                    pass
                except OSError:
                    break
        finally:
            ready.close()
        self._wholly_sent = not rest
