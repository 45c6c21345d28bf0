"""One shopper's browser: connections, cookies and default headers, and how it gets an answer with them. Hot path."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from loadtests.http.connection import Server
from loadtests.http.content_coding import ACCEPTED, decode
from loadtests.http.cookies import Cookies
from loadtests.http.redirects import MOST_REDIRECTS, REDIRECTS, SECRETS, Hop, without
from loadtests.http.request_bytes import RequestWriter
from loadtests.http.request_errors import HostNotAllowed, TooManyRedirects
from loadtests.http.server_connections import ServerConnections
from loadtests.http.web_address import WebAddress, request_target

USUAL_HEADERS = {"User-Agent": "zerohour", "Accept": "*/*", "Accept-Encoding": ACCEPTED}
MOST_SERVERS = 16
"""Servers besides the home one that a shopper keeps connections to; before one more, all of those are closed."""

Answered = tuple[int, dict[bytes, bytes], bytes, Hop]
"""Status, headers, decoded content, and the hop that was answered."""


class Session:
    """`home` is where most requests go: only there do the secrets among the default headers go too."""

    __slots__ = (
        "_allowed_hosts", "_elsewhere", "_home", "_home_connections", "_server_at", "_writer", "_written", "cookies",
        "headers",
    )  # fmt: skip

    def __init__(
        self,
        home: WebAddress,
        headers: dict[str, str],
        server_at: Callable[[WebAddress], Server],
        allowed_hosts: Collection[str] | None,
    ) -> None:
        self.headers = headers
        self.cookies = Cookies()
        self._home = home
        self._server_at = server_at
        self._allowed_hosts = allowed_hosts
        self._home_connections = ServerConnections(server_at(home))
        self._elsewhere: dict[WebAddress, ServerConnections] = {}
        self._written = dict(headers)
        self._writer = _writer_for(home, headers)

    def carry(self, hop: Hop, ends_at: float, follow_redirects: bool) -> Answered:
        """Get a request's answer. Raises a RequestError; a ValueError, and nothing is sent, if it can't be written."""
        for _ in range(MOST_REDIRECTS + 1):
            request = self._write(hop)
            connections = self._home_connections if hop.address is self._home else self._connections_to(hop.address)
            reader = connections.exchange(hop, request, ends_at)
            status, headers = reader.status, reader.headers
            if b"set-cookie" in headers:
                self._take_cookies(headers[b"set-cookie"], hop)
            if not (follow_redirects and status in REDIRECTS and b"location" in headers):
                content = reader.body
                if content and b"content-encoding" in headers:
                    codings = headers[b"content-encoding"].decode("latin-1").replace("\n", ",")
                    content = decode(codings, content, connections.server.most_body_bytes)
                return status, headers, content, hop
            hop = hop.after(status, headers[b"location"])
        raise TooManyRedirects("the server kept redirecting")

    def reset(self) -> None:
        """Forget connections and cookies: the next request comes from somebody new."""
        self.close()
        self.cookies.clear()

    def close(self) -> None:
        """Close what is idle now, and what is busy after its request; a later request connects anew."""
        for connections in (self._home_connections, *self._elsewhere.values()):
            connections.close()
        self._home_connections = ServerConnections(self._home_connections.server)
        self._elsewhere = {}

    def _write(self, hop: Hop) -> bytes:
        if self.headers != self._written:
            self._writer = _writer_for(self._home, self.headers)
            self._written = dict(self.headers)
        writer = self._writer
        if hop.address is not self._home and hop.address != self._home:
            writer = _writer_for(hop.address, without(self.headers, SECRETS))
        headers = hop.headers
        if self.cookies:
            cookie = self.cookies.header_for(hop.address.host, _path_of(hop), hop.is_secure, time.time())
            if cookie:
                headers = {"Cookie": cookie, **(headers or {})}
        return writer.write(hop.method, request_target(hop.path), headers, hop.body, hop.type_line)

    def _take_cookies(self, set_cookies: bytes, hop: Hop) -> None:
        for set_cookie in set_cookies.decode("utf-8", "replace").split("\n"):
            self.cookies.take(set_cookie, hop.address.host, _path_of(hop), hop.is_secure, time.time())

    def _connections_to(self, address: WebAddress) -> ServerConnections:
        if address == self._home:
            return self._home_connections
        if self._allowed_hosts is not None and address.host not in {*self._allowed_hosts, self._home.host}:
            raise HostNotAllowed(f"{address.host} is not a host this run may put under load")
        connections = self._elsewhere.get(address)
        if connections is None:
            if len(self._elsewhere) >= MOST_SERVERS:
                for others in self._elsewhere.values():
                    others.close()
                self._elsewhere.clear()
            connections = self._elsewhere[address] = ServerConnections(self._server_at(address))
        return connections


def _writer_for(address: WebAddress, headers: dict[str, str]) -> RequestWriter:
    return RequestWriter({"Host": address.authority, **USUAL_HEADERS, **headers})


def _path_of(hop: Hop) -> str:
    return urlsplit(hop.path).path or "/"
