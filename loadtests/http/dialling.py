"""Makes connections: finds a host's addresses, connects without Nagle's delay, and secures the connection with TLS.

The sockets it returns never block: `send` and `recv` raise one of WOULD_BLOCK (TLS may also send 0 bytes).
"""

from __future__ import annotations

import errno
import itertools
import os
import socket
import ssl
import time
from functools import lru_cache
from typing import Any, cast

import gevent.socket
import gevent.ssl
from gevent.hub import get_hub
from gevent.monkey import get_original

from loadtests.http.request_errors import ConnectFailed, TlsFailed

WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)

# The plain socket without gevent's wrapping: our own waits cost less (9.6 us against 16.5 us a bare exchange).
PlainSocket = cast("type[socket.socket]", get_original("socket", "socket"))

Address = tuple[int, Any]
"""A family and a socket address of that family."""

ADDRESSES_LAST_S = 60.0
"""A new shopper a millisecond must not mean a DNS query a millisecond; a minute lets a moved host be found again."""

_addresses: dict[tuple[str, int], tuple[float, list[Address]]] = {}
_turn = itertools.count()


def dial(host: str, port: int) -> socket.socket:
    """A connected socket. Raises ConnectFailed, saying what the last address tried answered."""
    reason = "no address"
    for family, address in _addresses_of(host, port):
        try:
            plain = PlainSocket(family, socket.SOCK_STREAM)
        except OSError as error:  # out of file descriptors: ours to say, not the server's fault
            raise ConnectFailed(f"cannot connect to {host}:{port}: {error.strerror}") from None
        try:
            failure = _connect(plain, address)
            if not failure:
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return plain
        except BaseException:
            plain.close()
            raise
        plain.close()
        reason = os.strerror(failure)
    raise ConnectFailed(f"cannot connect to {host}:{port}: {reason}")


def _connect(plain: socket.socket, address: Any) -> int:
    """Connect and return 0 or the error number."""
    plain.setblocking(False)
    failure = plain.connect_ex(address)
    if failure != errno.EINPROGRESS:
        return failure
    hub = get_hub()
    connected = hub.loop.io(plain.fileno(), 2)
    try:
        hub.wait(connected)
    finally:
        connected.close()
    return plain.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def _addresses_of(host: str, port: int) -> list[Address]:
    """The host's addresses, remembered for a minute; those of the first family take turns, so all of them get load."""
    now = time.monotonic()
    until, addresses = _addresses.get((host, port), (0.0, []))
    if now >= until:
        try:
            found = gevent.socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise ConnectFailed(f"cannot connect to {host}:{port}: {error.strerror or error}") from None
        except UnicodeError:
            raise ConnectFailed(f"cannot connect to {host}:{port}: not a host name") from None
        addresses = list(dict.fromkeys((family, address) for family, _, _, _, address in found))
        if len(_addresses) >= 256:
            _addresses.clear()
        _addresses[host, port] = (now + ADDRESSES_LAST_S, addresses)
    if len(addresses) < 2:
        return addresses
    first = [address for address in addresses if address[0] == addresses[0][0]]
    turn = next(_turn) % len(first)
    return first[turn:] + first[:turn] + addresses[len(first) :]


def secure(plain: socket.socket, host: str, context: ssl.SSLContext) -> socket.socket:
    """The same connection under TLS, the peer's certificate checked as `context` says. Raises TlsFailed."""
    wrapped: Any = gevent.socket.socket(plain.family, plain.type, plain.proto, fileno=plain.detach())
    try:
        wrapped.settimeout(None)  # the handshake waits as gevent does; the deadline bounds it
        wrapped = context.wrap_socket(wrapped, server_hostname=host, do_handshake_on_connect=False)
        wrapped.do_handshake()
        wrapped.settimeout(0.0)
        return cast("socket.socket", wrapped)
    except ssl.SSLCertVerificationError as error:
        wrapped.close()
        raise TlsFailed(f"the certificate of {host} is not trusted: {error.verify_message}") from None
    except OSError as error:
        wrapped.close()
        reason = getattr(error, "reason", None) or error.strerror or "the server hung up"
        raise TlsFailed(f"no TLS connection to {host}: {str(reason).replace('_', ' ').lower()}") from None
    except BaseException:
        wrapped.close()
        raise


@lru_cache(maxsize=64)
def tls_context(verify: bool, ca_file: str | None) -> ssl.SSLContext:
    """How to secure connections; made once for all shoppers, as reading the trusted certificates takes some 10 ms.

    `ca_file` names the only authorities to trust; without it, the system's. Raises ValueError if it can't be read.
    """
    try:
        context = gevent.ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise ValueError(f"cannot read the certificates in {ca_file}: {error.strerror or error}") from error
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return cast("ssl.SSLContext", context)
