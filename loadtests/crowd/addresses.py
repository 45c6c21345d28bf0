"""Looks up a host that is given as an address without the detour through gevent's threads.

Every new FastHttpUser and HttpUser asks for the shop's address before it connects. gevent answers from a thread, which
takes 0.2 to 0.3 ms of the shopper's response time and is the generator's own doing where there is nothing to look up.
Names still take the thread: the system's resolver blocks, and its answers take turns among a shop's addresses.
"""

from __future__ import annotations

import _socket
from typing import Any

from gevent import get_hub
from gevent.resolver.thread import Resolver


class NumericFirst(Resolver):
    def getaddrinfo(self, host: Any, port: Any, family: int, kind: int, proto: int, flags: int) -> Any:
        """As socket.getaddrinfo(3); gevent gives all of them by position."""
        try:
            return _socket.getaddrinfo(host, port, family, kind, proto, flags | _socket.AI_NUMERICHOST)
        except _socket.gaierror:
            return super().getaddrinfo(host, port, family, kind, proto, flags)


def install() -> None:
    """For this process, unless the user chose another resolver with GEVENT_RESOLVER."""
    hub = get_hub()
    if type(hub.resolver) is Resolver:
        hub.resolver = NumericFirst(hub)
