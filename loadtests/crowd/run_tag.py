"""Marks the requests of stock Locust users as this run's, so that a shop can tell test traffic from its customers'."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

RUN_HEADER = "X-Zerohour-Run"


def tag(user: Any, run_id: str) -> None:
    """Have every request of an HttpUser or a FastHttpUser carry the run's id; other clients are left alone.

    An own header of that name stays as it is. Our own `Shopper` brings the header itself.
    """
    client = getattr(user, "client", None)
    agent = getattr(client, "client", None)  # FastHttpUser's session keeps its headers in the agent within
    for headers in (getattr(client, "headers", None), getattr(agent, "default_headers", None)):
        if isinstance(headers, MutableMapping):
            headers.setdefault(RUN_HEADER, run_id)
