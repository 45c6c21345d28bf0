"""Makes the next visit a new shopper's as far as the network can tell: no connection, no cookie of the last one's.

`connections = "per_arrival"` in a profile: at midnight the crowd brings its connections with it.
"""

from __future__ import annotations

from typing import Any


def forget_connections(user: Any) -> None:
    """Close the connections of a Locust user's client, whichever of the three it has; others are left alone."""
    client = getattr(user, "client", None)
    if client is None:
        return
    if hasattr(client, "reset"):  # our own
        client.reset()
        return
    agent = getattr(client, "client", None)  # FastHttpUser's session keeps its connections in a user agent
    pool = getattr(agent, "clientpool", None)
    if pool is not None:
        pool.close()
    elif hasattr(client, "close"):  # HttpUser's is a requests.Session: its adapters open again when they are needed
        client.close()
    for jar in (getattr(client, "cookiejar", None), getattr(client, "cookies", None)):
        if jar is not None:
            jar.clear()
