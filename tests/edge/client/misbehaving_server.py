"""A server on plain sockets that does what a test tells it to, byte by byte: what no proper server would ever send.

The test writes a behaviour, a function of one `Peer`, for each connection in turn; the last serves all further ones.
"""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gevent
from gevent.server import StreamServer

LONGEST_WAIT_S = 5.0

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Peer:
    """The server's end of one connection."""

    def __init__(self, connection: Any) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(LONGEST_WAIT_S)
        self._connection = connection
        self._buffer = b""
        self.requests: list[bytes] = []
        """Head and body of each request read."""

    def read_request(self) -> bytes:
        """The next whole request; empty when the client has closed."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._receive():
                return b""
        head, _, rest = self._buffer.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        while len(rest) < length:
            if not self._receive():
                return b""
            rest = self._buffer[len(head) + 4 :]
        request = head + b"\r\n\r\n" + rest[:length]
        self._buffer = rest[length:]
        self.requests.append(request)
        return request

    def send(self, data: bytes, every_s: float | None = None) -> None:
        """Send all at once, or a byte at a time with a pause after each."""
        if every_s is None:
            self._connection.sendall(data)
            return
        for at in range(len(data)):
            self._connection.sendall(data[at : at + 1])
            gevent.sleep(every_s)

    def answer(self, data: bytes = OK) -> bytes:
        """Read a request and send this."""
        request = self.read_request()
        if request:
            self.send(data)
        return request

    def serve(self, data: bytes = OK) -> None:
        """Answer every request with this until the client closes."""
        while self.answer(data):
            pass

    def client_closed(self) -> bool:
        """Wait until the client closes; False if it sends something or nothing happens for long."""
        try:
            return not self._connection.recv(1)
        except TimeoutError:
            return False
        except OSError:
            return True

    def reset(self) -> None:
        """Close with RST, as a crashed server or a rude balancer does."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        self._connection.close()

    def _receive(self) -> bool:
        try:
            data = self._connection.recv(65536)
        except OSError:
            return False
        self._buffer += data
        return bool(data)


Behaviour = Callable[[Peer], None]


class MisbehavingServer:
    def __init__(self, *behaviours: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self._behaviours = list(behaviours)
        self.peers: list[Peer] = []
        secured = {} if tls is None else {"ssl_context": tls}
        self._server = StreamServer(("127.0.0.1", 0), self._handle, **secured)
        self._server.start()
        self.scheme = "http" if tls is None else "https"

    @property
    def port(self) -> int:
        return int(self._server.server_port)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def requests(self) -> list[bytes]:
        """Every request read, in order of connection."""
        return [request for peer in self.peers for request in peer.requests]

    def _handle(self, connection: Any, _: Any) -> None:
        behave = self._behaviours[min(len(self.peers), len(self._behaviours) - 1)]
        peer = Peer(connection)
        self.peers.append(peer)
        try:
            behave(peer)
        except OSError:
            pass  # the client left first, which some tests are about
        finally:
            peer.close()

    def stop(self) -> None:
        self._server.stop(timeout=0)


@contextmanager
def misbehaving(*behaviours: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[MisbehavingServer]:
    server = MisbehavingServer(*behaviours, tls=tls)
    try:
        yield server
    finally:
        server.stop()


def sends(data: bytes, then_close: bool = True) -> Behaviour:
    """Answer one request with these bytes; then close, or keep the line open and silent."""

    def behave(peer: Peer) -> None:
        peer.answer(data)
        if not then_close:
            peer.client_closed()

    return behave


def serves_properly(peer: Peer) -> None:
    peer.serve()
