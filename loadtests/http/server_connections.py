"""A client's connections to one server (hot path): lent for one request at a time, the most recently used first."""

from __future__ import annotations

import time

from loadtests.http.answer_reader import AnswerReader
from loadtests.http.connection import Connection, Server
from loadtests.http.redirects import Hop
from loadtests.http.request_errors import ConnectionClosed

MOST_IDLE = 6
"""What a browser opens to one host. One greenlet needs one; greenlets that share a client each get their own."""

FRESH_S = 0.001
"""A connection used this recently is taken as alive: asking costs a system call and an exception, 2 us of about 20."""


class ServerConnections:
    __slots__ = ("_closed", "_idle", "server")

    def __init__(self, server: Server) -> None:
        self.server = server
        self._idle: list[Connection] = []
        self._closed = False

    def exchange(self, hop: Hop, request: bytes, ends_at: float) -> AnswerReader:
        """Send the request on an idle connection, or else a new one; the answer is there until the next exchange.

        A server may close an idle connection in the very moment we send. If not one byte of an answer came then, a
        request that does no harm when done twice is sent once more on a new connection (RFC 9110, 9.2.2); any other
        has failed. Raises a RequestError.
        """
        connection = self._borrow(hop)
        if connection is not None:
            try:
                return self._exchange_on(connection, hop.method, request, ends_at)
            except ConnectionClosed:
                if connection.reader.began or not hop.may_be_resent:
                    raise
        return self._exchange_on(Connection(self.server), hop.method, request, ends_at)

    def close(self) -> None:
        """Close what is idle now, and what is out on a request once that is done."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def _borrow(self, hop: Hop) -> Connection | None:
        idle = self._idle
        while idle:
            connection = idle.pop()
            if time.monotonic() - connection.used_at < FRESH_S and hop.may_be_resent:
                return connection
            if not connection.is_stale():
                return connection
            connection.close()
        return None

    def _exchange_on(self, connection: Connection, method: str, request: bytes, ends_at: float) -> AnswerReader:
        try:
            connection.exchange(method, request, ends_at)
        except BaseException:  # a kill as well: half an answer may still be on its way
            connection.close()
            raise
        if connection.reusable and len(self._idle) < MOST_IDLE and not self._closed:
            self._idle.append(connection)
        else:
            connection.close()
        return connection.reader
